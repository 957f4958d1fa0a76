/** Mean speeds of many roads over equal steps of time: what a model learns from. */

/** A step of the models, ms: twelve are an hour. */
export const STEP_MS = 300_000;

export interface SpeedMatrix {
  /** `road_id` of each column. */
  keys: readonly string[];
  /** Start of the first step: step k holds what was measured in `[from_ms + k·STEP_MS, from_ms + (k + 1)·STEP_MS)`. */
  from_ms: number;
  /** Rows. */
  steps: number;
  /** `steps × keys`, row by row, km/h; NaN where nothing was measured. */
  speeds: Float32Array<ArrayBuffer>;
}
