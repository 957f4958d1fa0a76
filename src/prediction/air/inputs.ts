/**
 * What a forecast of the air is made from. Indices enter as their square roots, in which an hour's change is about as large at 30 as at
 * 300. Nothing after the hour itself is looked at.
 */
import { localTime } from "../../core/time.ts";
import { HOUR_MS, WEATHER, type AirSeries } from "./series.ts";

/** Hours before, whose difference to now is told. */
const BACK_H = [1, 2, 3, 4, 6, 9, 12, 18, 21, 22, 23, 24] as const;
/** A day with fewer known hours says too little. */
const KNOWN_H_MIN = 18;
/** A level around which others are told: the root of 100. */
const MIDDLE = 10;

const OWN = 1 + 3 + BACK_H.length + 6 + 4 + 4 + 1 + 3;
export const INPUTS_N = OWN + 3 * WEATHER.length + 2;

export const rootOf = (aqi: number): number => Math.sqrt(Math.max(0, aqi));
/** Roots below zero are zero. */
export const indexOf = (root: number): number => Math.max(0, root) ** 2;

/** How much the index moved in the day before: spread of the hours' roots; NaN where too few are known. */
export function unrestAt({ aqi }: AirSeries, at: number): number {
  let [n, sum, squares] = [0, 0, 0];
  for (let k = at; k > at - 24 && k >= 0; k--) {
    const value = rootOf(aqi[k]!);
    if (Number.isNaN(value)) continue;
    n++;
    sum += value;
    squares += value * value;
  }
  return n < KNOWN_H_MIN ? NaN : Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
}

/** @returns `INPUTS_N` numbers, NaN for what was not measured; null where the hour itself, or too much of the day before it, is not known. */
export function inputsAt(series: AirSeries, at: number): Float64Array | null {
  const now = rootOf(series.aqi[at] ?? NaN);
  const unrest = unrestAt(series, at);
  if (Number.isNaN(now) || Number.isNaN(unrest)) return null;
  const known = (k: number): number => {
    const value = rootOf(series.aqi[at - k] ?? NaN);
    return Number.isNaN(value) ? now : value;
  };
  let [low, high] = [now, now];
  const mean = (n: number): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += known(k);
    return sum / n;
  };
  for (let k = 0; k < 24; k++) {
    low = Math.min(low, known(k));
    high = Math.max(high, known(k));
  }
  const [mean_6, mean_24] = [mean(6), mean(24)];
  const level = now - MIDDLE;
  const { hour, weekday } = localTime(series.from_ms + at * HOUR_MS, series.zone);
  const turn = (2 * Math.PI * hour) / 24;
  const [s, c] = [Math.sin(turn), Math.cos(turn)];
  return Float64Array.from([
    1,
    level,
    level * level,
    Math.max(0, level - 3),
    ...BACK_H.map((k) => now - known(k)),
    mean_6 - now,
    mean_24 - now,
    mean(48) - now,
    low - now,
    high - now,
    unrest,
    s,
    c,
    Math.sin(2 * turn),
    Math.cos(2 * turn),
    s * level,
    c * level,
    s * (mean_24 - now),
    c * (mean_24 - now),
    weekday >= 6 ? 1 : 0,
    ...particles(series, at),
    ...weatherAt(series, at, level),
  ]);
}

/** Fine particles beside the index, and how they changed. */
function particles({ aqi, pm2_5 }: AirSeries, at: number): number[] {
  const log = (k: number): number => Math.log((pm2_5[at - k] ?? NaN) + 5);
  return [log(0) - Math.log(aqi[at]! + 5), log(0) - log(1), log(0) - log(3)];
}

/** The weather as it is, and how it changed in three hours and in a day. */
function weatherAt({ weather }: AirSeries, at: number, level: number): number[] {
  const value = (which: number, k: number): number => weather?.[which]?.[at - k] ?? NaN;
  const [, humidity, wind] = WEATHER.map((_, which) => value(which, 0));
  return [
    ...WEATHER.flatMap((_, which) => [
      value(which, 0),
      value(which, 0) - value(which, 3),
      value(which, 0) - value(which, 24),
    ]),
    (wind ?? NaN) * level,
    (humidity ?? NaN) * level,
  ];
}
