/** Whether it is peak hour now, by the city's own rule: in every page's frame. public/js/clock.js keeps it up. */
import { isPeakHour, type City, type HourRange } from "../src/core/city.ts";
import { localTime } from "../src/core/time.ts";

type Rule = Pick<City, "zone" | "peak_hours">;

const two = (n: number): string => String(n).padStart(2, "0");
const at = (hour: number): string => `${two(Math.floor(hour) % 24)}:${two(Math.round((hour % 1) * 60))}`;

/** Whether the city calls this instant peak. */
export const isPeak = ({ zone, peak_hours }: Rule, now_ms: number): boolean =>
  isPeakHour({ city_id: "", zone, peak_hours, rush_hours: [], holidays: [] }, now_ms);

/** `Peak hour until 10:00`, `Next peak 16:00`; nothing where the city has no such hours. */
export function peakWords({ zone, peak_hours }: Rule, now_ms: number): string {
  if (peak_hours.length === 0) return "";
  const local = localTime(now_ms, zone);
  const hour = local.hour + local.minute / 60;
  const now = peak_hours.find(([from, to]) => hour >= from && hour < to);
  if (now !== undefined) return `Peak hour until ${at(now[1])}`;
  const starts = peak_hours.map(([from]) => from).sort((a, b) => a - b);
  return `Next peak ${at(starts.find((from) => from > hour) ?? starts[0]!)}`;
}

/** `Peak hours of the city: 06:00–10:00, 16:00–20:00` */
export const peakRule = (hours: readonly HourRange[]): string =>
  `Peak hours of the city: ${hours.map(([from, to]) => `${at(from)}–${to === 24 ? "24:00" : at(to)}`).join(", ")}`;
