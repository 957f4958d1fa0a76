/** Sales by hour and day on a real PostgreSQL: whatever was rolled up when, they are the sums of their minutes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { analyticsBed, type AnalyticsBed } from "../../test/analytics-bed.ts";
import { days, formatInstant } from "../core/time.ts";
import { categories, transactions } from "../streams/transactions.ts";
import type { CategorySales } from "./sales-answer.ts";

// Monday after the Sunday of 25 hours in Berlin, 12:20 there.
const NOW_MS = Date.UTC(2026, 9, 26, 11, 20);
const FROM_MS = Date.UTC(2026, 9, 23, 22);
let bed: AnalyticsBed;
beforeAll(async () => {
  bed = await analyticsBed(["a"], NOW_MS, [transactions]);
});
afterAll(() => bed.end());

const whole = (rows: readonly CategorySales[]): string[] =>
  rows.map((row) => `${row.window_start} ${row.category}`);

/** Minutes, added up in cents to what starts at or before them. */
function folded(minute_rows: readonly CategorySales[], steps: readonly CategorySales[]): CategorySales[] {
  return steps.map((step) => {
    const mine = minute_rows.filter(
      (row) =>
        row.category === step.category &&
        row.window_start >= step.window_start &&
        row.window_start < step.window_end,
    );
    const sum = (of: (row: CategorySales) => number): number => mine.reduce((all, row) => all + of(row), 0);
    return {
      window_start: step.window_start,
      window_end: step.window_end,
      category: step.category,
      total_sales: sum((row) => Math.round(row.total_sales * 100)) / 100,
      transaction_count: sum((row) => row.transaction_count),
      cancellation_count: sum((row) => row.cancellation_count),
    };
  });
}

test("law: hours and days of sales equal the sums of their minutes, before, between and after refreshes, over a day of 25 hours", async () => {
  let sold = 0;
  const sale = record({
    category: constantFrom(...categories),
    cents: integer({ min: -100_000_000, max: 100_000_000 }).filter((cents) => cents !== 0),
    // A minute that begins now is not in the range, while its hour is.
    ago_ms: integer({ min: 1, max: NOW_MS - FROM_MS }),
  });
  const batch = record({
    sales: array(sale, { minLength: 1, maxLength: 20 }),
    next: constantFrom("refresh", "go on"),
  });
  await assert(
    asyncProperty(batch, async ({ sales, next }) => {
      await bed.store(
        transactions,
        sales.map(({ category, cents, ago_ms }) => ({
          event_id: undefined,
          transaction_id: `t${sold++}`,
          user_id: "u",
          timestamp: formatInstant(NOW_MS - ago_ms)
            .replace("T", " ")
            .replace("Z", ""),
          product_category: category,
          amount: cents / 100,
          payment_method: "paypal",
        })),
      );
      if (next === "refresh") await bed.refresh();
      const { serving } = bed;
      const range = { from_ms: FROM_MS, to_ms: NOW_MS };
      const { data: minutes } = await serving.categorySales(transactions, range);
      const by_minute = minutes.filter(({ transaction_count }) => transaction_count > 0);
      const by_hour = await serving.categorySales(transactions, { ...range, step: "1h" });
      const by_day = await serving.categorySales(transactions, { ...range, step: "1d" });
      expect(by_hour.data).toEqual(folded(by_minute, by_hour.data));
      expect(by_day.data).toEqual(folded(by_minute, by_day.data));
      expect(new Set(whole(by_hour.data)).size).toBe((24 + 25 + 13) * categories.length);
      expect(
        by_day.data.map((row) => row.window_start).filter((_, i) => i % categories.length === 0),
      ).toEqual(["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]);
    }),
    { numRuns: 12, endOnFailure: true },
  );
  await bed.refresh();
  const days_then = await bed.serving.categorySales(transactions, {
    from_ms: NOW_MS - days(3),
    to_ms: NOW_MS,
    step: "1d",
  });
  expect(days_then.meta.frontier).toBeDefined();
  const silent = await bed.serving.categorySales(transactions, {
    from_ms: NOW_MS - days(9),
    to_ms: NOW_MS - days(8),
    step: "1h",
  });
  expect([silent.meta.coverage, silent.meta.as_of, silent.meta.stale]).toEqual([0, null, true]);
});
