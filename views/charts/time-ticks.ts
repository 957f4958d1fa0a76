/** Words under a time axis: hours of the zone's clock for two days and less, days for more, as many as have room. */
import { localTime, startOfDay, zoneOffset } from "../../src/core/time.ts";
import { clockTime } from "../format.ts";
import type { Tick } from "./band-line.tsx";

const [HOUR_MS, DAY_MS, DAYS_MAX] = [3_600_000, 86_400_000, 8] as const;
const DAY_WORDS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
/** Short, and the same in every language's order: a number for a month is not. */
export const MONTH_WORDS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

export function timeTicks(from_ms: number, to_ms: number, zone: string): Tick[] {
  const length_ms = to_ms - from_ms;
  const margin_ms = length_ms * 0.03;
  return length_ms <= 2 * DAY_MS
    ? hourTicks(from_ms, to_ms, margin_ms, zone)
    : dayTicks(from_ms, to_ms, margin_ms, zone);
}

function hourTicks(from_ms: number, to_ms: number, margin_ms: number, zone: string): Tick[] {
  const tick_ms = (to_ms - from_ms > DAY_MS / 2 ? 3 : 1) * HOUR_MS;
  const offset_ms = zoneOffset(to_ms, zone);
  const out: Tick[] = [];
  let at = Math.ceil((from_ms + margin_ms + offset_ms) / tick_ms) * tick_ms - offset_ms;
  for (; at <= to_ms - margin_ms; at += tick_ms)
    out.push({ at, word: clockTime(at, zone), minor: out.length % 2 === 1 });
  return out;
}

function dayTicks(from_ms: number, to_ms: number, margin_ms: number, zone: string): Tick[] {
  const every = Math.max(1, Math.ceil((to_ms - from_ms) / DAY_MS / DAYS_MAX));
  const out: Tick[] = [];
  let day_ms = startOfDay(from_ms, zone);
  // A quarter more than a day lies in the next one, on days of 23 and 25 hours as well.
  for (let i = 0; day_ms < to_ms - margin_ms; i++, day_ms = startOfDay(day_ms + DAY_MS * 1.25, zone)) {
    if (i % every !== 0 || day_ms < from_ms + margin_ms) continue;
    const at = localTime(day_ms, zone);
    out.push({
      at: day_ms,
      word: `${DAY_WORDS[at.weekday - 1]!} ${at.day} ${MONTH_WORDS[at.month - 1]!}`,
      minor: out.length % 2 === 1,
    });
  }
  return out;
}
