/** A model from history: what is there is read, learnt from in a worker, judged, and kept with the part that it deserves. */
import { createHash } from "node:crypto";
import type { Position } from "../../core/geo.ts";
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import type { Stream } from "../../core/stream.ts";
import { days, hours, seconds } from "../../core/time.ts";
import type { HistoryStore } from "../../history/history-store.ts";
import type { ModelRow, ModelStore } from "../../history/models/model-store.ts";
import type { SpeedHistory } from "../../history/speed-matrix.ts";
import type { WorkPool } from "../../work/pool.ts";
import { TrainingError } from "../model.ts";
import type { CityOfRoads } from "../network-of.ts";
import { decideHeldOut } from "./champion-rule.ts";
import type { TrainedKind } from "./kinds.ts";
import type { ChampionThen, TooLittle, TrainTaskInput, TrainTaskResult, TrainTaskSays } from "./messages.ts";

export interface TrainModelDeps {
  stream: Stream;
  city: CityOfRoads;
  history: Pick<HistoryStore, "keys" | "latest">;
  speeds: Pick<SpeedHistory, "matrix" | "oldest">;
  models: Pick<ModelStore, "roles" | "artefact" | "save" | "promote">;
  pool: WorkPool;
  /** Release that makes it. */
  code_version: string;
}

export interface TrainModelOptions {
  now_ms: number;
  weeks: number;
  kind: TrainedKind;
  seed: number;
  /** How many rows it looks at in all: fewer are done sooner, for less accuracy. Null for as many as are worth it. */
  rows: number | null;
  signal: AbortSignal;
  /** Share of all the work, 0 to 1. */
  onProgress: (done: number, words: string) => void;
}

/** What came of it: a model as it is kept, or the sentence that says why there is none. */
export type Trained = { model: ModelRow } | { model: null; reason: string };

const MODULE = new URL("./train-task.ts", import.meta.url);
/** Of the work; the rest is the worker's. */
const READ_SHARE = 0.05;
/** Traffic may come so late; what is not final is not learnt from. */
const LATE_MS = seconds(120);

/** @throws {HistoryUnavailableError}; the signal's reason, within a second. */
export async function trainModel(deps: TrainModelDeps, options: TrainModelOptions): Promise<Trained> {
  const { models, pool, code_version } = deps;
  const { kind, seed, rows, signal, onProgress } = options;
  const read = await readSpeeds(deps, options);
  if (typeof read === "string") return { model: null, reason: read };
  const { matrix, places } = read;
  const { from_ms, steps } = matrix;
  const champion = await championThen(models);
  const input: TrainTaskInput = {
    matrix,
    city: plainCity(deps.city),
    places,
    kind,
    seed,
    rows,
    champion,
  };
  const training = pool.run<TrainTaskResult | TooLittle, TrainTaskSays>({
    module: MODULE,
    input,
    // Forty MB for four weeks of 1,247 roads, which are held once.
    transfer: [matrix.speeds.buffer],
    signal,
    onAsk: ({ done, doing, loss, held_out_loss }) =>
      onProgress(
        READ_SHARE + done * (1 - READ_SHARE),
        [
          doing,
          ...(loss === null ? [] : [`loss ${loss.toPrecision(4)}`]),
          ...(held_out_loss === null ? [] : [`held out ${held_out_loss.toPrecision(4)}`]),
        ].join(", "),
      ),
  });
  const result = await training.catch(tooLittle);
  if ("too_little" in result) return { model: null, reason: result.too_little };
  const { artefact, verdict, margins, roads_n } = result;
  signal.throwIfAborted();
  const { state, reason } = decideHeldOut(verdict);
  const model_version = versionOf(kind, options.now_ms, artefact);
  const model = await models.save(
    {
      model_version,
      kind,
      state,
      reason,
      trained_from_ms: from_ms,
      trained_to_ms: from_ms + steps * STEP_MS,
      seed,
      code_version,
      roads_n,
      verdict,
      margins,
    },
    artefact,
  );
  // Instead of a champion that cannot be used, without a trial.
  if (state === "champion" && model.state === "challenger" && champion !== null) {
    const now = (await models.roles()).champion;
    const promoted =
      now?.model_version === champion.model_version && (await models.promote(model_version, reason));
    if (promoted) return { model: { ...model, state: "champion" } };
  }
  return { model };
}

/** The same data would teach as little in half a minute: that is no failure to try again. */
function tooLittle(error: unknown): TooLittle {
  if (error instanceof Error && error.name === TrainingError.name) return { too_little: error.message };
  throw error;
}

/** Kind, UTC minute in which it was asked for, and the begin of its file's hash: the same data, seed and minute are the same model. */
export function versionOf(kind: string, at_ms: number, artefact: Uint8Array): string {
  const [date = "", time = ""] = new Date(at_ms).toISOString().split("T");
  const hash = createHash("sha256").update(artefact).digest("hex").slice(0, 6);
  return `${kind}-${date.replaceAll("-", "")}-${time.slice(0, 5).replace(":", "")}-${hash}`;
}

/** What is there, or why it is too little. */
async function readSpeeds(
  { stream, city, history, speeds }: TrainModelDeps,
  { now_ms, weeks, signal, onProgress }: TrainModelOptions,
): Promise<Pick<TrainTaskInput, "matrix" | "places"> | string> {
  const to_ms = Math.floor((now_ms - LATE_MS) / STEP_MS) * STEP_MS;
  const oldest_ms = await speeds.oldest(stream, to_ms - days(7 * weeks), to_ms);
  if (oldest_ms === null || to_ms - oldest_ms < hours(limits.train_hours_min))
    return `there are ${oldest_ms === null ? 0 : tenth((to_ms - oldest_ms) / hours(1))} hours of speeds; ${limits.train_hours_min} at least are wanted`;
  const own = city.roads.map(({ road_id }) => road_id);
  const known = new Set(own);
  const others = (await history.keys(stream)).filter((key) => !known.has(key)).sort(byText);
  const keys = [...own, ...others].slice(0, limits.model_roads_max);
  const matrix = await speeds.matrix(
    stream,
    { from_ms: oldest_ms, to_ms, keys, zone: city.zone },
    { signal, onProgress: (done) => onProgress(done * READ_SHARE, "reads speeds") },
  );
  return { matrix, places: await placesOf(history, stream, keys.slice(own.length)) };
}

/** What a worker can be sent. */
const plainCity = ({ roads, zone, holidays }: CityOfRoads): CityOfRoads => ({ roads, zone, holidays });

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const tenth = (value: number): number => Math.round(10 * value) / 10;

async function placesOf(
  history: Pick<HistoryStore, "latest">,
  stream: Stream,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Position>> {
  const places = new Map<string, Position>();
  if (keys.length === 0) return places;
  for (const { key, row } of await history.latest(stream, keys)) {
    const { longitude, latitude } = row;
    if (typeof longitude === "number" && typeof latitude === "number") places.set(key, [longitude, latitude]);
  }
  return places;
}

async function championThen(models: Pick<ModelStore, "roles" | "artefact">): Promise<ChampionThen | null> {
  const { champion } = await models.roles();
  if (champion === null) return null;
  const { model_version, trained_to_ms } = champion;
  const bytes = await models.artefact(model_version);
  // Gone within the moment: then somebody else is champion, whom hours to come compare it with.
  return bytes === null ? null : { model_version, bytes, trained_to_ms };
}
