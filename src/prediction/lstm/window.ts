/** What the LSTM sees of a road: its last twelve speeds, gaps filled with what was before them. */
import { RECENT_STEPS } from "../model.ts";
import { AGE_MAX_STEPS, isSpeed } from "../persistence/moment.ts";

/** Of the twelve; with fewer the road is not known. */
const KNOWN_MIN = 6;

export interface Scaling {
  mean: number;
  deviation: number;
}

/**
 * Writes `RECENT_STEPS` standardised speeds.
 *
 * @param newest Row of the newest step; eleven rows must be before it.
 * @returns Whether enough is known; else what was written is worth nothing.
 */
export function windowOf(
  speeds: Float32Array,
  roads: number,
  road: number,
  newest: number,
  { speed_max, mean, deviation }: Scaling & { speed_max: number },
  out: Float32Array,
  at: number,
): boolean {
  let known = 0;
  let age = RECENT_STEPS;
  let last = Number.NaN;
  for (let i = 0; i < RECENT_STEPS; i++) {
    const speed = speeds[(newest - RECENT_STEPS + 1 + i) * roads + road]!;
    age++;
    if (isSpeed(speed)) {
      known++;
      age = 0;
      last = (Math.min(speed, speed_max) - mean) / deviation;
      // What was before the first known one is taken to have been as it.
      if (known === 1) out.fill(last, at, at + i);
    }
    out[at + i] = last;
  }
  return known >= KNOWN_MIN && age <= AGE_MAX_STEPS;
}
