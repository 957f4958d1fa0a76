/** Laws of a lag told in seconds. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../core/limits.ts";
import { LagClock } from "./lag.ts";

describe("a lag in seconds", () => {
  test("a consumer that trails an even log by d is d behind, to a sample's width", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 50, max: 2_000 }),
        fc.integer({ min: 0, max: 60 }),
        (rate, step_ms, behind_steps) => {
          const clock = new LagClock();
          let told = 0;
          for (let i = 0; i <= 200; i++) {
            const at_ms = i * step_ms;
            const stored_at = Math.max(0, i - behind_steps);
            told = clock.lag(at_ms, i * rate, stored_at * rate, 0);
          }
          expect(Math.abs(told - behind_steps * step_ms)).toBeLessThanOrEqual(step_ms);
        },
      ),
    );
  });

  test("it is 0 at the end, never negative, and grows while a consumer stands still", () => {
    const clock = new LagClock();
    expect(clock.lag(0, 10, 10, 99_000)).toBe(0);
    const told = [1, 2, 3, 4].map((s) => clock.lag(s * 1_000, 10 + s, 10, 0));
    expect(told).toEqual([1_000, 2_000, 3_000, 4_000]);
    expect(clock.lag(5_000, 14, 14, 0)).toBe(0);
  });

  test("what lay there before anybody looked is as old as the watermark says", () => {
    expect(new LagClock().lag(500, 1_000, 0, 3_600_000)).toBe(3_600_000);
  });

  test("a lag of hours is still told, from a bounded number of places", () => {
    const clock = new LagClock();
    let told = 0;
    const n = limits.lag_samples_max * 20;
    for (let i = 0; i <= n; i++) told = clock.lag(i * 1_000, i, 0, 0);
    expect(told).toBe(n * 1_000);
  });

  test("a log made anew starts anew", () => {
    const clock = new LagClock();
    clock.lag(0, 1_000, 1_000, 0);
    clock.lag(1_000, 2_000, 1_000, 0);
    expect(clock.lag(2_000, 5, 0, 0)).toBe(0);
    expect(clock.lag(4_000, 6, 0, 0)).toBe(2_000);
  });
});
