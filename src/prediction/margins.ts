/**
 * How much wider intervals must be to cover what they say, learnt from forecasts whose truth is known: conformal calibration of
 * quantile intervals (Romano, Patterson, Candès 2019), one margin per horizon, regime and interval.
 */
import { limits } from "../core/limits.ts";
import { ENDS, regimeOf } from "./distribution.ts";
import { FORECAST_SIZE, HORIZONS_MIN, LEVELS } from "./model.ts";
import type { Margins, Regime } from "./prediction.ts";
import { quantileAt } from "./quantiles.ts";

/** Forecasts and what came, row by row. */
export interface Judged {
  /** `n × FORECAST_SIZE`; rows with NaN are left out. */
  quantiles: Float32Array;
  /** `n × HORIZONS_MIN`; NaN where it is not known. */
  truths: Float32Array;
  /** Speed when it was forecast; NaN where it was not known. */
  now: Float32Array;
  congested_below: Float32Array;
}

/**
 * The least margin that makes at least `share` of the cases lie inside, were one more to come: the ⌈(n + 1)·share⌉-th smallest of
 * `max(low − y, y − high)`; null for fewer than that.
 */
export function conformalMargin(misses: readonly number[], share: number): number | null {
  const place = Math.ceil((misses.length + 1) * share);
  if (place > misses.length) return null;
  return [...misses].sort((a, b) => a - b)[place - 1] ?? null;
}

interface Misses {
  50: number[];
  90: number[];
}

/** One margin of `own`; of `all` where `own` are few; 0 where those are few too. */
function marginOf(own: Misses, all: Misses, interval: 50 | 90): number {
  const from = [own, all].find((misses) => misses[interval].length >= limits.margin_cases_min);
  return (from && conformalMargin(from[interval], interval / 100)) ?? 0;
}

function marginsOf(
  judged: Judged,
  horizon: number,
): Record<Regime, { margin_50: number; margin_90: number }> {
  const { quantiles, truths, now, congested_below } = judged;
  const all: Misses = { 50: [], 90: [] };
  const by: Record<Regime, Misses> = {
    calm: { 50: [], 90: [] },
    uncertain: { 50: [], 90: [] },
    slow: { 50: [], 90: [] },
  };
  for (let row = 0; row < now.length; row++) {
    const road = row * FORECAST_SIZE;
    const at = road + horizon * LEVELS.length;
    const truth = truths[row * HORIZONS_MIN.length + horizon] ?? Number.NaN;
    if (!Number.isFinite(truth + (quantiles[road] ?? Number.NaN))) continue;
    const regime = regimeOf(quantiles, road, {
      now: now[row] ?? Number.NaN,
      congested_below: congested_below[row] ?? Number.NaN,
    });
    for (const interval of [50, 90] as const) {
      const [low, high] = ENDS[interval];
      const miss = Math.max(quantileAt(quantiles, at, low) - truth, truth - quantileAt(quantiles, at, high));
      all[interval].push(miss);
      by[regime][interval].push(miss);
    }
  }
  const of = (regime: Regime): { margin_50: number; margin_90: number } => ({
    margin_50: marginOf(by[regime], all, 50),
    margin_90: marginOf(by[regime], all, 90),
  });
  return { calm: of("calm"), uncertain: of("uncertain"), slow: of("slow") };
}

/** Margins for the unit that the forecasts are in. */
export const marginsFrom = (judged: Judged): Margins => ({
  10: marginsOf(judged, 0),
  20: marginsOf(judged, 1),
  30: marginsOf(judged, 2),
});
