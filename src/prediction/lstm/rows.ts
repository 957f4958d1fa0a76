/** Rows that the LSTM learns from and is tested on: an hour of a road and what came 10, 20 and 30 minutes later. */
import { STEP_MS, type SpeedMatrix } from "../../core/speed-matrix.ts";
import { minutes } from "../../core/time.ts";
import { HORIZONS_MIN, RECENT_STEPS, type RoadNetwork } from "../model.ts";
import type { Random } from "../net/random.ts";
import { isSpeed } from "../persistence/moment.ts";
import { type Scaling, windowOf } from "./window.ts";

const AHEAD = HORIZONS_MIN.map((horizon) => minutes(horizon) / STEP_MS);
const FURTHEST = Math.max(...AHEAD);

export interface Rows {
  n: number;
  /** `n × RECENT_STEPS`, standardised. */
  inputs: Float32Array;
  /** `n × HORIZONS_MIN`, standardised. */
  targets: Float32Array;
  /** Column of each road. */
  roads: Int32Array;
}

/** Mean and deviation of all known speeds of these steps; a deviation of 0 counts as 1. */
export function scalingOf({ speeds, keys }: SpeedMatrix, steps: number): Scaling {
  let n = 0;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < steps * keys.length; i++) {
    const speed = speeds[i]!;
    if (!isSpeed(speed)) continue;
    n++;
    // Welford's way: exact for long series.
    const from_mean = speed - mean;
    mean += from_mean / n;
    squares += from_mean * (speed - mean);
  }
  return { mean, deviation: Math.sqrt(squares / Math.max(1, n)) || 1 };
}

/**
 * At most `rows_max` of all rows whose hour begins and whose last target lies within `[from, to)`, by chance; each origin and road is as
 * likely as another. Those of which something is missing are passed over.
 */
export function rowsOf(
  { speeds }: SpeedMatrix,
  { roads }: RoadNetwork,
  [from, to]: readonly [from: number, to: number],
  rows_max: number,
  scaling: Scaling,
  random: Random,
): Rows {
  const first = from + RECENT_STEPS - 1;
  const origins = Math.max(0, to - FURTHEST - first);
  const size = Math.min(rows_max, origins * roads.length);
  const inputs = new Float32Array(size * RECENT_STEPS);
  const targets = new Float32Array(size * AHEAD.length);
  const columns = new Int32Array(size);
  const order = Int32Array.from({ length: origins * roads.length }, (_, i) => i);
  random.shuffle(order);
  let n = 0;
  for (const place of order) {
    if (n === size) break;
    const road = place % roads.length;
    const step = first + Math.floor(place / roads.length);
    const { speed_max } = roads[road]!;
    const then = AHEAD.map((ahead) => speeds[(step + ahead) * roads.length + road]!);
    if (!then.every(isSpeed)) continue;
    const facts = { ...scaling, speed_max };
    if (!windowOf(speeds, roads.length, road, step, facts, inputs, n * RECENT_STEPS)) continue;
    targets.set(
      then.map((speed) => (Math.min(speed, speed_max) - scaling.mean) / scaling.deviation),
      n * AHEAD.length,
    );
    columns[n++] = road;
  }
  return {
    n,
    inputs: inputs.subarray(0, n * RECENT_STEPS),
    targets: targets.subarray(0, n * AHEAD.length),
    roads: columns.subarray(0, n),
  };
}
