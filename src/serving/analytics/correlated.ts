/**
 * How far two hourly series move together, and how sure that is. Pearson's r; its interval by Fisher's z; and, because neighbouring hours
 * are alike, over an effective n: n · (1 − r₁ₓ·r₁ᵧ) / (1 + r₁ₓ·r₁ᵧ), r₁ each series' correlation with itself an hour later
 * (Bretherton et al. 1999, J. Climate 12, 1990–2009, eq. 31).
 */
import { round } from "../../core/field.ts";
import { hours } from "../../core/time.ts";
import type { Correlated } from "./answer.ts";

/** Fewer pairs say nothing. */
export const PAIRS_MIN = 100;
const LAG_H_MAX = 6;
/** Of the normal distribution, for 95 %. */
const Z95 = 1.959964;

/** Value of an hour, by its start. */
export type HourSeries = ReadonlyMap<number, number>;
type Pairs = readonly [a: number[], b: number[]];

/** Cause before effect, by 0 to 6 h. */
export function lagged(cause: HourSeries, effect: HourSeries): Correlated[] {
  const own = (selfOf(cause) ?? 0) * (selfOf(effect) ?? 0);
  return Array.from({ length: LAG_H_MAX + 1 }, (_, lag_h) =>
    correlated(pairsOf(cause, effect, lag_h), lag_h, own),
  );
}

/** @param own Product of both series' correlations with themselves an hour later. */
function correlated([a, b]: Pairs, lag_h: number, own: number): Correlated {
  const n = a.length;
  const r = n < PAIRS_MIN ? null : pearson(a, b);
  if (r === null) return { lag_h, r: null, r_low: null, r_high: null, rho: null, n, n_effective: null };
  // Series that swing against themselves would say more than there is.
  const n_effective = Math.min(n, (n * (1 - own)) / (1 + own));
  const [r_low, r_high] = interval(r, n_effective);
  return { lag_h, r: round(r, 4), r_low, r_high, rho: null, n, n_effective: round(n_effective, 1) };
}

/** Where r lies with 95 % confidence (Fisher 1915): tanh(atanh r ± 1.96 / √(n − 3)); null for fewer than 4. */
export function interval(r: number, n: number): [low: number | null, high: number | null] {
  if (n <= 3) return [null, null];
  if (Math.abs(r) >= 1) return [round(r, 4), round(r, 4)];
  const [z, half] = [Math.atanh(r), Z95 / Math.sqrt(n - 3)];
  return [round(Math.tanh(z - half), 4), round(Math.tanh(z + half), 4)];
}

/** Spearman's rank correlation at a lag: null where a series never changes. */
export function spearman(cause: HourSeries, effect: HourSeries, lag_h: number): number | null {
  const [a, b] = pairsOf(cause, effect, lag_h);
  const rho = pearson(ranks(a), ranks(b));
  return rho === null ? null : round(rho, 4);
}

function pairsOf(cause: HourSeries, effect: HourSeries, lag_h: number): Pairs {
  const pairs: Pairs = [[], []];
  for (const [at_ms, value] of cause) {
    const later = effect.get(at_ms + hours(lag_h));
    if (later === undefined) continue;
    pairs[0].push(value);
    pairs[1].push(later);
  }
  return pairs;
}

const selfOf = (series: HourSeries): number | null => pearson(...pairsOf(series, series, 1));

/** @returns null for nothing, and where one never changes. */
export function pearson(a: readonly number[], b: readonly number[]): number | null {
  const n = a.length;
  if (n === 0) return null;
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / n;
  const [mean_a, mean_b] = [mean(a), mean(b)];
  let [both, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [da, db] = [a[i]! - mean_a, b[i]! - mean_b];
    both += da * db;
    aa += da * da;
    bb += db * db;
  }
  // What is left of a series that never changes is rounding.
  if (aa <= n * 1e-18 || bb <= n * 1e-18) return null;
  return Math.max(-1, Math.min(1, both / Math.sqrt(aa * bb)));
}

/** 1 for the least; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((value, i) => [value, i] as const).sort(([a], [b]) => a - b);
  const out = Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && order[end]![0] === order[first]![0]) end++;
    for (let i = first; i < end; i++) out[order[i]![1]] = (first + 1 + end) / 2;
    first = end;
  }
  return out;
}
