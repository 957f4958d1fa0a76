/**
 * Which key reports when: all of them once in a period, evenly spread. Reports are numbered from the beginning of
 * 2020; the number tells key and time, so any process makes the same report with the same id.
 */
import { chance } from "./chance.ts";

const BEGIN_MS = Date.UTC(2020, 0, 1);

export interface Schedule {
  /** Number of the first report at or after an instant. */
  firstAt(ms: number): number;
  timeOf(number: number): number;
  /** Index of the key that a number belongs to. */
  keyOf(number: number): number;
}

/** @param n Keys, at least one. @param period_ms How often each of them reports. */
export function scheduleOf(n: number, period_ms: number): Schedule {
  const per_report_ms = period_ms / n;
  // Keys report in no order that a map would show.
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => chance(5, a, 0) - chance(5, b, 0));
  const timeOf = (number: number): number => BEGIN_MS + Math.ceil(number * per_report_ms);
  return {
    firstAt(ms) {
      let number = Math.floor((ms - 1 - BEGIN_MS) / per_report_ms) + 1;
      // At high rates several share a millisecond, and the quotient may be off by one.
      while (timeOf(number - 1) >= ms) number--;
      while (timeOf(number) < ms) number++;
      return number;
    },
    timeOf,
    keyOf: (number) => order[((number % n) + n) % n]!,
  };
}
