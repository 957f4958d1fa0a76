/** What every address of the analytics is asked with: a range, which roads, which days, and what it is compared with. */
import type { City } from "../src/core/city.ts";
import { cleanText } from "../src/core/field.ts";
import type { Bbox } from "../src/core/geo.ts";
import { limits } from "../src/core/limits.ts";
import { slotFrom } from "../src/core/rollup.ts";
import { days, formatInstant, zoneOffset } from "../src/core/time.ts";
import type { AnalyticsQuery, ComparedPeriod } from "../src/serving/analytics/answer.ts";
import { comparedPeriod, rangeComparisons, type RangeComparison } from "../src/serving/analytics/compared.ts";
import type { Serving } from "../src/serving/answer.ts";
import { dayStart } from "../src/serving/days.ts";
import { bbox, choice, instantAt, parameter, Rule } from "./parameters.ts";
import { invalidParameter } from "./problem.ts";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
/** Days without `from`: today and the six before. */
const DAYS_BACK = 6;

const list = (text: string): string[] => text.split(",").map((part) => part.trim());

const weekdays = parameter(
  {
    description: "Only these: weekdays, weekends, or a list like mon,tue.",
    pattern: "^(weekdays|weekends|(mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))*)$",
  },
  (text): readonly number[] => {
    if (text === "weekdays") return [1, 2, 3, 4, 5];
    if (text === "weekends") return [6, 7];
    const found = list(text.toLowerCase()).map((name) => WEEKDAYS.findIndex((day) => day === name) + 1);
    if (found.includes(0)) throw new Rule(`must be weekdays, weekends, or some of ${WEEKDAYS.join(", ")}`);
    return [...new Set(found)].sort((a, b) => a - b);
  },
).optional();

const roads = parameter(
  {
    description: `Only these roads: road_ids, parted by commas, at most ${limits.keys_asked_max}. Not with bbox.`,
    minLength: 1,
  },
  (text): readonly string[] => {
    const ids = [...new Set(list(text))];
    if (ids.length > limits.keys_asked_max)
      throw new Rule(`must not name more than ${limits.keys_asked_max} roads`);
    const whole = (id: string): boolean => id.length > 0 && id.length <= limits.id_chars_max && cleanText(id);
    if (!ids.every(whole)) throw new Rule("must be road_ids, parted by commas");
    return ids.map((id) => id.normalize("NFC")).sort();
  },
).optional();

const zone = parameter(
  { description: "The city's own zone, for those who want to be sure: hours and days are cut in no other." },
  (text): string => {
    if (!isZone(text)) throw new Rule("must be a time zone that exists (IANA), like Europe/Berlin");
    return text;
  },
).optional();

function isZone(text: string): boolean {
  try {
    zoneOffset(0, text);
    return true;
  } catch {
    return false;
  }
}

export const analyticsParameters = {
  from: instantAt(
    "First instant; hours and days that start from it on count. The start of the day six days ago without it.",
  ),
  to: instantAt("First instant after the range; now, with the hour that goes on, without it."),
  roads,
  bbox,
  weekdays,
  holidays: choice(["include", "exclude"], "exclude leaves out the city's holidays.").optional(),
  compare: choice(
    rangeComparisons,
    "With what it is compared: the range moved back by a day, by a week, by its own length in days, or the last four weeks of it.",
  ).optional(),
  compare_from: instantAt("Another period to compare with: its first instant."),
  compare_to: instantAt("And its end."),
  tz: zone,
};

/** As `analyticsParameters` reads them. */
export interface AskedAnalytics {
  from?: number | undefined;
  to?: number | undefined;
  roads?: readonly string[] | undefined;
  bbox?: Bbox | undefined;
  weekdays?: readonly number[] | undefined;
  holidays?: "include" | "exclude" | undefined;
  compare?: RangeComparison | undefined;
  compare_from?: number | undefined;
  compare_to?: number | undefined;
  tz?: string | undefined;
}

/**
 * In whole hours of the city's zone, so that all who ask within an hour ask the same.
 *
 * @throws {ProblemError} invalid-parameter for a range that is turned round or too long, and for what contradicts itself.
 */
export async function analyticsQuery(
  asked: AskedAnalytics,
  { serving, city, now_ms }: { serving: Pick<Serving, "roads">; city: City; now_ms: number },
): Promise<AnalyticsQuery> {
  if (asked.tz !== undefined && asked.tz !== city.zone)
    throw invalidParameter("tz", asked.tz, `must be ${city.zone}, the city's: hours and days are cut in it`);
  const range = rangeOf("from", asked.from, asked.to, city.zone, now_ms);
  return {
    ...range,
    roads: asked.roads ?? null,
    weekdays: asked.weekdays ?? null,
    without_holidays: asked.holidays === "exclude",
    compared: comparedOf(asked, range, city.zone),
    ...(asked.bbox === undefined ? {} : { roads: await within(asked.bbox, asked.roads, serving) }),
  };
}

function rangeOf(
  name: "from" | "compare_from",
  from: number | undefined,
  to: number | undefined,
  city_zone: string,
  now_ms: number,
): { from_ms: number; to_ms: number } {
  const end_ms = to ?? (from === undefined ? now_ms : Math.max(now_ms, from + 1));
  const begin_ms = from ?? dayStart(end_ms - 1, city_zone, DAYS_BACK);
  if (begin_ms >= end_ms)
    throw invalidParameter(
      name,
      formatInstant(begin_ms),
      `must be before ${name.replace("from", "to")}, which is ${formatInstant(end_ms)}`,
    );
  if (end_ms - begin_ms > days(limits.range_days_max))
    throw invalidParameter(
      name,
      formatInstant(begin_ms),
      `must not be more than ${limits.range_days_max} days before ${name.replace("from", "to")}`,
    );
  return { from_ms: slotFrom(begin_ms, "1h", city_zone), to_ms: slotFrom(end_ms, "1h", city_zone) };
}

function comparedOf(
  { compare, compare_from, compare_to }: AskedAnalytics,
  range: { from_ms: number; to_ms: number },
  city_zone: string,
): ComparedPeriod | null {
  if (compare_from === undefined && compare_to === undefined)
    return compare === undefined ? null : comparedPeriod(compare, range, city_zone);
  if (compare !== undefined)
    throw invalidParameter("compare", compare, "must be left out where compare_from or compare_to is given");
  // Of the same length where only one end is given.
  const length_ms = range.to_ms - range.from_ms;
  const from = compare_from ?? compare_to! - length_ms;
  const to = compare_to ?? from + length_ms;
  return { of: "period", ranges: [rangeOf("compare_from", from, to, city_zone, to)] };
}

/** Roads that the box has a part of; null where these are all that there are: the whole city is read quicker than each of its roads. */
async function within(
  box: Bbox,
  chosen: readonly string[] | undefined,
  serving: Pick<Serving, "roads">,
): Promise<readonly string[] | null> {
  if (chosen !== undefined)
    throw invalidParameter("bbox", box.join(","), "must be left out where roads is given");
  const inside = await idsOf(serving, { bbox: box });
  return inside.length === (await idsOf(serving, {})).length ? null : inside;
}

/** Page by page: a city may have more roads than a list. */
async function idsOf(serving: Pick<Serving, "roads">, asked: { bbox?: Bbox }): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ;) {
    const { data, meta } = await serving.roads({ ...asked, ...(cursor === undefined ? {} : { cursor }) });
    for (const road of data) ids.push(road.road_id);
    cursor = meta.next_cursor;
    if (cursor === undefined) return ids;
  }
}
