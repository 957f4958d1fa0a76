/** Figures of the analytics in words. */
import { dateTime, fixed, offsetText } from "../format.ts";
import { weekdaysText, type AnalyticsPageQuery } from "./query.ts";

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** `12.3 %` of a share 0 to 1. */
export const percent = (share: number | null | undefined, decimals = 1): string =>
  share === null || share === undefined ? "–" : `${(share * 100).toFixed(decimals)} %`;

/** `+2.1`, `−0.4`, `±0.0`: a difference; an en dash where there is none. */
export function signed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toFixed(decimals);
  return Number(text) === 0 ? `±${text}` : `${value < 0 ? "−" : "+"}${text}`;
}

/** `07:00` of an hour 0 to 24. */
export const hourText = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** `07:00–09:00` */
export const hoursText = (from: number, to: number): string => `${hourText(from)}–${hourText(to)}`;

/** `62 km/h` */
export const speedText = (value: number | null | undefined, decimals = 1): string =>
  value === null || value === undefined ? "–" : `${fixed(value, decimals)} km/h`;

/** `2026-11-14 00:00 to 2026-11-21 11:00, Asia/Jakarta (UTC+07:00)` */
export const rangeText = (
  { from_ms, to_ms }: Pick<AnalyticsPageQuery, "from_ms" | "to_ms">,
  zone: string,
): string =>
  `${dateTime(from_ms, zone)} to ${dateTime(to_ms, zone)}, ${zone} (UTC${offsetText(from_ms, zone)})`;

export const plural = (n: number, word: string): string =>
  `${n.toLocaleString("en-US")} ${word}${n === 1 ? "" : "s"}`;

/** `same time` in `slower than a week before`. */
export const comparedWords = {
  yesterday: "the day before",
  last_week: "the week before",
  typical: "typical",
  previous: "the period before",
  period: "the other period",
} as const;

/** A delay that was added up: `45 s`, `38 min`, `5.2 h`. */
export function longTime(s: number | null | undefined): string {
  if (s === null || s === undefined) return "–";
  if (s < 100) return `${Math.round(s)} s`;
  return s < 5_970 ? `${Math.round(s / 60)} min` : `${(s / 3_600).toFixed(1)} h`;
}

/** `all roads; mon,tue; without holidays; compared with yesterday` */
export const filtersText = ({ roads, weekdays, without_holidays, compare }: AnalyticsPageQuery): string =>
  [
    roads === null ? "all roads" : plural(roads.length, "road"),
    ...(weekdays.length === 0 ? [] : [weekdaysText(weekdays)]),
    ...(without_holidays ? ["without holidays"] : []),
    ...(compare === null ? [] : [`compared with ${compare.replace("_", " ")}`]),
  ].join("; ");
