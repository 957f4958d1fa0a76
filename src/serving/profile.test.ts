import { describe, expect, test } from "bun:test";
import { formatInstant, hours } from "../core/time.ts";
import type { WindowRow } from "./answer.ts";
import { correlation, CORRELATION_N_MIN, hourProfile, meanOf, peakMeans } from "./profile.ts";

const START_MS = Date.UTC(2026, 9, 20);
const row = (hour: number, more: Record<string, number | null>): WindowRow => ({
  window_start: formatInstant(START_MS + hours(hour)),
  n: 12,
  ...more,
});

describe("profile of a location's hours", () => {
  test("a mean over windows is the mean over their events, and windows without a value count nothing", () => {
    const rows = [row(0, { a: 10, n: 1 }), row(1, { a: 40, n: 3 }), row(2, { a: null, n: 50 })];
    expect(meanOf(rows, "a")).toBe((10 + 3 * 40) / 4);
    expect(meanOf([], "a")).toBeNull();
  });

  test("hours are the zone's, also over the night when clocks go back", () => {
    // 24 October 2026 to 26 October, Berlin: 25 October has the hour 2 twice.
    const rows = Array.from({ length: 24 * 7 }, (_, i) => row(i, { a: i }));
    const profile = hourProfile(rows, ["a"], "Europe/Berlin");
    expect(profile.map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(profile[2]!.n).toBe(12 * 8);
    expect(profile[2]!.days).toBe(7);
    expect(profile.reduce((sum, h) => sum + h.n, 0)).toBe(24 * 7 * 12);
    expect(hourProfile([], ["a"], "UTC")[5]).toEqual({ hour: 5, n: 0, days: 0, means: { a: null } });
  });

  test("peak hours against the others", () => {
    const rows = Array.from({ length: 48 }, (_, i) => row(i, { a: i % 24 >= 6 && i % 24 < 10 ? 80 : 20 }));
    expect(peakMeans(rows, "a", [[6, 10]], "UTC")).toEqual({ peak: 80, other: 20 });
  });

  test("finds the lag at which one measure follows the other", () => {
    const cause = (i: number): number => Math.sin(i / 3.1) * 30 + ((i * 7919) % 13);
    const rows = Array.from({ length: 240 }, (_, i) => row(i, { t: cause(i), q: 40 + cause(i - 2) / 2 }));
    const found = correlation(rows, "t", "q")!;
    expect([found.lag_h, found.n]).toEqual([2, 238]);
    expect(found.r).toBeCloseTo(1, 10);
  });

  test("says nothing from fewer than a hundred pairs, or of what never changes", () => {
    const rows = (n: number, q: (i: number) => number | null): WindowRow[] =>
      Array.from({ length: n }, (_, i) => row(i, { t: i % 9, q: q(i) }));
    const moving = (i: number): number => i % 7;
    expect(correlation(rows(CORRELATION_N_MIN - 1, moving), "t", "q")).toBeNull();
    expect(correlation(rows(CORRELATION_N_MIN, moving), "t", "q")!.n).toBe(CORRELATION_N_MIN);
    expect(
      correlation(
        rows(300, () => 5),
        "t",
        "q",
      ),
    ).toBeNull();
    expect(
      correlation(
        rows(300, () => null),
        "t",
        "q",
      ),
    ).toBeNull();
  });
});
