/**
 * The papers' LSTM, as they ask for it: speeds alone, 50 passes, the last fifth of the time held out. What it said there and what came
 * gives its intervals.
 */
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { aroundPoint } from "../around-point.ts";
import { packModel } from "../artefact.ts";
import {
  HORIZONS_MIN,
  LEVELS,
  RECENT_STEPS,
  TrainingError,
  type TrainingOptions,
  type TrainingSet,
} from "../model.ts";
import { Random } from "../net/random.ts";
import type { Rows } from "./rows.ts";
import { rowsOf, scalingOf } from "./rows.ts";
import type { PaperNet } from "./tensorflow.ts";
import type { Scaling } from "./window.ts";

export const INPUTS = "lstm 1: the last 12 speeds, standardised";

const PASSES = 50;
const BATCH = 128;
/** Rows of one pass; a week of 207 detectors has 257,000 and would take over an hour. */
const ROWS = 20_000;
/** Of the time, for learning. */
const LEARN_SHARE = 0.8;
/** Rows of one prediction. */
const PREDICT_ROWS = 1_024;
const H = HORIZONS_MIN.length;

export interface LstmOptions extends TrainingOptions {
  /** Rows that it learns from, chosen by the seed: 20,000. */
  rows_max?: number;
  /** 50. */
  passes?: number;
  /** Rows of one step of the optimizer: 128. */
  batch?: number;
}

/**
 * @throws {TrainingError} for fewer rows than `limits.lstm_rows_min` on either side of the split, or a loss that is no number.
 */
export async function trainLstm(
  { network, matrix }: TrainingSet,
  { seed, signal, onProgress, rows_max = ROWS, passes = PASSES, batch = BATCH }: LstmOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const split = Math.floor(LEARN_SHARE * matrix.steps);
  const random = new Random(seed);
  const scaling = scalingOf(matrix, split);
  const taken = rowsOf(matrix, network, [0, split], rows_max, scaling, random);
  // Its hours may begin before the split: what came then was known.
  const held_from = Math.max(0, split - RECENT_STEPS + 1);
  const held = rowsOf(matrix, network, [held_from, matrix.steps], Math.ceil(rows_max / 4), scaling, random);
  if (Math.min(taken.n, held.n) < limits.lstm_rows_min)
    throw new TrainingError(
      `The LSTM learns from ${limits.lstm_rows_min} hours of a road at least, and as many are held out; there are ${taken.n} and ${held.n}`,
    );

  const { openPaperNet } = await import("./tensorflow.ts");
  const net = await openPaperNet(seed);
  try {
    const order = Int32Array.from({ length: taken.n }, (_, i) => i);
    for (let pass = 0; pass < passes; pass++) {
      random.shuffle(order);
      let said_ms = performance.now();
      for (let from = 0; from < taken.n; from += batch) {
        signal?.throwIfAborted();
        const some = order.subarray(from, Math.min(from + batch, taken.n));
        const loss = await net.step(
          gathered(taken.inputs, RECENT_STEPS, some),
          gathered(taken.targets, H, some),
        );
        if (!Number.isFinite(loss)) throw new TrainingError(`The loss of pass ${pass + 1} is no number`);
        if (performance.now() - said_ms < 500) continue;
        said_ms = performance.now();
        const done = (pass + from / taken.n) / passes;
        await onProgress?.({ pass, passes, done, loss, held_out_loss: null });
      }
      const held_out_loss = onProgress ? lossOf(net, held) : null;
      await onProgress?.({ pass, passes, done: (pass + 1) / passes, loss: null, held_out_loss });
    }
    const spread = spreadOf(net, held, scaling, network.roads);
    if (!spread.every(Number.isFinite)) throw new TrainingError("What it learnt is no number");
    return packModel({
      about: {
        kind: "lstm",
        trained_from_ms: matrix.from_ms,
        trained_to_ms: matrix.from_ms + matrix.steps * STEP_MS,
        seed,
        roads_n: network.roads.length,
      },
      inputs: INPUTS,
      settings: { ...scaling, rows: taken.n, passes },
      arrays: { parameters: net.parameters(), spread },
    });
  } finally {
    net.close();
  }
}

function gathered(values: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(values.subarray(row * width, (row + 1) * width), i * width);
  return out;
}

function predicted(net: PaperNet, { n, inputs }: Rows): Float32Array {
  const out = new Float32Array(n * H);
  for (let from = 0; from < n; from += PREDICT_ROWS) {
    const to = Math.min(n, from + PREDICT_ROWS);
    out.set(net.predict(inputs.subarray(from * RECENT_STEPS, to * RECENT_STEPS)), from * H);
  }
  return out;
}

function lossOf(net: PaperNet, rows: Rows): number {
  const said = predicted(net, rows);
  return said.reduce((sum, one, i) => sum + (one - rows.targets[i]!) ** 2, 0) / said.length;
}

/** `(not slow, slow now) × HORIZONS_MIN × LEVELS`: quantiles of what came less what was said, in the unit of the speeds. */
function spreadOf(
  net: PaperNet,
  rows: Rows,
  { mean, deviation }: Scaling,
  roads: TrainingSet["network"]["roads"],
): Float32Array<ArrayBuffer> {
  const said = predicted(net, rows);
  const missed: number[][] = Array.from({ length: 2 * H }, () => []);
  for (let row = 0; row < rows.n; row++) {
    const now = rows.inputs[(row + 1) * RECENT_STEPS - 1]! * deviation + mean;
    const slow = now < roads[rows.roads[row]!]!.congested_below ? 1 : 0;
    for (let h = 0; h < H; h++)
      missed[slow * H + h]!.push((rows.targets[row * H + h]! - said[row * H + h]!) * deviation);
  }
  const spread = new Float32Array(2 * H * LEVELS.length);
  for (const [i, of] of missed.entries()) {
    // Of too few nothing can be read: then as where it is not slow, or as all.
    const enough = [of, missed[i % H]!, [...missed[i % H]!, ...missed[H + (i % H)]!]];
    const from = (enough.find(({ length }) => length >= limits.lstm_rows_min) ?? enough[2]!).toSorted(
      (a, b) => a - b,
    );
    const quantiles = LEVELS.map(
      (level) => from[Math.min(from.length - 1, Math.floor(level * from.length))]!,
    );
    spread.set(aroundPoint(quantiles), i * LEVELS.length);
  }
  return spread;
}
