/** Trains quantile networks: passes over the steps in random order, the last part of the time held out to know when to stop. */
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { INPUT_NAMES } from "../inputs/names.ts";
import { FORECAST_SIZE, HORIZONS_MIN, RECENT_STEPS, TrainingError } from "../model.ts";
import type { Train, TrainingOptions, TrainingSet } from "../model.ts";
import { packNets } from "./file.ts";
import { Learner } from "./learner.ts";
import { materialOf } from "./material.ts";
import { Random } from "./random.ts";
import { LAST_AHEAD, Rows } from "./rows.ts";
import { standardise, standardOf, type Standard } from "./standard.ts";

const I = INPUT_NAMES.length;
const H = HORIZONS_MIN.length;

/** Knobs of the trainer; each has a default that was chosen on days held out. */
export interface NetOptions extends TrainingOptions {
  /** Passes over the rows at most; by default as many as the amount of data asks for. */
  passes?: number;
  /** Size of the two hidden layers. */
  hidden?: number;
  /** Rows of one pass at most; each pass takes others. */
  rows_max?: number;
  /** Share of the time, at its end, that tells when to stop; then it is learnt from too. */
  held_out?: number;
  /** Networks whose quantiles are averaged. */
  nets?: number;
}

/** Rows that are looked at in all: with 260,000 rows four passes, with 20,000 rows the most that helps. */
const VISITS = 1_100_000;
const PASSES_MIN = 4;
const PASSES_MAX = 24;
/** Rows made at once, then shuffled. */
const CHUNK_ROWS = 16_384;
const HELD_OUT_ROWS = 30_000;
const PEAK_RATE = 2e-3;
/** The pass over everything after the stop begins with this share of the peak rate. */
const FINISH_SHARE = 0.5;
const ROWS_MIN = 50;

interface Plan {
  rows: Rows;
  standard: Standard;
  chunk_steps: number;
  learners: Learner[];
}

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

export async function trainNets(set: TrainingSet, options: NetOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { seed, signal, onProgress, hidden = 96, held_out = 0.1, nets = 1 } = options;
  signal?.throwIfAborted();
  const material = materialOf(set);
  const { roads, steps } = material;
  const first = RECENT_STEPS - 1;
  const end = steps - LAST_AHEAD;
  const cut = held_out > 0 ? Math.floor(first + (end - first) * (1 - held_out)) : end;
  const random = new Random(seed);
  const chunk_steps = Math.max(1, Math.floor(CHUNK_ROWS / roads));
  const rows = new Rows(set.network, material, chunk_steps);

  const all = range(first, end);
  random.shuffle(all);
  for (const step of all.subarray(0, chunk_steps)) rows.add(step, random);
  if (rows.length < ROWS_MIN)
    throw new TrainingError(
      `Only ${rows.length} measurements have one that came after them, at least ${ROWS_MIN} are needed`,
    );
  const standard = standardOf(rows.inputs, rows.length, I);
  const learners = Array.from(
    { length: nets },
    (_, net) => new Learner([I, hidden, hidden, FORECAST_SIZE], seed, net),
  );
  const plan: Plan = { rows, standard, chunk_steps, learners };

  const rows_max = Math.min(options.rows_max ?? limits.training_rows_pass_max, limits.training_rows_pass_max);
  const steps_max = Math.max(1, Math.floor(rows_max / roads));
  const early = range(first, held_out > 0 ? cut - LAST_AHEAD : end);
  const late = range(cut, end);
  const per_pass = Math.min(early.length, steps_max);
  const passes =
    options.passes ?? Math.min(PASSES_MAX, Math.max(PASSES_MIN, Math.round(VISITS / (per_pass * roads))));
  const finish = late.length > 0 ? 1 : 0;
  const work = per_pass * passes + finish * Math.min(all.length, steps_max);

  let done = 0;
  const pass = { index: 0, sum: 0, chunks: 0 };
  const report = async (held_out_loss: number | null): Promise<void> => {
    const loss = pass.chunks > 0 ? pass.sum / pass.chunks : null;
    await onProgress?.({
      pass: pass.index,
      passes: passes + finish,
      done: Math.min(1, done / work),
      loss,
      held_out_loss,
    });
    // A worker hears that it shall stop only between two tasks.
    await Bun.sleep(0);
    signal?.throwIfAborted();
  };
  const chunks = async (order: Int32Array): Promise<void> => {
    for (let at = 0; at < order.length; at += chunk_steps) {
      const part = order.subarray(at, at + chunk_steps);
      fill(plan, part, random);
      const losses = learners.map((learner) => learner.learn(rows));
      pass.sum = losses.reduce((sum, loss) => sum + loss, 0) / nets;
      pass.chunks = 1;
      if (!Number.isFinite(pass.sum))
        throw new TrainingError("The loss is no number: the measurements make no sense");
      done += part.length;
      await report(null);
    }
  };

  for (const learner of learners) learner.begin(updatesOf(per_pass * passes, plan), PEAK_RATE);
  const patience = Math.max(3, Math.ceil(passes / 2));
  let [best, best_pass, at] = [Infinity, 0, early.length];
  for (pass.index = 0; pass.index < passes; pass.index++) {
    if (at + per_pass > early.length) {
      random.shuffle(early);
      at = 0;
    }
    await chunks(early.subarray(at, at + per_pass));
    at += per_pass;
    if (late.length === 0) continue;
    const loss = heldOutLoss(plan, late);
    if (loss !== null && loss < best) {
      best = loss;
      best_pass = pass.index;
      for (const learner of learners) learner.keep();
    }
    await report(loss);
    if (loss !== null && pass.index - best_pass >= patience) break;
  }
  if (finish > 0) {
    for (const learner of learners) {
      learner.restore();
      learner.begin(updatesOf(Math.min(all.length, steps_max), plan), PEAK_RATE * FINISH_SHARE);
    }
    random.shuffle(all);
    pass.index = passes;
    await chunks(all.subarray(0, steps_max));
  }
  const about = {
    kind: nets > 1 ? ("ensemble" as const) : ("quantile-net" as const),
    trained_from_ms: set.matrix.from_ms,
    trained_to_ms: set.matrix.from_ms + steps * STEP_MS,
    seed,
    roads_n: roads,
  };
  return packNets(
    about,
    set.network,
    material,
    standard,
    learners.map(({ layers }) => layers),
  );
}

const updatesOf = (steps: number, { rows, chunk_steps }: Plan): number =>
  Math.max(
    1,
    Math.ceil((steps / chunk_steps) * Math.max(1, Math.ceil(rows.weights.length / H / Learner.batch))),
  );

/** Makes the rows of some steps, ready for a network. */
function fill({ rows, standard }: Plan, steps: Int32Array, random: Random | null): void {
  rows.clear();
  for (const step of steps) rows.add(step, random);
  for (let row = 0; row < rows.length; row++) standardise(rows.inputs, row * I, standard);
}

/** Mean loss of the networks over a part of the steps, evenly spread; null where none has a truth. */
function heldOutLoss(plan: Plan, late: Int32Array): number | null {
  const { rows, chunk_steps, learners } = plan;
  const roads = rows.weights.length / H / chunk_steps;
  const stride = Math.max(1, Math.ceil((late.length * roads) / HELD_OUT_ROWS));
  const picked = late.filter((_, i) => i % stride === 0);
  let [loss, weight] = [0, 0];
  for (let at = 0; at < picked.length; at += chunk_steps) {
    fill(plan, picked.subarray(at, at + chunk_steps), null);
    for (const learner of learners) {
      const part = learner.judge(rows);
      loss += part.loss * part.weight;
      weight += part.weight;
    }
  }
  return weight > 0 ? loss / weight : null;
}

/** One network: the champion. */
export const trainQuantileNet: (set: TrainingSet, options: NetOptions) => ReturnType<Train> = (
  set,
  options,
) => trainNets(set, { ...options, nets: options.nets ?? 1 });

/** Networks of several seeds whose quantiles are averaged. */
export const trainEnsemble: (set: TrainingSet, options: NetOptions) => ReturnType<Train> = (set, options) =>
  trainNets(set, { ...options, nets: options.nets ?? 3 });
