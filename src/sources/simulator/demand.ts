/** How many want to drive: by hour and kind of day, in the city's zone. All parts are near 0 at midnight. */
import { isHoliday, type CityRules } from "../../core/city.ts";
import { localTime, zoneOffset } from "../../core/time.ts";

export interface Demand {
  /** Hours of the local day, 0 to 24, with fractions. */
  hour: number;
  day: "working" | "saturday" | "sunday";
  /** Fridays have an early, broad evening peak. */
  friday: boolean;
}

export function demandDay(city: CityRules, ms: number): Demand {
  const at = localTime(ms, city.zone);
  const local_ms = ms + zoneOffset(ms, city.zone);
  const hour = (((local_ms % 86_400_000) + 86_400_000) % 86_400_000) / 3_600_000;
  const sunday = at.weekday === 7 || isHoliday(city, at);
  return {
    hour,
    day: sunday ? "sunday" : at.weekday === 6 ? "saturday" : "working",
    friday: at.weekday === 5,
  };
}

const bell = (x: number, width: number): number => Math.exp(-0.5 * (x / width) * (x / width));
const rise = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Demand at a road, 0 to about 1.1, where 1 is a full peak.
 *
 * @param shift_h How much later than the city its peaks come.
 * @param morning Weight of its morning peak; @param evening of its evening peak.
 */
export function demandAt(d: Demand, shift_h: number, morning: number, evening: number): number {
  const h = d.hour - shift_h;
  if (d.day === "saturday") return 0.9 * bell(h - 13.6, 3.2) + 0.15 * bell(h - 20.3, 1.7);
  if (d.day === "sunday") return 0.78 * bell(h - 15.2, 3.3);
  const day = 0.8 * rise((h - 6.4) * 2.4) * rise((20.6 - h) * 1.1);
  const am = 0.36 * morning * bell(h - 7.9, 0.75);
  const pm = 0.36 * evening * bell(h - (d.friday ? 16.7 : 17.6), d.friday ? 1.35 : 1.05);
  return day + am + pm;
}
