/** Counts in fixed bins, which merge by adding: what percentiles are read from, never from averages of averages. */

/** Bin of a value: 0 below the first edge, `edges.length` from the last one on. `edges` ascend. PostgreSQL's `width_bucket(value, edges)`. */
export function binOf(value: number, edges: readonly number[]): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value >= edges[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const addBins = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((n, i) => n + (b[i] ?? 0));

/**
 * A percentile, by straight lines within bins, so right to a bin's width. Of the open bins at both ends only their one edge is known.
 *
 * @param p 0 to 1.
 * @returns null where nothing was counted.
 */
export function percentile(bins: readonly number[], edges: readonly number[], p: number): number | null {
  const n = bins.reduce((sum, count) => sum + count, 0);
  if (n === 0) return null;
  const wanted = p * n;
  let below = 0;
  for (const [i, count] of bins.entries()) {
    if (count > 0 && below + count >= wanted) {
      const [from, to] = [edges[i - 1] ?? edges[0]!, edges[i] ?? edges.at(-1)!];
      return from + (to - from) * Math.max(0, (wanted - below) / count);
    }
    below += count;
  }
  return edges.at(-1)!;
}

/** Edges every `step` up to and with `to`, after those given. */
export const edgesOf = (...parts: readonly (readonly [to: number, step: number])[]): readonly number[] => {
  const edges = [0];
  for (const [to, step] of parts) for (let at = edges.at(-1)! + step; at <= to; at += step) edges.push(at);
  return edges;
};
