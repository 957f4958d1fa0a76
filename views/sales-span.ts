/** How far back the history of sales is shown: whole hours, or whole days of the city's zone, up to the one that is not over. */
import { slotStart, type RollupStep } from "../src/core/rollup.ts";
import { days, hours, startOfDay } from "../src/core/time.ts";

export const salesSpans = ["7d", "28d", "1y"] as const;
export type SalesSpan = (typeof salesSpans)[number];

export const salesSpanWords: Readonly<Record<SalesSpan, string>> = {
  "7d": "7 days",
  "28d": "28 days",
  "1y": "365 days",
};
const DAYS: Readonly<Record<SalesSpan, number>> = { "7d": 7, "28d": 28, "1y": 365 };

export interface SalesShown {
  span: SalesSpan;
  from_ms: number;
  to_ms: number;
  step: RollupStep;
}

/** What an address says; the shortest where it says nothing of these. */
export const salesSpanOf = (asked: string | undefined): SalesSpan =>
  salesSpans.find((span) => span === asked) ?? salesSpans[0];

export function salesShown(span: SalesSpan, now_ms: number, zone: string): SalesShown {
  const step = span === "7d" ? "1h" : "1d";
  const to_ms = slotStart(now_ms, step, zone);
  const back_ms = to_ms - days(DAYS[span]);
  // Into the middle of the day, so that one of 23 or 25 hours between them is counted as a day.
  const from_ms = step === "1h" ? slotStart(back_ms, step, zone) : startOfDay(back_ms + hours(12), zone);
  return { span, from_ms, to_ms, step };
}
