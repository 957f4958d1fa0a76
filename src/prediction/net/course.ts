/** Networks led through passes over steps: rows are made a chunk of steps at a time, so that they never are all in memory. */
import { INPUT_NAMES } from "../inputs/names.ts";
import { TrainingError, type TrainingOptions } from "../model.ts";
import { Learner } from "./learner.ts";
import type { Random } from "./random.ts";
import type { Rows } from "./rows.ts";
import { standardise, type Standard } from "./standard.ts";

const I = INPUT_NAMES.length;
const PEAK_RATE = 2e-3;

/** Rows of the held-out part that are looked at. */
const HELD_OUT_ROWS = 60_000;

/** A loss up to so much above the best is not worse: more is not known of a few hours that were held out. */
const NOT_WORSE = 1.02;

export interface Plan {
  rows: Rows;
  standard: Standard;
  roads: number;
  /** Steps whose rows are made at once, and those of one pass at most. */
  chunk_steps: number;
  steps_max: number;
  random: Random;
}

/** What has been done of what there is to do, in steps and passes. */
export class Progress {
  #done = 0;
  pass = 0;
  readonly #passes: number;
  readonly #work: number;
  readonly #options: Pick<TrainingOptions, "signal" | "onProgress">;

  constructor(work: number, passes: number, options: Pick<TrainingOptions, "signal" | "onProgress">) {
    this.#work = work;
    this.#passes = passes;
    this.#options = options;
  }

  /** To where so many steps and passes would be done: what was left out counts as done. */
  jump(steps: number, pass: number): void {
    this.#done = steps;
    this.pass = pass;
  }

  async report(steps: number, loss: number | null, held_out_loss: number | null): Promise<void> {
    this.#done += steps;
    const { onProgress, signal } = this.#options;
    const done = Math.min(1, this.#done / this.#work);
    await onProgress?.({ pass: this.pass, passes: this.#passes, done, loss, held_out_loss });
    // A worker hears that it shall stop only between two tasks.
    await Bun.sleep(0);
    signal?.throwIfAborted();
  }
}

/** Makes the rows of some steps, ready for a network. */
function fill({ rows, standard }: Plan, steps: Int32Array, random: Random | null): void {
  rows.clear();
  for (const step of steps) rows.add(step, random);
  for (let row = 0; row < rows.length; row++) standardise(rows.inputs, row * I, standard);
}

async function onePass(
  plan: Plan,
  learners: readonly Learner[],
  order: Int32Array,
  progress: Progress,
): Promise<void> {
  for (let at = 0; at < order.length; at += plan.chunk_steps) {
    const part = order.subarray(at, at + plan.chunk_steps);
    fill(plan, part, plan.random);
    const losses = learners.map((learner) => learner.learn(plan.rows));
    const loss = losses.reduce((sum, one) => sum + one, 0) / losses.length;
    if (!Number.isFinite(loss))
      throw new TrainingError("The loss is no number: the measurements make no sense");
    await progress.report(part.length, loss, null);
  }
}

/** Mean loss of the networks over some steps, evenly spread; null where none has a truth. */
function lossOver(plan: Plan, learners: readonly Learner[], steps: Int32Array): number | null {
  const stride = Math.max(1, Math.ceil((steps.length * plan.roads) / HELD_OUT_ROWS));
  const picked = steps.filter((_, i) => i % stride === 0);
  let [loss, weight] = [0, 0];
  for (let at = 0; at < picked.length; at += plan.chunk_steps) {
    fill(plan, picked.subarray(at, at + plan.chunk_steps), null);
    for (const learner of learners) {
      const part = learner.judge(plan.rows);
      loss += part.loss * part.weight;
      weight += part.weight;
    }
  }
  return weight > 0 ? loss / weight : null;
}

/**
 * @param steps To learn from; a pass takes up to `steps_max` of them, the next one others.
 * @param held_out Steps that tell when to stop; none: all passes are made.
 * @returns Passes after which nothing got better. The networks are left as they were then.
 */
export async function learn(
  plan: Plan,
  learners: readonly Learner[],
  { steps, held_out, passes }: { steps: Int32Array; held_out: Int32Array; passes: number },
  progress: Progress,
): Promise<number> {
  const per_pass = Math.min(steps.length, plan.steps_max);
  const batches = Math.ceil((plan.chunk_steps * plan.roads) / Learner.batch);
  const updates = Math.max(1, Math.ceil(((per_pass * passes) / plan.chunk_steps) * batches));
  for (const learner of learners) learner.begin(updates, PEAK_RATE);
  const patience = Math.max(3, Math.ceil(passes / 3));
  let [best, improved, good, at] = [Infinity, 0, passes, steps.length];
  for (let pass = 0; pass < passes; pass++) {
    if (at + per_pass > steps.length) {
      plan.random.shuffle(steps);
      at = 0;
    }
    await onePass(plan, learners, steps.subarray(at, at + per_pass), progress);
    at += per_pass;
    const loss = held_out.length > 0 ? lossOver(plan, learners, held_out) : null;
    if (loss !== null && loss < best * NOT_WORSE) {
      // The rate falls: of passes that are about as good the later one is the calmer.
      if (loss < best) improved = pass;
      best = Math.min(best, loss);
      good = pass + 1;
      for (const learner of learners) learner.keep();
    }
    if (loss !== null) await progress.report(0, null, loss);
    progress.pass++;
    if (loss !== null && pass - improved >= patience) break;
  }
  if (best < Infinity) for (const learner of learners) learner.restore();
  return good;
}
