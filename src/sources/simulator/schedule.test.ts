import { expect, test } from "bun:test";
import { scheduleOf } from "./schedule.ts";

const now = Date.UTC(2026, 10, 20, 7, 30, 0, 123);

test("firstAt() is exact at any instant, number of keys and rate", () => {
  for (const [n, period_ms] of [
    [1_247, 10_000],
    [1_247, 250],
    [1, 300_000],
    [40, 60_000],
    [3, 1],
  ] as const) {
    const schedule = scheduleOf(n, period_ms);
    for (let k = 0; k < 500; k++) {
      const at_ms = now + k * 17;
      const number = schedule.firstAt(at_ms);
      expect(schedule.timeOf(number) >= at_ms && schedule.timeOf(number - 1) < at_ms).toBe(true);
    }
  }
});

test("in each period each key has its turn once", () => {
  const schedule = scheduleOf(40, 60_000);
  const first = schedule.firstAt(now);
  const keys = Array.from({ length: 40 }, (_, k) => schedule.keyOf(first + k));
  expect(new Set(keys).size).toBe(40);
  expect(schedule.timeOf(first + 40) - schedule.timeOf(first)).toBe(60_000);
  expect(schedule.keyOf(first + 40)).toBe(keys[0]!);
});
