/** When jobs are due, in the zone of the demo city, on days of 23, 24 and 25 hours. */
import { describe, expect, test } from "bun:test";
import { days, hours, minutes, seconds } from "../src/core/time.ts";
import { scheduleOf, wordsOf } from "./schedule.ts";

const ZONE = "Europe/Berlin";
const at = (text: string): number => Date.parse(text);
/** In 2026: clocks go forward at 02:00 on 29 March, and back at 03:00 on 25 October. */
const SHORT = [at("2026-03-28T23:00Z"), at("2026-03-29T22:00Z")] as const;
const LONG = [at("2026-10-24T22:00Z"), at("2026-10-25T23:00Z")] as const;

/** All that is due in a half-open span, asked for one after the other. */
function dueIn(cron: string, [from_ms, to_ms]: readonly [number, number]): string[] {
  const schedule = scheduleOf(cron, ZONE);
  const due: string[] = [];
  for (let ms = schedule.next(from_ms - 1); ms < to_ms; ms = schedule.next(ms))
    due.push(new Date(ms).toISOString().slice(11, 16));
  return due;
}

describe("days of 23 and 25 hours", () => {
  test("case 5: what is due at 00:00 is due once", () => {
    expect(dueIn("0 0 * * *", SHORT)).toEqual(["23:00"]);
    expect(dueIn("0 0 * * *", LONG)).toEqual(["22:00"]);
  });

  test("what is due at 02:30 is due once: after the gap where the clock skips it, and the first time where it shows it twice", () => {
    expect(dueIn("30 2 * * *", SHORT)).toEqual(["01:00"]);
    expect(dueIn("30 2 * * *", LONG)).toEqual(["00:30"]);
  });

  test("what is due every hour is due in each hour that there is", () => {
    expect(dueIn("0 * * * *", SHORT)).toHaveLength(23);
    expect(dueIn("0 * * * *", LONG)).toHaveLength(25);
    expect(dueIn("*/10 * * * *", LONG)).toHaveLength(150);
  });

  test("looked at each second, the last time due is what was due next before", () => {
    for (const cron of ["30 2 * * *", "0 0 * * *", "5 * * * *"]) {
      for (const [from_ms, to_ms] of [SHORT, LONG]) {
        const schedule = scheduleOf(cron, ZONE);
        let next_ms = schedule.next(from_ms - days(1));
        while (next_ms < to_ms) {
          expect(schedule.last(next_ms - 1)).toBeLessThan(next_ms);
          expect(schedule.last(next_ms)).toBe(next_ms);
          expect(schedule.last(next_ms + seconds(59) + 999)).toBe(next_ms);
          const after_ms = schedule.next(next_ms);
          expect(schedule.last(after_ms - 1)).toBe(next_ms);
          next_ms = after_ms;
        }
      }
    }
  });
});

test("a time between two seconds is neither early nor late", () => {
  const schedule = scheduleOf("0 3 * * *", ZONE);
  const due_ms = at("2026-11-21T02:00Z");
  expect(schedule.next(due_ms - 1)).toBe(due_ms);
  expect(schedule.last(due_ms - 1)).toBe(due_ms - days(1));
  expect(schedule.next(due_ms)).toBe(due_ms + days(1));
  expect(scheduleOf("0 * * * *", "Asia/Kolkata").next(due_ms)).toBe(due_ms + minutes(30));
  expect(scheduleOf("0 * * * *", ZONE).next(due_ms)).toBe(due_ms + hours(1));
});

test("a schedule in words; what has no simple words stands as it is", () => {
  const words = {
    "*/10 * * * *": "every 10 min",
    "* * * * *": "every minute",
    "0 * * * *": "every hour",
    "5 * * * *": "every hour at :05",
    "0 3 * * *": "daily at 03:00",
    "30 4 * * 1": "Mondays at 04:30",
    "0 3 1 * *": "0 3 1 * *",
  };
  for (const [cron, text] of Object.entries(words)) expect(wordsOf(cron)).toBe(text);
});

test("a pattern or a zone that is none is refused when it is declared", () => {
  for (const cron of ["", "0 25 * * *", "every day", "0 0 * * * *"])
    expect(() => scheduleOf(cron, ZONE)).toThrow();
  expect(() => scheduleOf("0 0 * * *", "Mars/Olympus").next(0)).toThrow();
});
