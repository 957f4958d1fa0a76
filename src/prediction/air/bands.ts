/** Intervals around a forecast of the air, from errors of hours that were held out. */

/** Quantiles of errors (came − said, of roots) at 5, 25, 75 and 95 %. */
export type Band = readonly [low_90: number, low_50: number, high_50: number, high_90: number];

/** With fewer errors nothing is said of them. */
export const ERRORS_MIN = 40;

/** @returns null for fewer than `ERRORS_MIN`. */
export function bandOf(errors: readonly number[]): Band | null {
  if (errors.length < ERRORS_MIN) return null;
  const sorted = Float64Array.from(errors).sort();
  const at = (level: number): number => {
    const place = level * (sorted.length - 1);
    const below = Math.floor(place);
    const over = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return sorted[below]! + (place - below) * (over - sorted[below]!);
  };
  return [at(0.05), at(0.25), at(0.75), at(0.95)];
}
