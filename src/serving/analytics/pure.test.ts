/** What is computed without a database: measured peaks, compared ranges, correlation's interval and ranks. */
import { describe, expect, test } from "bun:test";
import { comparedPeriod } from "./compared.ts";
import { interval, lagged, pearson, ranks } from "./correlated.ts";
import { peaksOf } from "./peak-hours.ts";

const ZONE = "Europe/Berlin";
const HOUR_MS = 3_600_000;

describe("measured peaks", () => {
  const day = (levels: Readonly<Record<number, number>>, hours = 24) =>
    Array.from({ length: hours }, (_, hour) => ({ hour, level: levels[hour] ?? 10, n: 1 }));

  test("begin half way from the day's mean to its greatest hour, and end with a lesser or a missing hour", () => {
    // Mean 17.92, greatest 60: threshold 38.96.
    const levels = day({ 7: 40, 8: 60, 9: 38, 17: 50, 18: 52 });
    const peaks = peaksOf(levels);
    expect(peaks.map(({ from_hour, to_hour, worst_hour }) => [from_hour, to_hour, worst_hour])).toEqual([
      [7, 9, 8],
      [17, 19, 18],
    ]);
    expect(peaks[0]!.threshold).toBeCloseTo(38.96, 2);
    const gap = levels.filter(({ hour }) => hour !== 18).concat({ hour: 19, level: 52, n: 1 });
    const sorted = gap
      .filter(({ hour, level }) => hour !== 19 || level === 52)
      .sort((a, b) => a.hour - b.hour);
    expect(peaksOf(sorted).map(({ from_hour, to_hour }) => [from_hour, to_hour])).toEqual([
      [7, 9],
      [17, 18],
      [19, 20],
    ]);
  });

  test("a flat day and half a day have none", () => {
    expect(peaksOf(day({ 8: 14 }))).toEqual([]);
    expect(peaksOf(day({ 8: 60 }, 11))).toEqual([]);
    expect(peaksOf([])).toEqual([]);
  });
});

describe("compared ranges", () => {
  const range = (from: string, to: string) => ({ from_ms: Date.parse(from), to_ms: Date.parse(to) });
  const shown = (of: Parameters<typeof comparedPeriod>[0], at: ReturnType<typeof range>) =>
    comparedPeriod(of, at, ZONE).ranges.map(({ from_ms, to_ms }) => [
      new Date(from_ms).toISOString().slice(0, 13),
      (to_ms - from_ms) / HOUR_MS,
    ]);

  test("have the same local times, also over a change of clocks", () => {
    // Sunday the 25th has 25 hours.
    const sunday = range("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
    expect(shown("last_week", sunday)).toEqual([["2026-10-17T22", 24]]);
    expect(shown("yesterday", sunday)).toEqual([["2026-10-23T22", 24]]);
    expect(shown("previous", sunday)).toEqual([["2026-10-23T22", 24]]);
  });

  test("typical is four weeks of a week, two of two, one of a longer range, never one twice", () => {
    const days = (n: number) =>
      range(
        "2026-07-01T00:00:00+02:00",
        new Date(Date.parse("2026-07-01T00:00:00+02:00") + n * 24 * HOUR_MS).toISOString(),
      );
    expect(shown("typical", days(7))).toHaveLength(4);
    expect(shown("typical", days(14))).toHaveLength(2);
    const long = comparedPeriod("typical", days(40), ZONE);
    expect(long.ranges).toHaveLength(1);
    expect(long.ranges[0]!.to_ms).toBeLessThanOrEqual(days(40).from_ms);
  });
});

describe("correlation", () => {
  test("Fisher's interval: r = 0.5 of 28 lies between 0.156 and 0.736", () => {
    expect(interval(0.5, 28)).toEqual([0.156, 0.7358]);
    expect(interval(0.5, 3)).toEqual([null, null]);
    expect(interval(1, 50)).toEqual([1, 1]);
  });

  test("equal values share their rank; what never changes has no correlation", () => {
    expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
    expect(pearson([1, 2, 3], [5, 5, 5])).toBeNull();
    expect(pearson([1, 2, 3], [2, 4, 6])).toBe(1);
  });

  test("an effect three hours later is found there, and hours that are alike count as fewer", () => {
    let [state, value] = [1, 0];
    const cause = new Map<number, number>();
    for (let hour = 0; hour < 400; hour++) {
      state = (state * 48_271) % 2_147_483_647;
      cause.set(hour * HOUR_MS, (value = 0.8 * value + state / 2_147_483_647 - 0.5));
    }
    const effect = new Map([...cause].map(([at_ms, x]) => [at_ms + 3 * HOUR_MS, -2 * x] as const));
    const lags = lagged(cause, effect);
    expect(lags[3]).toMatchObject({ lag_h: 3, r: -1, n: 400 });
    // Each has about 0.8 with itself an hour later: n · 0.36 / 1.64.
    expect(lags[3]!.n_effective!).toBeGreaterThan(40);
    expect(lags[3]!.n_effective!).toBeLessThan(160);
    expect(Math.abs(lags[0]!.r!)).toBeLessThan(0.9);
  });
});
