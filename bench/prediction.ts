/**
 * The models, trained and judged in one run on a recording of real speeds, with the timings.
 *
 *     bun run bench prediction [--data <folder>] [--start 2012-03-01] [--seeds 1] [--lstm-rows 6000] [--no-lstm]
 *       [--models persistence,profile,lstm,quantile-net,ensemble] [--out <file.json>]
 *
 * Learnt from: the first 80 % of the steps. Judged: the origins after them, each with the hour before it. Every choice was made on days
 * within the first part. Margins of the intervals come from twins, each of which learnt from all but one of its days, and was asked about
 * that day.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge } from "../src/prediction/judge/judge.ts";
import { marginsFrom } from "../src/prediction/margins.ts";
import {
  type ModelKind,
  modelKinds,
  type TrainingOptions,
  type TrainingSet,
} from "../src/prediction/model.ts";
import { trainEnsemble, trainQuantileNet } from "../src/prediction/net/train.ts";
import { openModel } from "../src/prediction/open-model.ts";
import { trainPersistence } from "../src/prediction/persistence/train.ts";
import { trainProfile } from "../src/prediction/profile/train.ts";
import { trainLstm } from "../src/prediction/lstm/train.ts";
import { goalsTable } from "./prediction/goals.ts";
import { heldOutDays, together, without } from "./prediction/held-out.ts";
import { firstSteps, loadRecording, missingOf } from "./prediction/recording.ts";
import {
  accuracyTable,
  coverageTable,
  type JudgedModel,
  probabilityTable,
  promiseOf,
  reliabilityOf,
} from "./prediction/table.ts";
import { inferenceTimes } from "./prediction/timings.ts";

function wrong(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

const { values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    start: { type: "string", default: "2012-03-01" },
    seeds: { type: "string", default: "1" },
    "lstm-rows": { type: "string", default: "6000" },
    "no-lstm": { type: "boolean", default: false },
    models: { type: "string", default: modelKinds.join(",") },
    out: { type: "string" },
  },
});
const folder = flags.data ?? join(import.meta.dir, "../../shared/data/metr-la");
const missing = missingOf(folder);
if (missing.length > 0) {
  console.log(`Nothing was judged: ${folder} has no ${missing.join(", ")}. Give another folder with --data.`);
  process.exit(flags.data === undefined ? 0 : 1);
}
const seeds = Number(flags.seeds);
const lstm_rows = Number(flags["lstm-rows"]);
if (!(Number.isInteger(seeds) && seeds >= 1 && Number.isInteger(lstm_rows) && lstm_rows >= 1))
  wrong("--seeds and --lstm-rows are whole numbers, 1 at least");

type Training = (set: TrainingSet, options: TrainingOptions) => Promise<Uint8Array<ArrayBuffer>>;
interface Candidate {
  kind: ModelKind;
  name: string;
  train: Training;
  seed: number;
  /** The baselines are judged by what they were taught to say; ours by what is shown. */
  point: "shown" | "median";
  with_margins: boolean;
}
const lstm: Training = (set, options) => trainLstm(set, { ...options, rows_max: lstm_rows });
const CHAMPION = "quantile net";
const taught = { seed: 1, point: "median", with_margins: true } as const;
const shown = { seed: 1, point: "shown", with_margins: true } as const;
const candidates: readonly Candidate[] = [
  { kind: "persistence", name: "persistence", train: trainPersistence, ...taught },
  { kind: "profile", name: "profile", train: trainProfile, ...taught },
  // Without margins: a twin would take as long again.
  { kind: "lstm", name: "the papers' LSTM", train: lstm, ...taught, with_margins: false },
  ...Array.from({ length: seeds }, (_, i) => ({
    ...shown,
    kind: "quantile-net" as const,
    name: i === 0 ? CHAMPION : `${CHAMPION}, seed ${i + 1}`,
    train: trainQuantileNet,
    seed: i + 1,
  })),
  { kind: "ensemble", name: "ensemble", train: trainEnsemble, ...shown },
];
const kinds = flags.models.split(",");
const strange = kinds.filter((kind) => !modelKinds.some((known) => known === kind));
if (strange.length > 0)
  wrong(`There is no model "${strange.join(", ")}"; there are ${modelKinds.join(", ")}`);
const wanted = candidates.filter(
  ({ kind }) => kinds.includes(kind) && !(flags["no-lstm"] && kind === "lstm"),
);

const recording = loadRecording(folder, flags.start);
const { network, matrix, train_steps, judge_to } = recording;
const roads = network.roads.length;
console.log(
  `${folder}: ${matrix.steps} steps of ${roads} sensors, ${network.edges.length} edges; learnt from steps 0-${train_steps}, judged on origins ${train_steps}-${judge_to - 1}; mph, slow below 40\n`,
);

const judged: JudgedModel[] = [];
const timings: string[] = [];
for (const { name, train, seed, point, with_margins, kind } of wanted) {
  const set = { network, matrix: firstSteps(matrix, train_steps) };
  process.stderr.write(`${name}: learns\n`);
  let said_ms = performance.now();
  const options: TrainingOptions = {
    seed,
    onProgress({ done, loss, held_out_loss }) {
      if (performance.now() - said_ms < 15_000) return;
      said_ms = performance.now();
      const losses = [loss, held_out_loss].map((one) => one?.toPrecision(4) ?? "-").join(", held out ");
      process.stderr.write(`${name}: ${(100 * done).toFixed(0)} %, loss ${losses}\n`);
    },
  };
  const start_ms = performance.now();
  const bytes = await train(set, options);
  const took_s = (performance.now() - start_ms) / 1_000;
  const rows = kind === "lstm" ? Math.min(lstm_rows, train_steps * roads) : train_steps * roads;
  const forecaster = (await openModel(bytes)).bind(network);
  let margins = {};
  const days = heldOutDays(train_steps);
  if (with_margins && days.length > 0) {
    const twins = [];
    for (const held of days) {
      const twin = await train({ network, matrix: without(set.matrix, held) }, { seed });
      twins.push({ forecaster: (await openModel(twin)).bind(network), held });
    }
    // Nothing after the first part is looked at: the last origins of its last day have no truth there.
    margins = { margins: marginsFrom(together(twins, network, set.matrix)) };
  }
  judged.push({
    name,
    verdict: judge(forecaster, network, matrix, {
      from_step: train_steps,
      to_step: judge_to,
      point,
      ...margins,
    }),
  });
  timings.push(
    `${name}: learns ${rows} rows in ${took_s.toFixed(1)} s (${Math.round(rows / took_s)}/s), ${(bytes.length / 1024).toFixed(0)} kB; 1,247 roads: ${await inferenceTimes(bytes, recording)}`,
  );
}

const of = (name: string): JudgedModel | undefined => judged.find((one) => one.name === name);
const champion = of(CHAMPION);
const persistence = of("persistence");
const MB = 1_048_576;
const { maxRSS } = process.resourceUsage();
console.log(`${accuracyTable(judged)}

Intervals
${coverageTable(judged)}

Probabilities
${probabilityTable(judged)}`);
if (champion !== undefined && persistence !== undefined)
  console.log(`
${reliabilityOf(champion)}

${promiseOf(champion)}

Goals
${goalsTable(champion.verdict, persistence.verdict)}`);
console.log(`
Timings (a row is a road at a step)
  ${timings.join("\n  ")}
  memory: ${Math.round(process.memoryUsage.rss() / MB)} MB now, ${Math.round(maxRSS / 1024)} MB at most, with all models trained and judged here`);
if (flags.out !== undefined) writeFileSync(flags.out, JSON.stringify(judged));
process.exit(0);
