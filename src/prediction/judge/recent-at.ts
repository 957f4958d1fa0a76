/** The last hour before an origin, as a service would have it: nothing of the matrix after that step is read. */
import { STEP_MS, type SpeedMatrix } from "../../core/speed-matrix.ts";
import { RECENT_STEPS, type Recent } from "../model.ts";

/** A step holds `[M − 4 min, M + 1 min)`, so its minute M is the last of its five. */
const MINUTE_OF_STEP_MS = STEP_MS - 60_000;

/** Steps before the first of the matrix are missing. */
export function recentAt({ keys, from_ms, steps, speeds }: SpeedMatrix, step: number): Recent {
  if (step < 0 || step >= steps) throw new RangeError(`Step ${step} is none of ${steps}`);
  const roads = keys.length;
  const recent = new Float32Array(RECENT_STEPS * roads).fill(Number.NaN);
  const first = Math.max(0, step - RECENT_STEPS + 1);
  recent.set(speeds.subarray(first * roads, (step + 1) * roads), (RECENT_STEPS - (step + 1 - first)) * roads);
  return { at_ms: from_ms + step * STEP_MS + MINUTE_OF_STEP_MS, speeds: recent };
}
