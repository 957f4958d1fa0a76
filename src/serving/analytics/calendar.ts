/** The hours of a range in the city's zone, those without data, too: what figures are gathered by and coverage is counted from. */
import { isHoliday, type City } from "../../core/city.ts";
import type { Kept } from "../../core/aggregate.ts";
import { days, hours, localTime, startOfDay, zoneOffset } from "../../core/time.ts";

export interface Hour {
  start_ms: number;
  /** `YYYY-MM-DD` */
  day: string;
  /** 1 Monday to 7 */
  weekday: number;
  /** 0 to 23 */
  hour: number;
  /** Monday to Friday, and no holiday. */
  working: boolean;
  /** Windows of one key that have begun. */
  due: number;
}

/** An hour as it was measured; null where nothing was. */
export interface Cell extends Hour {
  kept: Readonly<Record<string, Kept>> | null;
}

export interface Within {
  from_ms: number;
  to_ms: number;
  weekdays: readonly number[] | null;
  without_holidays: boolean;
}

/** How windows are counted: their length, and until when they should be there. */
export interface Due {
  size_ms: number;
  until_ms: number;
}

/** Hours that start in the range, in order. */
export function hoursOf(city: City, within: Within, due: Due): Hour[] {
  const out: Hour[] = [];
  const { zone } = city;
  for (let day_ms = startOfDay(within.from_ms, zone); day_ms < within.to_ms;) {
    const next_ms = startOfDay(day_ms + hours(30), zone);
    // The zone is asked once for most days: it costs more than all the rest.
    const plain = next_ms - day_ms === days(1) && zoneOffset(day_ms, zone) === zoneOffset(next_ms - 1, zone);
    const first = plain ? hourAt(city, day_ms, due) : null;
    for (let start_ms = day_ms, i = 0; start_ms < next_ms; start_ms += hours(1), i++) {
      if (start_ms < within.from_ms || start_ms >= within.to_ms) continue;
      const at =
        first === null
          ? hourAt(city, start_ms, due)
          : { ...first, start_ms, hour: first.hour + i, due: dueOf(start_ms, due) };
      if (isWithin(city, within, at)) out.push(at);
    }
    day_ms = next_ms;
  }
  return out;
}

/** The hour that starts at an instant. */
export function hourAt(city: City, start_ms: number, due: Due): Hour {
  const at = localTime(start_ms, city.zone);
  return {
    start_ms,
    day: new Date(start_ms + zoneOffset(start_ms, city.zone)).toISOString().slice(0, 10),
    weekday: at.weekday,
    hour: at.hour,
    working: at.weekday <= 5 && !isHoliday(city, at),
    due: dueOf(start_ms, due),
  };
}

export const isWithin = (city: City, { weekdays, without_holidays }: Within, at: Hour): boolean =>
  (weekdays === null || weekdays.includes(at.weekday)) &&
  !(without_holidays && city.holidays.includes(at.day));

function dueOf(start_ms: number, { size_ms, until_ms }: Due): number {
  const windows = Math.ceil((Math.min(start_ms + hours(1), until_ms) - start_ms) / size_ms);
  return Math.max(0, windows);
}
