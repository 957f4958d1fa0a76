/** A road in a few numbers, from its history: `ROAD_STATS` of them, speeds in units of the road; NaN where there is no history. */

/** Free flow (85th percentile), deviation, share of slow values, deviation from the profile. */
export const ROAD_STATS = 4;

/**
 * @param values One road's measured speeds. @param residuals Their differences from a profile that leaves their own day out.
 */
export function statisticsOf(
  values: Float32Array,
  residuals: Float32Array,
  slow_below: number,
): Float32Array<ArrayBuffer> {
  const n = values.length;
  if (n === 0) return new Float32Array(ROAD_STATS).fill(Number.NaN);
  const sorted = values.slice().sort();
  const slow = values.reduce((count, value) => count + (value < slow_below ? 1 : 0), 0);
  return Float32Array.of(
    sorted[Math.floor(0.85 * (n - 1))]!,
    deviation(values),
    slow / n,
    deviation(residuals),
  );
}

/** Standard deviation; NaN of nothing. */
export function deviation(values: Float32Array): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
}

/** The mean of the roads of each class, and in the last place that of all. @param stats `roads × ROAD_STATS`. */
export function classStatistics(
  stats: Float32Array,
  class_of: Int32Array,
  classes: number,
): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(classes * ROAD_STATS);
  const counts = new Int32Array(classes * ROAD_STATS);
  for (const [road, of_class] of class_of.entries())
    for (let stat = 0; stat < ROAD_STATS; stat++) {
      const value = stats[road * ROAD_STATS + stat]!;
      if (Number.isNaN(value)) continue;
      for (const column of [of_class, classes - 1]) {
        sums[column * ROAD_STATS + stat]! += value;
        counts[column * ROAD_STATS + stat]!++;
      }
    }
  return Float32Array.from(sums, (sum, at) => (counts[at]! > 0 ? sum / counts[at]! : Number.NaN));
}
