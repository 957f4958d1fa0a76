/**
 * What is summed over pairs, as SQL over a row `p` of `pairs.ts`: column of `prediction_scores_hours` → what a pair adds. `p.y` is null
 * where nothing was measured: then a pair adds to `unscored_n` alone.
 */

const called = "p.chance >= 3500";
const onsetKnown = "p.is_slow is not null and p.chance is not null and not p.was_slow";
const either = "p.stay_e is not null and (p.was_slow or p.is_slow)";
/** Rounded half up, in integers. */
const apeOf = (e: string): string => `(abs(${e}) * 10000 + p.y / 2) / nullif(p.y, 0)`;

const counted = (condition: string): string => `count(*) filter (where p.y is not null and (${condition}))`;
const summed = (value: string, condition = "true"): string =>
  `coalesce(sum(${value}) filter (where p.y is not null and (${condition})), 0)`;

export const measures = {
  n: counted("true"),
  unscored_n: "count(*) filter (where p.y is null)",
  abs_e: summed("abs(p.e)"),
  e: summed("p.e"),
  e2: summed("p.e * p.e"),
  y: summed("p.y"),
  y2: summed("p.y * p.y"),
  ape_n: counted("p.y > 0"),
  ape: summed(apeOf("p.e"), "p.y > 0"),
  within_n: counted("p.is_within"),
  band_50_n: counted("p.outside_50 is not null"),
  covered_50_n: counted("p.outside_50 <= 0"),
  width_50: summed("p.width_50"),
  band_90_n: counted("p.outside_90 is not null"),
  covered_90_n: counted("p.outside_90 <= 0"),
  width_90: summed("p.width_90"),
  prob_n: counted("p.is_slow is not null and p.chance is not null"),
  brier: summed("(p.chance - 10000 * p.is_slow::int) * (p.chance - 10000 * p.is_slow::int)"),
  slow_n: counted("p.is_slow and p.chance is not null"),
  onset_n: counted(`${onsetKnown} and p.is_slow`),
  called_n: counted(`${onsetKnown} and ${called}`),
  right_n: counted(`${onsetKnown} and p.is_slow and ${called}`),
  paired_n: counted("p.stay_e is not null"),
  paired_abs_e: summed("abs(p.e)", "p.stay_e is not null"),
  stay_abs_e: summed("abs(p.stay_e)"),
  either_n: counted(either),
  either_abs_e: summed("abs(p.e)", either),
  either_e: summed("p.e", either),
  either_ape_n: counted(`(${either}) and p.y > 0`),
  either_ape: summed(apeOf("p.e"), `(${either}) and p.y > 0`),
  either_stay_abs_e: summed("abs(p.stay_e)", either),
  either_stay_ape: summed(apeOf("p.stay_e"), `(${either}) and p.y > 0`),
} as const;

export type Measure = keyof typeof measures;
export const measureNames = Object.keys(measures) as readonly Measure[];
