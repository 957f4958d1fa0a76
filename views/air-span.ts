/** How far back a location's history is shown: spans by name, each in steps that its width has room for. */
import { hours, days, startOfDay } from "../src/core/time.ts";

export const airSpans = ["48h", "7d", "28d", "1y"] as const;
export type AirSpan = (typeof airSpans)[number];

export const airSpanWords: Readonly<Record<AirSpan, string>> = {
  "48h": "48 hours",
  "7d": "7 days",
  "28d": "28 days",
  "1y": "365 days",
};

export interface AirShown {
  span: AirSpan;
  from_ms: number;
  to_ms: number;
  step: "1h" | "1d";
}

const HOUR_MS = hours(1);
const length_ms: Readonly<Record<AirSpan, number>> = {
  "48h": hours(48),
  "7d": days(7),
  "28d": days(28),
  "1y": days(365),
};

/** What an address says; the shortest where it says nothing of these. */
export const airSpanOf = (asked: string | undefined): AirSpan =>
  airSpans.find((span) => span === asked) ?? airSpans[0];

/** Whole hours up to the one of now; of a year, whole days of the zone. */
export function shownOf(span: AirSpan, now_ms: number, zone: string): AirShown {
  if (span === "1y") {
    const to_ms = startOfDay(startOfDay(now_ms, zone) + hours(36), zone);
    return { span, from_ms: startOfDay(to_ms - length_ms[span] + HOUR_MS, zone), to_ms, step: "1d" };
  }
  const to_ms = Math.ceil(now_ms / HOUR_MS) * HOUR_MS;
  return { span, from_ms: to_ms - length_ms[span], to_ms, step: "1h" };
}
