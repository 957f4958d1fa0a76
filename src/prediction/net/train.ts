/**
 * Trains quantile networks. First on all but the last part of the time, which tells how many passes help; then again on all of it, for as
 * many: the newest hours are worth the most.
 */
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { INPUT_NAMES } from "../inputs/names.ts";
import { FORECAST_SIZE, RECENT_STEPS, TrainingError } from "../model.ts";
import type { TrainingOptions, TrainingSet } from "../model.ts";
import { learn, Progress, type Plan } from "./course.ts";
import { packNets } from "./file.ts";
import { Learner } from "./learner.ts";
import { materialOf, type Material } from "./material.ts";
import { Random } from "./random.ts";
import { LAST_AHEAD, Rows } from "./rows.ts";
import { standardOf } from "./standard.ts";

/** Knobs of the trainer; each has a default that was chosen on days held out. */
export interface NetOptions extends TrainingOptions {
  /** Passes over the rows at most; left out: as many as the amount of data asks for. */
  passes?: number;
  /** Size of the two hidden layers. */
  hidden?: number;
  /** Rows of one pass at most; each pass takes others. */
  rows_max?: number;
  /** Share of the time, at its end, that tells when to stop; 0: all passes are made. */
  held_out?: number;
  /** Networks whose quantiles are averaged. */
  nets?: number;
}

const I = INPUT_NAMES.length;
const HIDDEN = 96;
const HELD_OUT = 0.1;

/** Rows that are looked at in all: with 260,000 rows four passes, with 20,000 rows the most that helps. */
const VISITS = 1_100_000;
const PASSES_MIN = 4;
const PASSES_MAX = 24;

/** Rows made at once, then shuffled. */
const CHUNK_ROWS = 16_384;
const ROWS_MIN = 50;

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

function planOf(set: TrainingSet, material: Material, all: Int32Array, options: NetOptions): Plan {
  const { roads } = material;
  const random = new Random(options.seed);
  const chunk_steps = Math.max(1, Math.floor(CHUNK_ROWS / roads));
  const rows = new Rows(set.network, material, chunk_steps);
  random.shuffle(all);
  for (const step of all.subarray(0, chunk_steps)) rows.add(step, random);
  if (rows.length < ROWS_MIN)
    throw new TrainingError(
      `Only ${rows.length} measurements have one that came after them, at least ${ROWS_MIN} are needed`,
    );
  const rows_max = Math.min(options.rows_max ?? Infinity, limits.training_rows_pass_max);
  const steps_max = Math.max(1, Math.floor(rows_max / roads));
  return { rows, standard: standardOf(rows.inputs, rows.length, I), roads, chunk_steps, steps_max, random };
}

async function train(set: TrainingSet, options: NetOptions, nets: number): Promise<Uint8Array<ArrayBuffer>> {
  const { seed, signal, hidden = HIDDEN, held_out = HELD_OUT } = options;
  signal?.throwIfAborted();
  const material = materialOf(set);
  const { roads, steps } = material;
  const first = RECENT_STEPS - 1;
  const end = steps - LAST_AHEAD;
  const all = range(first, end);
  const plan = planOf(set, material, all, options);
  const passOf = (of: number): number => Math.min(of, plan.steps_max);
  const most = Math.round(VISITS / (passOf(all.length) * roads));
  const passes = options.passes ?? Math.min(PASSES_MAX, Math.max(PASSES_MIN, most));
  const newLearners = (): Learner[] =>
    Array.from({ length: nets }, (_, net) => new Learner([I, hidden, hidden, FORECAST_SIZE], seed, net));

  const cut = Math.floor(first + (end - first) * (1 - held_out));
  const early = held_out > 0 ? range(first, cut - LAST_AHEAD) : range(0, 0);
  const trial = passOf(early.length) * passes;
  const work = trial + passOf(all.length) * passes;
  const progress = new Progress(work, early.length > 0 ? 2 * passes : passes, options);
  let good = passes;
  if (early.length > 0)
    good = await learn(
      plan,
      newLearners().slice(0, 1),
      { steps: early, held_out: range(cut, end), passes },
      progress,
    );
  progress.jump(work - passOf(all.length) * good, early.length > 0 ? 2 * passes - good : 0);
  const learners = newLearners();
  await learn(plan, learners, { steps: all, held_out: range(0, 0), passes: good }, progress);
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
    plan.standard,
    learners.map(({ layers }) => layers),
  );
}

/** One network: the champion. */
export const trainQuantileNet = (set: TrainingSet, options: NetOptions): Promise<Uint8Array<ArrayBuffer>> =>
  train(set, options, options.nets ?? 1);

/** Networks of several seeds whose quantiles are averaged. */
export const trainEnsemble = (set: TrainingSet, options: NetOptions): Promise<Uint8Array<ArrayBuffer>> =>
  train(set, options, options.nets ?? 3);
