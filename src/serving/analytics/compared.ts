/** What a range is compared with: the same range some days or weeks before. */
import { comparisons, daysBefore } from "../../core/compare.ts";
import { days } from "../../core/time.ts";
import type { ComparedPeriod } from "./answer.ts";

/** `previous`: the range of the same length right before, in whole days. */
export const rangeComparisons = [...comparisons, "previous"] as const;
export type RangeComparison = (typeof rangeComparisons)[number];

const WEEKS_MAX = 4;

/**
 * A range moved back by whole days or weeks of the city's zone: the same local times. Typical is the last four weeks, as whole
 * moves that do not overlap: of a range of up to a week four, of two weeks two, of a longer one one.
 */
export function comparedPeriod(
  of: RangeComparison,
  { from_ms, to_ms }: { from_ms: number; to_ms: number },
  zone: string,
): ComparedPeriod {
  const length_d = (to_ms - from_ms) / days(1);
  const weeks = Math.max(1, Math.ceil(length_d / 7 - 0.01));
  const back = (n: number) => ({ from_ms: moved(from_ms, zone, n), to_ms: moved(to_ms, zone, n) });
  switch (of) {
    case "yesterday":
      return { of, ranges: [back(1)] };
    case "last_week":
      return { of, ranges: [back(7)] };
    case "previous":
      return { of, ranges: [back(Math.max(1, Math.ceil(length_d - 0.1)))] };
    case "typical": {
      const times = Math.max(1, Math.floor(WEEKS_MAX / weeks));
      return { of, ranges: Array.from({ length: times }, (_, i) => back(7 * weeks * (i + 1))) };
    }
  }
}

/** Where clocks skipped the local time, so many times 24 hours. */
const moved = (ms: number, zone: string, n: number): number => daysBefore(ms, zone, n) ?? ms - days(n);
