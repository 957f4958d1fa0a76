/** Times in words: half of them, nearly all, the worst. */
export function percentiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (p: number): string => (sorted[Math.floor((sorted.length - 1) * p)] ?? Number.NaN).toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}
