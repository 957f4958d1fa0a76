/** What the page of analytics is asked for: read from the address leniently, because people edit addresses. */
import type { Road } from "../../src/core/city.ts";
import { comparisonOf, type Comparison } from "../../src/core/compare.ts";
import { boundsOf, intersects, type Bbox } from "../../src/core/geo.ts";
import { limits } from "../../src/core/limits.ts";
import { slotStart } from "../../src/core/rollup.ts";
import {
  days,
  formatInstant,
  hours,
  instantOfLocal,
  parseInstant,
  startOfDay,
  zoneOffset,
} from "../../src/core/time.ts";

/** Ranges that end now, or with yesterday: how many days back they begin, by their name in the address. */
export const lasts = { today: 0, yesterday: 1, "7d": 6, "28d": 27 } as const;
export type Last = keyof typeof lasts;
export const lastNames = Object.keys(lasts) as Last[];
const DEFAULT: Last = "7d";

/** As addresses name them, Monday first. */
export const weekdayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const WEEKDAY_GROUPS: Readonly<Record<string, readonly string[]>> = {
  weekdays: weekdayNames.slice(0, 5),
  weekends: weekdayNames.slice(5),
};
/** `mon,tue` */
export const weekdaysText = (weekdays: readonly number[]): string =>
  weekdays.map((day) => weekdayNames[day - 1]!).join(",");

export interface AnalyticsPageQuery {
  /** A range by its name; null for one that is given by `from` and `to`. */
  last: Last | null;
  from_ms: number;
  to_ms: number;
  /** 1 Monday to 7 Sunday, ascending; all of them where it is empty. */
  weekdays: readonly number[];
  without_holidays: boolean;
  /** As it was typed: names or ids, parted by commas. */
  roads_text: string;
  /** `west,south,east,north` as it was typed. */
  bbox_text: string;
  /** The roads that both mean; null for all. */
  roads: readonly string[] | null;
  compare: Comparison | null;
  /** Id of the corridor that is scanned; empty for the one that is looked for. */
  corridor: string;
  /** What of the address could not be taken, in words; empty where all was. */
  fault: string;
}

type Place = Pick<Road, "road_id" | "road_name" | "geometry">;

/** @param asked Parameters in the words of the API; a repeated `weekdays` counts each time. */
export function readAnalyticsQuery(
  asked: URLSearchParams,
  roads: readonly Place[],
  zone: string,
  now_ms: number,
): AnalyticsPageQuery {
  const faults: string[] = [];
  const range = rangeOf(asked, zone, now_ms, faults);
  const roads_text = textOf(asked, "roads", limits.cursor_chars_max);
  const bbox_text = textOf(asked, "bbox", 100);
  const compare_text = textOf(asked, "compare", 20);
  const compare = comparisonOf(compare_text);
  if (compare_text !== "" && compare === null) faults.push("compare is yesterday, last_week or typical.");
  return {
    ...range,
    weekdays: weekdaysOf(asked.getAll("weekdays"), faults),
    without_holidays: asked.get("holidays") === "exclude",
    roads_text,
    bbox_text,
    roads: chosenRoads(roads, roads_text, bbox_text, faults),
    compare,
    corridor: textOf(asked, "corridor", limits.id_chars_max),
    fault: faults.join(" "),
  };
}

const textOf = (asked: URLSearchParams, name: string, most: number): string =>
  (asked.get(name) ?? "").trim().slice(0, most).normalize("NFC");

function weekdaysOf(texts: readonly string[], faults: string[]): number[] {
  const parts = texts
    .flatMap((text) => text.toLowerCase().split(","))
    .flatMap((text) => WEEKDAY_GROUPS[text.trim()] ?? text.trim())
    .filter((text) => text !== "");
  const found = parts.map((text) => weekdayNames.findIndex((name) => name === text) + 1);
  if (found.includes(0)) faults.push(`weekdays are some of ${weekdayNames.join(", ")}.`);
  const chosen = [...new Set(found)].filter((day) => day > 0).sort((a, b) => a - b);
  return chosen.length === 7 ? [] : chosen;
}

function rangeOf(
  asked: URLSearchParams,
  zone: string,
  now_ms: number,
  faults: string[],
): Pick<AnalyticsPageQuery, "last" | "from_ms" | "to_ms"> {
  const read = (name: "from" | "to"): number | null => {
    const text = textOf(asked, name, 40);
    if (text === "") return null;
    const ms = instantOf(text, zone);
    if (ms === null) faults.push(`${name} must be a time like ${localText(now_ms, zone)}.`);
    return ms;
  };
  const name = lastNames.find((one) => one === asked.get("last"));
  const relative = (last: Last) => ({ last, ...spanOf(last, zone, now_ms) });
  const [begin, end] = [read("from"), read("to")];
  if (begin === null && end === null) return relative(name ?? DEFAULT);
  const to_ms = end === null ? hourEnd(now_ms, zone) : hourEnd(end - 1, zone);
  const from_ms = slotStart(begin ?? to_ms - days(7), "1h", zone);
  // The form sends a name's own dates beside it: only where they were changed, they count.
  if (name !== undefined) {
    const named = relative(name);
    if (named.from_ms === from_ms && named.to_ms === to_ms) return named;
  }
  if (from_ms >= to_ms) {
    faults.push("The range must begin before it ends.");
    return relative(DEFAULT);
  }
  const most_ms = days(limits.range_days_max);
  if (to_ms - from_ms <= most_ms) return { last: null, from_ms, to_ms };
  faults.push(`A range has at most ${limits.range_days_max} days: its end is shown.`);
  return { last: null, from_ms: to_ms - most_ms, to_ms };
}

/** Whole hours of the zone's clock: the one that goes on is in it. */
const hourEnd = (ms: number, zone: string): number => slotStart(ms, "1h", zone) + hours(1);

/** From the start of a day of the city's zone to now, or to the end of yesterday. */
export function spanOf(last: Last, zone: string, now_ms: number): { from_ms: number; to_ms: number } {
  const today_ms = startOfDay(now_ms, zone);
  const from_ms = startOfDay(today_ms - days(lasts[last]) + hours(12), zone);
  return { from_ms, to_ms: last === "yesterday" ? today_ms : hourEnd(now_ms, zone) };
}

/** Local times, as a field of a form sends them, are the zone's; whole instants are taken as well. */
function instantOf(text: string, zone: string): number | null {
  const local = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?$/.test(text);
  const padded = text.length === 10 ? `${text}T00:00:00` : text.length === 16 ? `${text}:00` : text;
  const ms = parseInstant(padded, "utc");
  const at = ms === null || !local ? ms : (instantOfLocal(ms, zone) ?? ms - zoneOffset(ms, zone));
  return at === null || at < limits.event_time_min_ms || at > Date.UTC(2200, 0, 1) ? null : at;
}

/** `2026-11-21T10:20`, as a field of a form takes it. */
export const localText = (ms: number, zone: string): string =>
  formatInstant(ms + zoneOffset(ms, zone)).slice(0, 16);

/**
 * Roads that are named, or in whose name a word begins so (a street of many segments is a corridor), within the box.
 *
 * @returns ids, sorted; null where neither is asked for.
 */
export function chosenRoads(
  roads: readonly Place[],
  text: string,
  bbox_text: string,
  faults: string[],
): readonly string[] | null {
  const bbox = bbox_text === "" ? null : boxOf(bbox_text);
  if (bbox_text !== "" && bbox === null) faults.push("An area is west,south,east,north in degrees.");
  const parts = text
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== "");
  if (parts.length === 0 && bbox === null) return null;
  const named = new Set<string>();
  for (const part of parts) {
    const exact = roads.filter((r) => r.road_id.toLowerCase() === part || r.road_name.toLowerCase() === part);
    const found =
      exact.length > 0 ? exact : roads.filter((r) => ` ${r.road_name.toLowerCase()}`.includes(` ${part}`));
    if (found.length === 0) faults.push(`No road is called ${part.slice(0, 40)}.`);
    for (const { road_id } of found) named.add(road_id);
  }
  const chosen = roads.filter(
    ({ road_id, geometry }) =>
      (parts.length === 0 || named.has(road_id)) && (bbox === null || intersects(boundsOf(geometry), bbox)),
  );
  if (chosen.length === 0) {
    if (parts.length === 0 || named.size > 0) faults.push("No road lies in that area.");
    faults.push("All roads are shown.");
    return null;
  }
  // An area may have any number; names stand in addresses, which end somewhere.
  if (parts.length === 0) return chosen.length === roads.length ? null : idsOf(chosen);
  if (chosen.length > limits.keys_asked_max)
    faults.push(`${chosen.length} roads are meant: the first ${limits.keys_asked_max} are shown.`);
  return idsOf(chosen.slice(0, limits.keys_asked_max));
}

/** Sorted, as the API asks: the same question is answered once. */
const idsOf = (roads: readonly Place[]): readonly string[] => roads.map(({ road_id }) => road_id).sort();

function boxOf(text: string): Bbox | null {
  const parts = text
    .split(",")
    .map((part) => (/^\s*-?\d{1,3}(\.\d{1,15})?\s*$/.test(part) ? Number(part) : NaN));
  const [west, south, east, north] = parts as [number, number, number, number];
  if (parts.length !== 4 || parts.some(Number.isNaN)) return null;
  return west <= east && south <= north ? [west, south, east, north] : null;
}

/** The parameters of a query, without what is the default. */
export function analyticsParameters(query: AnalyticsPageQuery, zone: string): URLSearchParams {
  const params = new URLSearchParams();
  if (query.last === null) {
    params.set("from", localText(query.from_ms, zone));
    params.set("to", localText(query.to_ms, zone));
  } else if (query.last !== DEFAULT) params.set("last", query.last);
  if (query.weekdays.length > 0) params.set("weekdays", weekdaysText(query.weekdays));
  if (query.without_holidays) params.set("holidays", "exclude");
  if (query.roads_text !== "") params.set("roads", query.roads_text);
  if (query.bbox_text !== "") params.set("bbox", query.bbox_text);
  if (query.compare !== null) params.set("compare", query.compare);
  if (query.corridor !== "") params.set("corridor", query.corridor);
  return params;
}

/** The address of a query, or of a part of the page that shows it. */
export function analyticsUrl(
  query: AnalyticsPageQuery,
  zone: string,
  change: Partial<AnalyticsPageQuery> = {},
  path = "/analytics",
): string {
  const text = readable(analyticsParameters({ ...query, ...change }, zone));
  return text === "" ? path : `${path}?${text}`;
}

export const readable = (params: URLSearchParams): string =>
  params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
