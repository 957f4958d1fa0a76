/** How often a change of speed was seen, in bins that remember their mean; and its quantiles. */

/** Bins of 1/128 of `congested_below`, from −4 to +4: a change of twice the free flow is the largest that is told apart. */
const PER_UNIT = 128;
const REACH = 4;
export const BINS = 2 * REACH * PER_UNIT + 1;

/** The bin around 0 is centred on it. */
export const binOf = (change: number): number =>
  Math.round((Math.max(-REACH, Math.min(REACH, change)) + REACH) * PER_UNIT);

/** Counts and sums of many histograms, one after the other. */
export interface Histograms {
  counts: Float64Array;
  sums: Float64Array;
}

export const histograms = (n: number): Histograms => ({
  counts: new Float64Array(n * BINS),
  sums: new Float64Array(n * BINS),
});

/** Adds `weight` times one histogram to another; its changes first `stretch` times as large. */
export function addTo(into: Histograms, from: Histograms, at: number, weight: number, stretch = 1): void {
  const begin = at * BINS;
  for (let bin = 0; bin < BINS; bin++) {
    const count = from.counts[begin + bin]!;
    if (count === 0) continue;
    const sum = stretch * from.sums[begin + bin]!;
    const target = stretch === 1 ? bin : binOf(sum / count);
    into.counts[target]! += weight * count;
    into.sums[target]! += weight * sum;
  }
}

export function totalOf({ counts }: Histograms, at: number): number {
  let total = 0;
  for (let bin = at * BINS; bin < (at + 1) * BINS; bin++) total += counts[bin]!;
  return total;
}

/** Smallest bin mean that so much of one histogram is at or below, level by level; levels ascend. */
export function quantilesOf({ counts, sums }: Histograms, levels: readonly number[]): number[] {
  const total = totalOf({ counts, sums }, 0);
  const found: number[] = [];
  let below = 0;
  let last = 0;
  for (let bin = 0; bin < BINS && found.length < levels.length; bin++) {
    if (counts[bin] === 0) continue;
    below += counts[bin]!;
    last = sums[bin]! / counts[bin]!;
    // A share that rounding left a hair short is reached all the same.
    while (found.length < levels.length && below >= levels[found.length]! * total * (1 - 1e-12))
      found.push(last);
  }
  while (found.length < levels.length) found.push(last);
  return found;
}
