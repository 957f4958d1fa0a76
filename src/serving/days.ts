/** Days of the city's zone, counted back from the one that an instant lies in. */
import { daysBefore } from "../core/compare.ts";
import { days, hours, startOfDay } from "../core/time.ts";

/** Start of the day `back` days before. Right over 23- and 25-hour days. */
export const dayStart = (now_ms: number, zone: string, back: number): number =>
  startOfDay(startOfDay(now_ms, zone) - days(back) + hours(12), zone);

/** The instant with the same local time `back` days before; null where the clocks skipped it. */
export const sameTime = daysBefore;

/** Of the same weekday: how many weeks are looked at, and from how many days on they are called usual. */
export const WEEKS = [7, 14, 21, 28] as const;
export const WEEKDAYS_MIN = 3;
/** Where there are fewer: all of the last days. */
export const DAYS_BACK = 14;
