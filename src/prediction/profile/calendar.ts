/** Where an instant stands in the week of a network's zone: kind of day, and five minutes of it. */
import { localDay } from "../../core/local-day.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { days, zoneOffset } from "../../core/time.ts";
import type { RoadNetwork } from "../model.ts";

/** Weekdays are alike, and so are Saturdays, Sundays and holidays. */
export const DAY_TYPES = 2;
export const SLOTS = days(1) / STEP_MS;
export const HOURS = 24;
export const SLOTS_PER_HOUR = SLOTS / HOURS;

export interface InWeek {
  /** Local date. */
  day: string;
  /** 0 for a weekday, 1 for a day off. */
  type: number;
  /** Of `SLOTS`: five minutes of the local clock. A day of 25 hours has some twice. */
  slot: number;
}

export function calendarOf({
  zone,
  holidays,
}: Pick<RoadNetwork, "zone" | "holidays">): (at_ms: number) => InWeek {
  const off = new Set(holidays);
  return (at_ms) => {
    const day = localDay(at_ms, zone);
    const local_ms = at_ms + zoneOffset(at_ms, zone);
    const weekday = new Date(local_ms).getUTCDay();
    const free = weekday === 0 || weekday === 6 || off.has(day);
    const in_day_ms = ((local_ms % days(1)) + days(1)) % days(1);
    return { day, type: free ? 1 : 0, slot: Math.floor(in_day_ms / STEP_MS) };
  };
}
