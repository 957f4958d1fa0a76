/** A model of speeds is trained from the last weeks, judged on the newest of them, and kept with the part that it deserves. */
import { hours } from "../src/core/time.ts";
import type { CityOfRoads } from "../src/prediction/network-of.ts";
import { trainedKinds, type TrainedKind } from "../src/prediction/training/kinds.ts";
import { trainModel } from "../src/prediction/training/train-model.ts";
import { traffic } from "../src/streams/traffic.ts";
import { demoPast } from "./demo-past.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export type TrainDeps = Pick<
  JobDeps,
  "streams" | "clock" | "history" | "duties" | "models" | "speeds" | "training"
> & { city: CityOfRoads };

const KIND: TrainedKind = "quantile-net";
/** Progress is told in thousandths of the work. */
const PARTS = 1_000;

export const train = (deps: TrainDeps): Job => ({
  name: "train",
  label: "Training",
  doc: "Trains a model of speeds from the last weeks and judges it on the newest fifth of them: a better one goes on trial.",
  schedule: "0 2 * * 0",
  longest_ms: hours(3),
  at_first: true,
  flags: {
    weeks: { kind: "whole", usual: 4, least: 1, most: 12, doc: "how many weeks it learns from" },
    kind: { kind: "text", usual: KIND, one_of: trainedKinds, doc: "what kind of model" },
    seed: {
      kind: "whole",
      usual: 1,
      least: 0,
      most: 2 ** 31 - 1,
      doc: "the same data and seed give the same model",
    },
  },
  async run({ flags, signal, progress }) {
    const { streams, city, clock, history, duties, models, speeds, training } = deps;
    await demoPast({ duties, clock }, { signal, progress });
    const trained = await trainModel(
      {
        stream: streams.find(({ name }) => name === traffic.name) ?? traffic,
        city,
        history,
        speeds,
        models,
        pool: training.pool,
        code_version: training.release,
      },
      {
        now_ms: clock.now(),
        weeks: Number(flags["weeks"]),
        kind: trainedKinds.find((kind) => kind === flags["kind"]) ?? KIND,
        seed: Number(flags["seed"]),
        // Somebody waits for the first predictions of a new installation; the next training takes its time.
        rows: (await models.list(1)).length === 0 ? training.first_rows : null,
        signal,
        onProgress: (done, words) => progress(Math.round(PARTS * done), PARTS, words),
      },
    );
    if (trained.model === null) return { trained: false, words: `nothing was trained: ${trained.reason}` };
    const { model_version, state, bytes, roads_n, reason } = trained.model;
    return {
      trained: true,
      model: model_version,
      state,
      bytes,
      roads: roads_n,
      words: `${model_version} is ${state}: ${reason}`,
    };
  },
});
