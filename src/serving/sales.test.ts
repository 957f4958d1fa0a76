import { beforeEach, describe, expect, test } from "bun:test";
import { formatInstant, hours, minutes, startOfDay, type Clock } from "../core/time.ts";
import { transactions } from "../streams/transactions.ts";
import type { HistoryQuery, Serving, WindowRow } from "./answer.ts";
import { Sales, SALES_MINUTES } from "./sales.ts";

/** 17:20:30 in Berlin. */
const NOW_MS = Date.UTC(2026, 10, 21, 16, 20, 30);
const MINUTE_MS = minutes(1);

let clock: Clock & { ms: number };
let sold: { at_ms: number; category: string; cents: number }[];
let asked: HistoryQuery[];

/** Windows as the serving layer answers them, folded from what was sold, in pages of at most 500. */
const serving: Pick<Serving, "windows"> = {
  async windows(_stream, _key, query) {
    asked.push(query);
    const size_ms = query.step === "15m" ? 15 * MINUTE_MS : MINUTE_MS;
    const rows = new Map<string, WindowRow & { n: number }>();
    for (const { at_ms, category, cents } of sold) {
      if (at_ms < query.from_ms || at_ms >= query.to_ms) continue;
      const start = Math.floor(at_ms / size_ms) * size_ms;
      const id = `${start} ${category}`;
      const row = rows.get(id) ?? { n: 0, amount_sum: 0, cancellation_n: 0 };
      rows.set(id, {
        window_start: formatInstant(start),
        product_category: category,
        n: row.n + 1,
        amount_sum: (Math.round(Number(row["amount_sum"]) * 100) + cents) / 100,
        cancellation_n: Number(row["cancellation_n"]) + (cents < 0 ? 1 : 0),
      });
    }
    const from = Number(query.cursor ?? 0);
    const data = [...rows.values()].slice(from, from + 500);
    const more = from + 500 < rows.size ? { next_cursor: String(from + 500) } : {};
    return {
      data,
      meta: { cursor: "c", layer: "batch", as_of: null, age_ms: null, stale: false, coverage: 1, ...more },
    };
  },
};

const reader = (): Sales => new Sales({ serving, stream: transactions, zone: "Europe/Berlin", clock });
const ago = (ms: number, cents: number, category = "Home") => ({ at_ms: NOW_MS - ms, category, cents });

beforeEach(() => {
  clock = { ms: NOW_MS, now: () => clock.ms, monotonic: () => clock.ms };
  sold = [];
  asked = [];
});

describe("sales now", () => {
  test("totals are exact in cents, whatever the sums are as fractions", async () => {
    sold = Array.from({ length: 1_000 }, (_, i) => ago(i * 1_000, 10 + (i % 3)));
    const { last_hour } = await reader().now();
    expect(last_hour.cents).toBe(sold.reduce((sum, { cents }) => sum + cents, 0));
    expect(last_hour.n).toBe(1_000);
  });

  test("the day is the city's, and meets the last hundred minutes without a gap or an overlap", async () => {
    const day_ms = startOfDay(NOW_MS, "Europe/Berlin");
    sold = Array.from({ length: 20 * 60 }, (_, i) => ago(minutes(i), 100));
    const { today, minutes: shown } = await reader().now();
    expect(today.n).toBe(sold.filter(({ at_ms }) => at_ms >= day_ms).length);
    expect(shown).toHaveLength(SALES_MINUTES);
    expect(shown.reduce((sum, m) => sum + m.all.n, 0)).toBe(SALES_MINUTES);
    expect(shown.at(-1)!.start_ms).toBe(NOW_MS - 30_000);
  });

  test("just after midnight the day has only what came since", async () => {
    clock.ms = startOfDay(NOW_MS, "Europe/Berlin") + minutes(5);
    sold = [-20, -1, 1, 4].map((min) => ({
      at_ms: clock.ms - minutes(5) + minutes(min),
      category: "Home",
      cents: 500,
    }));
    const { today, last_hour } = await reader().now();
    expect([today.n, last_hour.n]).toEqual([2, 4]);
    expect(asked.filter(({ step }) => step !== undefined)).toEqual([]);
  });

  test("cancellations are counted and taken off; each category stands in its own place", async () => {
    sold = [ago(5_000, 4_000, "Electronics"), ago(4_000, -4_500, "Electronics"), ago(3_000, 250, "Grocery")];
    const { latest, categories } = await reader().now();
    expect(latest!.all).toEqual({ cents: -250, n: 3, cancellation_n: 1 });
    expect(latest!.by[categories.indexOf("Electronics")]).toEqual({ cents: -500, n: 2, cancellation_n: 1 });
    expect(latest!.by[categories.indexOf("Beauty")]).toEqual({ cents: 0, n: 0, cancellation_n: 0 });
  });

  test("nothing sold: no latest window, and zero is zero", async () => {
    const now = await reader().now();
    expect([now.latest, now.today, now.minutes.length]).toEqual([
      null,
      { cents: 0, n: 0, cancellation_n: 0 },
      100,
    ]);
  });

  test("reads once a second however many ask; the day before the trend once a minute", async () => {
    sold = [ago(hours(3), 100)];
    const sales = reader();
    await Promise.all([sales.now(), sales.now()]);
    expect(asked).toHaveLength(2);
    clock.ms += 1_000;
    await sales.now();
    expect(asked).toHaveLength(3);
    // A sale that comes late for three hours ago is there within a minute.
    sold.push(ago(hours(3), 50));
    clock.ms += minutes(1);
    expect((await sales.now()).today.cents).toBe(150);
  });
});
