/**
 * Bins that scores are counted in. Their numbers are kept in `prediction_scores_bins`: other edges need a migration that empties it.
 */

/** Ten of a tenth each, for probabilities: bin 0 to 9. */
export const PROBABILITY_BINS = 10;

const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.round((to - from) / step) }, (_, i) => Math.round((from + i * step) * 10) / 10);

/**
 * How far what came lay outside an interval, km/h, below 0 inside: fine where margins are. Bin 0 is below the first edge, bin
 * `length` from the last one on: `width_bucket`.
 */
export const OUTSIDE_EDGES: readonly number[] = [
  ...steps(-60, -20, 5),
  ...steps(-20, -10, 2),
  ...steps(-10, -3, 0.5),
  ...steps(-3, 5, 0.1),
  ...steps(5, 15, 0.5),
  ...steps(15, 40, 2.5),
  ...steps(40, 105, 5),
];

export const binKinds = ["confidence", "congestion", "outside_50", "outside_90"] as const;
export type BinKind = (typeof binKinds)[number];
