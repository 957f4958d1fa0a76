/** Sums of pairs as figures that people read. */
import { round } from "../../core/field.ts";
import type { ScoreSums } from "../../history/scores/score-store.ts";
import { measureNames } from "../../history/scores/measures.ts";
import type { AccuracyFigures } from "./answer.ts";

/** Sums count 0.01 km/h, 0.01 % and 0.0001 of a probability. */
const CENTS = 100;
const PERCENT = 100;
const CHANCE = 10_000;

export const noSums = Object.fromEntries(measureNames.map((name) => [name, 0])) as Record<
  keyof ScoreSums,
  number
>;

export const sumOf = (all: readonly { sums: ScoreSums }[]): ScoreSums => {
  const total = { ...noSums };
  for (const { sums } of all) for (const name of measureNames) total[name] += sums[name];
  return total;
};

const per = (sum: number, n: number, unit: number, decimals: number): number | null =>
  n === 0 ? null : round(sum / n / unit, decimals);
/** What is left of a difference of sums that are equal, as a part of them: they are no exact integers above 2^53. */
const SAME = 1e-9;
/** 1 − own / other, of sums over the same pairs. */
const skill = (own: number, other: number): number | null => (other === 0 ? null : round(1 - own / other, 4));

export function figuresOf(sums: ScoreSums): AccuracyFigures {
  const { n } = sums;
  const spread = sums.y2 - (sums.y * sums.y) / Math.max(1, n);
  return {
    n,
    unscored_n: sums.unscored_n,
    mae: per(sums.abs_e, n, CENTS, 3),
    rmse: n === 0 ? null : round(Math.sqrt(sums.e2 / n) / CENTS, 3),
    bias: per(sums.e, n, CENTS, 3),
    r2: n === 0 || spread <= SAME * sums.y2 ? null : round(1 - sums.e2 / spread, 4),
    mape_percent: per(sums.ape, sums.ape_n, PERCENT, 2),
    within_15: per(sums.within_n, n, 1, 4),
    persistence_mae: per(sums.stay_abs_e, sums.paired_n, CENTS, 3),
    skill: skill(sums.paired_abs_e, sums.stay_abs_e),
    covered_50: per(sums.covered_50_n, sums.band_50_n, 1, 4),
    covered_90: per(sums.covered_90_n, sums.band_90_n, 1, 4),
    width_50: per(sums.width_50, sums.band_50_n, CENTS, 2),
    width_90: per(sums.width_90, sums.band_90_n, CENTS, 2),
    brier: per(sums.brier, sums.prob_n, CHANCE * CHANCE, 5),
    slow_share: per(sums.slow_n, sums.prob_n, 1, 4),
    either: {
      n: sums.either_n,
      mae: per(sums.either_abs_e, sums.either_n, CENTS, 3),
      bias: per(sums.either_e, sums.either_n, CENTS, 3),
      mape_percent: per(sums.either_ape, sums.either_ape_n, PERCENT, 2),
      persistence_mae: per(sums.either_stay_abs_e, sums.either_n, CENTS, 3),
      persistence_mape_percent: per(sums.either_stay_ape, sums.either_ape_n, PERCENT, 2),
      skill: skill(sums.either_abs_e, sums.either_stay_abs_e),
    },
    onsets: { n: sums.onset_n, called_n: sums.called_n, right_n: sums.right_n },
  };
}
