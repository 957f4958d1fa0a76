/**
 * Bins that scores are counted in. Their numbers are kept in `prediction_scores_bins`: other edges need a migration that empties it.
 */

/** Ten of a tenth each, for probabilities: bin 0 to 9. */
export const PROBABILITY_BINS = 10;

/** From, to and width, 0.01 km/h: fine where margins are. */
const SPANS = [
  [-6_000, -1_000, 500],
  [-1_000, -300, 50],
  [-300, 500, 10],
  [500, 1_500, 50],
  [1_500, 10_500, 500],
] as const;

/**
 * How far what came lay outside an interval, km/h, below 0 inside. Bin 0 is below the first edge, bin `length` from the last one on:
 * `binOf`.
 */
export const OUTSIDE_EDGES: readonly number[] = [
  ...SPANS.flatMap(([from, to, width]) =>
    Array.from({ length: (to - from) / width }, (_, i) => (from + i * width) / 100),
  ),
  SPANS.at(-1)![1] / 100,
];

/** `binOf` of an integer of 0.01 km/h, as SQL; by arithmetic, ten times as quick as `width_bucket`. */
export function outsideBinSql(by: string): string {
  let first = 1;
  const cases = SPANS.map(([from, to, width]) => {
    const bin = `${first} + (${by} - (${from})) / ${width}`;
    first += (to - from) / width;
    return `when ${by} < ${to} then ${bin}`;
  });
  return `case when ${by} is null then null when ${by} < ${SPANS[0][0]} then 0 ${cases.join(" ")} else ${first} end`;
}

export const binKinds = ["confidence", "congestion", "outside_50", "outside_90"] as const;
export type BinKind = (typeof binKinds)[number];
