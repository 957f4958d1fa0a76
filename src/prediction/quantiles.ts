/**
 * A distribution as the 19 quantiles of `LEVELS`, ascending, read from a place in a larger array. Between two levels it is even; the
 * last 5 % on each side fall off exponentially, as steeply as the nearest twentieth begins, because a straight line there would say
 * that nothing lies beyond it.
 */
import { LEVELS } from "./model.ts";

const N = LEVELS.length;
const STEP = 1 / (N + 1);

/** @param level Within the first and last of `LEVELS`; what is outside gives the outermost quantile. */
export function quantileAt(quantiles: Float32Array, offset: number, level: number): number {
  const place = Math.min(N - 1, Math.max(0, level / STEP - 1));
  const i = Math.min(N - 2, Math.floor(place));
  const low = quantiles[offset + i] ?? Number.NaN;
  const high = quantiles[offset + i + 1] ?? Number.NaN;
  return low + (place - i) * (high - low);
}

/**
 * Probability of less than `value` (`orEqual`: of no more): they differ where many levels share one value.
 *
 * @returns Within 0 and 1.
 */
export function shareBelow(quantiles: Float32Array, offset: number, value: number, orEqual = false): number {
  const at = (i: number): number => quantiles[offset + i] ?? Number.NaN;
  const passed = (q: number): boolean => (orEqual ? q <= value : q < value);
  if (!passed(at(0))) {
    const scale = at(1) - at(0);
    return scale > 0 ? STEP * Math.exp((value - at(0)) / scale) : 0;
  }
  let i = N - 1;
  while (!passed(at(i))) i--;
  if (i === N - 1) {
    const scale = at(i) - at(i - 1);
    return scale > 0 ? 1 - STEP * Math.exp((at(i) - value) / scale) : 1;
  }
  return STEP * (i + 1 + (value - at(i)) / (at(i + 1) - at(i)));
}
