/** Steps made of minutes equal those counted from the measurements themselves. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { RECENT_STEPS } from "../model.ts";
import { KEPT_MINUTES, MinuteSums } from "./minute-sums.ts";

const COLUMNS = 3;
const measurement = fc.record({
  column: fc.nat(COLUMNS - 1),
  minute: fc.integer({ min: 29_000_000, max: 29_000_000 + 200 }),
  speed: fc.integer({ min: 0, max: 120 }),
});

/** By the port's words: the step of a minute M holds what was measured from four minutes before M on to its end. */
function byHand(
  all: readonly { column: number; minute: number; speed: number }[],
  column: number,
  last: number,
): number {
  const of = all.filter((one) => one.column === column && one.minute > last - 5 && one.minute <= last);
  return of.length === 0 ? Number.NaN : of.reduce((sum, { speed }) => sum + speed, 0) / of.length;
}

test("the last hour's steps are the means of their five minutes, in any order of arrival, for roads that come later too", () => {
  fc.assert(
    fc.property(fc.array(measurement, { maxLength: 300 }), fc.nat(2), (all, columns) => {
      const sums = new MinuteSums(columns + 1);
      let newest = -1;
      // What comes later than the ring remembers is passed over, as it says.
      const kept: typeof all = [];
      for (const one of all) {
        sums.grow(Math.max(columns + 1, one.column + 1));
        if (one.minute > newest - KEPT_MINUTES) kept.push(one);
        newest = Math.max(newest, one.minute);
        sums.add(one.column, one.minute, one.speed, 1);
      }
      sums.grow(COLUMNS);
      if (newest < 0) return;
      const steps = sums.recentAt(newest);
      expect(steps).toHaveLength(RECENT_STEPS * COLUMNS);
      for (let step = 0; step < RECENT_STEPS; step++) {
        for (let column = 0; column < COLUMNS; column++) {
          const last = newest - 5 * (RECENT_STEPS - 1 - step);
          const wanted = byHand(kept, column, last);
          const said = steps[step * COLUMNS + column]!;
          if (Number.isNaN(wanted)) expect(said).toBeNaN();
          else expect(said).toBeCloseTo(wanted, 3);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("a clock that jumps ahead and back shows nothing of one time at the other", () => {
  const sums = new MinuteSums(1);
  sums.add(0, 1_000, 50, 1);
  sums.add(0, 1_000 + 10 * KEPT_MINUTES, 80, 1);
  sums.add(0, 1_001, 50, 1);
  expect(sums.recentAt(1_001).every(Number.isNaN)).toBe(true);
  expect(sums.recentAt(1_000 + 10 * KEPT_MINUTES).filter((speed) => !Number.isNaN(speed))).toEqual(
    Float32Array.of(80),
  );
});

test("five thousand roads that come one by one are no work of seconds", () => {
  const sums = new MinuteSums(0);
  const start_ms = performance.now();
  for (let column = 0; column < 5_000; column++) {
    sums.grow(column + 1);
    sums.add(column, 1_000, column, 1);
  }
  expect(performance.now() - start_ms).toBeLessThan(500);
  expect([...sums.recentAt(1_000).subarray(-5_000)]).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
});
