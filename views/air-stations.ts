/** The city's locations as the page of air shows them, worst first, and what they say together. */
import { aqiCategories, pollutants, type AqiCategory, type Pollutant } from "../src/core/aqi.ts";
import type { CurrentRow } from "../src/serving/answer.ts";
import { categoryOf } from "./air-words.ts";
import { count, instant, num } from "./format.ts";

export interface Station {
  location: string;
  /** [lng, lat]; null where the feed told none. */
  at: readonly [number, number] | null;
  aqi: number | null;
  category: AqiCategory | null;
  dominant: Pollutant | null;
  /** 0 free to 100 standing. */
  traffic_level: number | null;
  as_of_ms: number;
  stale: boolean;
  row: CurrentRow;
}

export function stationOf(row: CurrentRow): Station {
  const [lng, lat] = [num(row["longitude"]), num(row["latitude"])];
  return {
    location: String(row["location"]),
    at: lng === null || lat === null ? null : [lng, lat],
    aqi: num(row["aqi_value"]),
    category: categoryOf(row["aqi_category"]),
    dominant: pollutants.find((name) => name === row["dominant_pollutant"]) ?? null,
    traffic_level: num(row["traffic_level"]),
    as_of_ms: instant(row.as_of) ?? 0,
    stale: row.stale,
    row,
  };
}

/** Worst air first; without an index last; then by name. */
export const stationsOf = (rows: readonly CurrentRow[]): Station[] =>
  rows.map(stationOf).sort((a, b) => (b.aqi ?? -1) - (a.aqi ?? -1) || (a.location < b.location ? -1 : 1));

/** Stations of each category, worst category first; those without an index last. */
export const byCategory = (
  stations: readonly Station[],
): { category: AqiCategory | null; stations: Station[] }[] =>
  [...aqiCategories.toReversed(), null]
    .map((category) => ({ category, stations: stations.filter((s) => s.category === category) }))
    .filter((group) => group.stations.length > 0);

/** `Moderate at 12 of 20 locations, Good at 8. Worst: Old Town, AQI 92.` Stale ones are not counted, but told. */
export function airSentence(stations: readonly Station[]): string {
  const fresh = stations.filter((s) => !s.stale && s.category !== null);
  if (stations.length === 0) return "No location reports its air now.";
  if (fresh.length === 0)
    return `None of ${count(stations.length)} locations has a fresh index: what is shown is old.`;
  const groups = byCategory(fresh).map(({ category, stations: of }, i) =>
    i === 0
      ? `${category} at ${count(of.length)} of ${count(fresh.length)} locations`
      : `${category} at ${count(of.length)}`,
  );
  const worst = fresh[0]!;
  const old = stations.length - fresh.length;
  const rest = old === 0 ? "" : ` ${count(old)} ${old === 1 ? "has" : "have"} no fresh index.`;
  return `${groups.join(", ")}. Worst: ${worst.location}, AQI ${count(worst.aqi)}.${rest}`;
}

/** `● AQI 92 Moderate`: of the worst fresh location. */
export function airTitle(stations: readonly Station[]): string {
  const worst = stations.find((s) => !s.stale && s.category !== null);
  return worst === undefined ? "○ no air data" : `● AQI ${count(worst.aqi)} ${worst.category}`;
}
