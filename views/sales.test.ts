import { describe, expect, test } from "bun:test";
import type { SalesNow, Tally } from "../src/serving/sales.ts";
import { transactions } from "../src/streams/transactions.ts";
import { money } from "./money.ts";
import { renderSalesNote, salesSentence, salesTitle } from "./sales.tsx";

const START_MS = Date.UTC(2026, 10, 21, 9, 20);
const none: Tally = { cents: 0, n: 0, cancellation_n: 0 };
const zone = { zone: "Europe/Berlin" };

const sales = (now_ms: number, all: Tally): SalesNow => {
  const minute = { start_ms: START_MS, end_ms: START_MS + 60_000, all, by: [all, none] };
  return {
    stream: transactions,
    categories: ["Electronics", "Fashion"],
    minutes: [minute],
    latest: all.n === 0 ? null : minute,
    last_hour: all,
    today: all,
    now_ms,
  };
};
const two: Tally = { cents: -123_450, n: 2, cancellation_n: 1 };

describe("the page of sales", () => {
  test("money is written from whole cents, and never through a fraction", () => {
    expect([0, 5, 100, 123_456, 100_000_000_01, -700, 2 ** 53 - 1].map(money)).toEqual([
      "0.00",
      "0.05",
      "1.00",
      "1,234.56",
      "100,000,000.01",
      "−7.00",
      "90,071,992,547,409.91",
    ]);
  });

  test("a minute that is not over is said to be so far", () => {
    expect(salesSentence(sales(START_MS + 30_000, two), zone)).toBe(
      "−1,234.50 in 2 transactions in the last hour; −1,234.50 so far in the minute from 10:20.",
    );
    expect(salesSentence(sales(START_MS + 60_000, two), zone)).toContain(
      "; −1,234.50 in the minute from 10:20.",
    );
    expect(salesSentence(sales(START_MS, none), zone)).toBe("Nothing was sold in the last 100 minutes.");
    expect(salesTitle(sales(START_MS, two))).toBe("● −1,234.50 in the last hour");
  });

  test("the note is small: it is sent each second to every reader", () => {
    const note = renderSalesNote(sales(START_MS + 1_000, two), zone);
    expect(note).toContain('hx-target="#sales-now"');
    expect(note).toContain("so far");
    expect(note.length).toBeLessThan(6_000);
  });
});
