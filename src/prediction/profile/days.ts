/** One road's history, day by day: what a time of day is like on other days. */
import { isSpeed } from "../persistence/moment.ts";
import type { InWeek } from "./calendar.ts";
import { DAY_TYPES, SLOTS } from "./calendar.ts";

/** Steps to either side that count as the same time of day: ± 15 minutes. */
const AROUND = 3;

/** Mean of what is known within ± 15 minutes of each step; NaN where there is nothing. */
export function aroundEach(speeds: Float32Array): Float64Array {
  const means = new Float64Array(speeds.length);
  let sum = 0;
  let known = 0;
  const take = (at: number, sign: 1 | -1): void => {
    if (at < 0 || at >= speeds.length || !isSpeed(speeds[at]!)) return;
    sum += sign * speeds[at]!;
    known += sign;
  };
  for (let at = 0; at < AROUND; at++) take(at, 1);
  for (let at = 0; at < speeds.length; at++) {
    take(at + AROUND, 1);
    take(at - AROUND - 1, -1);
    // What rounding may have left of values that have gone.
    if (known === 0) sum = 0;
    means[at] = known > 0 ? sum / known : Number.NaN;
  }
  return means;
}

/** Median of values that ascend; of all but the one at `without`, where one is left out. NaN of none. */
export function medianOf(ascending: readonly number[], without = -1): number {
  const n = ascending.length - (without < 0 ? 0 : 1);
  if (n <= 0) return Number.NaN;
  const at = (i: number): number => ascending[without >= 0 && i >= without ? i + 1 : i]!;
  return (at((n - 1) >> 1) + at(n >> 1)) / 2;
}

export interface RoadDays {
  /** `DAY_TYPES × SLOTS`: median of the days; NaN without any. */
  median: Float32Array<ArrayBuffer>;
  /** Of each step: median of the *other* days of its type, as a forecaster of that day would have known it; NaN without any. */
  others: Float64Array;
}

/** The steps of each of the `DAY_TYPES × SLOTS`, which are those of all roads. */
export interface Places {
  steps: readonly Int32Array[];
  /** Local date of each step. */
  days: readonly string[];
  /** Places that have two steps of one day: the hour that a clock goes through twice. */
  twice: readonly boolean[];
}

export function placesOf(week: readonly InWeek[]): Places {
  const steps: number[][] = Array.from({ length: DAY_TYPES * SLOTS }, () => []);
  for (const [step, { type, slot }] of week.entries()) steps[type * SLOTS + slot]!.push(step);
  const days = week.map(({ day }) => day);
  return {
    steps: steps.map((of) => Int32Array.from(of)),
    days,
    twice: steps.map((of) => new Set(of.map((step) => days[step])).size < of.length),
  };
}

export function daysOf(speeds: Float32Array, { steps, days, twice }: Places): RoadDays {
  const around = aroundEach(speeds);
  const median = new Float32Array(DAY_TYPES * SLOTS).fill(Number.NaN);
  const others = new Float64Array(speeds.length).fill(Number.NaN);
  const ascending: number[] = [];
  const from: number[] = [];
  for (const [place, of] of steps.entries()) {
    ascending.length = from.length = 0;
    for (const step of of) {
      const value = around[step]!;
      if (Number.isNaN(value)) continue;
      // They are as many as days: moved along is quicker than any sort.
      let at = ascending.length;
      for (; at > 0 && ascending[at - 1]! > value; at--) {
        ascending[at] = ascending[at - 1]!;
        from[at] = from[at - 1]!;
      }
      ascending[at] = value;
      from[at] = step;
    }
    median[place] = medianOf(ascending);
    for (const [i, step] of from.entries()) {
      others[step] = twice[place]!
        ? medianOf(ascending.filter((_, other) => days[from[other]!] !== days[step]))
        : medianOf(ascending, i);
    }
  }
  return { median, others };
}
