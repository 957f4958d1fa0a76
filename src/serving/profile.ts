/**
 * What a location's kept hours say together: the mean of each hour of the day, and whether two measures move together.
 * Pure: windows in, figures out. Means are weighted by each window's count, because a mean of means is not a mean.
 */
import { inHours, type HourRange } from "../core/city.ts";
import { hours, localTime } from "../core/time.ts";
import type { WindowRow } from "./answer.ts";

export interface HourMean {
  /** Hour of the day, 0–23, in the city's zone. */
  hour: number;
  /** Events that its windows hold. */
  n: number;
  /** Days that have this hour. */
  days: number;
  /** Mean of each field asked for; null where no window has one. */
  means: Readonly<Record<string, number | null>>;
}

const start = (row: WindowRow): number => Date.parse(String(row["window_start"]));
const value = (row: WindowRow, field: string): number | null => {
  const found = row[field];
  return typeof found === "number" && Number.isFinite(found) ? found : null;
};
const eventsOf = (row: WindowRow): number => value(row, "n") ?? 0;

/** Weighted mean of a field over windows; null where none has it. */
export function meanOf(rows: readonly WindowRow[], field: string): number | null {
  let [sum, weight] = [0, 0];
  for (const row of rows) {
    const mean = value(row, field);
    if (mean === null) continue;
    sum += mean * eventsOf(row);
    weight += eventsOf(row);
  }
  return weight === 0 ? null : sum / weight;
}

/** 24 hours of the day, from 0 o'clock. On the day when clocks go back an hour has two windows. */
export function hourProfile(
  rows: readonly WindowRow[],
  fields: readonly string[],
  zone: string,
): readonly HourMean[] {
  const by_hour = Map.groupBy(rows, (row) => localTime(start(row), zone).hour);
  return Array.from({ length: 24 }, (_, hour) => {
    const mine = by_hour.get(hour) ?? [];
    return {
      hour,
      n: mine.reduce((sum, row) => sum + eventsOf(row), 0),
      days: new Set(mine.map((row) => localTime(start(row), zone).day)).size,
      means: Object.fromEntries(fields.map((field) => [field, meanOf(mine, field)])),
    };
  });
}

/** Means of a field within hours of the day and outside of them. */
export function peakMeans(
  rows: readonly WindowRow[],
  field: string,
  peak: readonly HourRange[],
  zone: string,
): { peak: number | null; other: number | null } {
  const within = (row: WindowRow): boolean => inHours(peak, localTime(start(row), zone).hour);
  return {
    peak: meanOf(rows.filter(within), field),
    other: meanOf(
      rows.filter((row) => !within(row)),
      field,
    ),
  };
}

export interface Correlation {
  /** Pearson's, −1 to 1. */
  r: number;
  /** Pairs of hours. */
  n: number;
  /** Hours by which the second measure follows the first. */
  lag_h: number;
}

/** Fewer pairs say nothing. */
export const CORRELATION_N_MIN = 100;
const LAG_H_MAX = 3;

/**
 * Pearson's r of two measures of hourly windows, at the lag of 0 to 3 h where it is strongest.
 *
 * @returns null with fewer than `CORRELATION_N_MIN` pairs, or where a measure never changes.
 */
export function correlation(rows: readonly WindowRow[], cause: string, effect: string): Correlation | null {
  const at = new Map(rows.map((row) => [start(row), row]));
  let best: Correlation | null = null;
  for (let lag_h = 0; lag_h <= LAG_H_MAX; lag_h++) {
    const pairs: (readonly [number, number])[] = [];
    for (const row of rows) {
      const [a, later] = [value(row, cause), at.get(start(row) + hours(lag_h))];
      const b = later === undefined ? null : value(later, effect);
      if (a !== null && b !== null) pairs.push([a, b]);
    }
    const r = pearson(pairs);
    if (pairs.length < CORRELATION_N_MIN || r === null) continue;
    if (best === null || Math.abs(r) > Math.abs(best.r)) best = { r, n: pairs.length, lag_h };
  }
  return best;
}

function pearson(pairs: readonly (readonly [number, number])[]): number | null {
  const n = pairs.length;
  if (n === 0) return null;
  const mean_a = pairs.reduce((sum, [a]) => sum + a, 0) / n;
  const mean_b = pairs.reduce((sum, [, b]) => sum + b, 0) / n;
  let [both, aa, bb] = [0, 0, 0];
  for (const [a, b] of pairs) {
    both += (a - mean_a) * (b - mean_b);
    aa += (a - mean_a) ** 2;
    bb += (b - mean_b) ** 2;
  }
  return aa === 0 || bb === 0 ? null : both / Math.sqrt(aa * bb);
}
