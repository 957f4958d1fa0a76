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

/** @param week Of each step. */
export function daysOf(speeds: Float32Array, week: readonly InWeek[]): RoadDays {
  const around = aroundEach(speeds);
  const places: number[][] = Array.from({ length: DAY_TYPES * SLOTS }, () => []);
  for (const [step, { type, slot }] of week.entries())
    if (!Number.isNaN(around[step]!)) places[type * SLOTS + slot]!.push(step);

  const median = new Float32Array(DAY_TYPES * SLOTS).fill(Number.NaN);
  const others = new Float64Array(speeds.length).fill(Number.NaN);
  for (const [place, steps] of places.entries()) {
    steps.sort((a, b) => around[a]! - around[b]! || a - b);
    const ascending = steps.map((step) => around[step]!);
    median[place] = medianOf(ascending);
    for (const [i, step] of steps.entries()) {
      const { day } = week[step]!;
      // The hour that a clock goes through twice is two steps of one day.
      const twice = steps.some((other) => other !== step && week[other]!.day === day);
      others[step] = twice
        ? medianOf(steps.filter((other) => week[other]!.day !== day).map((other) => around[other]!))
        : medianOf(ascending, i);
    }
  }
  return { median, others };
}
