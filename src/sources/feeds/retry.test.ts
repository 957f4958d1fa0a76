import { expect, test } from "bun:test";
import fc from "fast-check";
import { days, hours, minutes } from "../../core/time.ts";
import { pollInterval, spentToday, utcDay } from "./quota.ts";
import { backoff, RETRY_AFTER_MS_MAX, retryAfter } from "./retry.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);

test("Retry-After is read as seconds and as a date, is never negative, and is believed up to an hour", () => {
  expect(retryAfter("120", NOW)).toBe(120_000);
  expect(retryAfter(" 0 ", NOW)).toBe(0);
  expect(retryAfter("Sat, 21 Nov 2026 10:25:00 GMT", NOW)).toBe(minutes(5));
  expect(retryAfter("Sat, 21 Nov 2026 10:00:00 GMT", NOW)).toBe(0);
  expect(retryAfter("99999999", NOW)).toBe(RETRY_AFTER_MS_MAX);
  for (const text of [null, "", "soon", "-5", "1.5", "1e9", "+7"]) expect(retryAfter(text, NOW)).toBeNull();
});

test("a backoff is anything up to a bound that doubles, and never more than its greatest", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const wait_ms = backoff(attempt, random);
        expect(wait_ms).toBeGreaterThanOrEqual(0);
        expect(wait_ms).toBeLessThan(Math.min(30_000, 1_000 * 2 ** (attempt - 1)) + 1e-9);
      },
    ),
  );
});

test("polls at these intervals never need more calls than the day has, and never come sooner than they should", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 10_000, max: hours(1) }),
      fc.integer({ min: 0, max: days(1) - 1 }),
      (max, per_poll, every_ms, into_day) => {
        const midnight = Math.floor(NOW / days(1)) * days(1);
        let now_ms = midnight + into_day;
        const spent = { day: utcDay(now_ms), calls: 0, max };
        for (let polls = 0; now_ms < midnight + days(1) && polls < 5_000; polls++) {
          if (spent.calls + per_poll <= max) spent.calls += per_poll;
          const interval_ms = pollInterval(spent, per_poll, every_ms, now_ms);
          const left_ms = midnight + days(1) - now_ms;
          if (interval_ms < left_ms) {
            expect(interval_ms).toBeGreaterThanOrEqual(every_ms);
            // What comes next is paid for.
            expect(spent.calls + per_poll).toBeLessThanOrEqual(max);
          }
          now_ms += interval_ms;
        }
        expect(spent.calls).toBeLessThanOrEqual(max);
      },
    ),
    { numRuns: 60 },
  );
});

test("without a quota nothing is spread; a new UTC day begins with none spent", () => {
  expect(pollInterval({ day: "2026-11-21", calls: 9e9, max: null }, 10, minutes(5), NOW)).toBe(minutes(5));
  const spent = { day: "2026-11-20", calls: 100, max: 100 };
  expect(spentToday(spent, NOW).calls).toBe(0);
  expect(pollInterval(spent, 1, minutes(5), NOW)).toBeGreaterThan(minutes(5));
  expect(pollInterval({ ...spent, day: "2026-11-21" }, 1, minutes(5), NOW)).toBe(hours(13) + minutes(40));
});
