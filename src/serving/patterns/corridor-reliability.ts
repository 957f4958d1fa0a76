/**
 * Reliability of a corridor, from its travel time in each window of five minutes: the sum of its roads' lengths by their speeds, which is
 * the harmonic mean over distance. A window counts where at least 80 % of the length has data (City of Toronto), and is stretched to the
 * whole length. Percentiles are of these travel times themselves, by the nearest rank.
 */
import { round } from "../../core/field.ts";
import { limits } from "../../core/limits.ts";
import { localDay } from "../../core/local-day.ts";
import { days, formatInstant } from "../../core/time.ts";
import type { TimesRow } from "../../history/patterns/pattern-store.ts";
import type { Answer } from "../answer.ts";
import type { ReliabilityQuery, ReliabilityRow } from "../episode-answer.ts";
import { share } from "../meta.ts";
import { invalidParameter } from "../problem.ts";
import { hoursOf } from "../analytics/calendar.ts";
import { dueOf } from "../analytics/reads.ts";
import type { Patterns } from "./asked.ts";
import type { Corridors } from "./corridors.ts";
import { LENGTH_SHARE_MIN } from "./reliability.ts";

export const corridorReliability = (
  patterns: Patterns,
  corridors: Corridors,
  query: ReliabilityQuery,
): Promise<Answer<readonly ReliabilityRow[]>> =>
  patterns.answer(async () => {
    const { from_ms, to_ms, weekdays } = query;
    if (query.roads === undefined)
      throw invalidParameter("roads", "", "must be given for by=corridor: roads in their order");
    if (to_ms - from_ms > days(limits.corridor_days_max))
      throw invalidParameter(
        "from",
        formatInstant(from_ms),
        `must not be more than ${limits.corridor_days_max} days before to for by=corridor`,
      );
    const { roads, length_km } = corridors.of(null, query.roads);
    // A road that is left out is one without data: its length counts on.
    const { without, told } = await patterns.chosen(query);
    const there = roads.filter((road) => !without.has(road.road_id));
    const read = await patterns.store.times(patterns.traffic, {
      from_ms,
      to_ms,
      keys: there.map((road) => road.road_id),
      lengths_km: there.map((road) => road.length_km),
      ...(weekdays === undefined ? {} : { weekdays }),
    });
    const within = {
      from_ms,
      to_ms,
      weekdays: weekdays ?? null,
      without_holidays: query.without_holidays === true,
    };
    const due = hoursOf(patterns.context.city, within, dueOf(patterns.traffic, patterns.now_ms));
    const { holidays, zone } = patterns.context.city;
    const rows = within.without_holidays
      ? read.filter(({ start_ms }) => !holidays.includes(localDay(start_ms, zone)))
      : read;
    const windows_expected = due.reduce((sum, hour) => sum + hour.due, 0);
    const row = corridorRow(rows, length_km, windows_expected);
    const last = rows.at(-1);
    return {
      data: [row],
      facts: {
        frontier_ms: null,
        merged: false,
        coverage: row.coverage,
        as_of_ms: last === undefined ? null : last.start_ms + patterns.traffic.windows!.size_ms - 1,
        told,
      },
    };
  });

/** `n` are events; `windows_n` the windows that count. */
export function corridorRow(
  rows: readonly TimesRow[],
  length_km: number,
  windows_expected: number,
): ReliabilityRow {
  const whole = rows.filter(({ covered_km }) => covered_km >= LENGTH_SHARE_MIN * length_km && covered_km > 0);
  const times = whole.map((row) => (row.travel_ms * length_km) / row.covered_km).sort((a, b) => a - b);
  const free = whole.map((row) => (row.free_ms * length_km) / row.covered_km);
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mean_ms, free_ms] = [mean(times), mean(free)];
  const p95_ms = times[Math.max(0, Math.ceil(0.95 * times.length) - 1)] ?? null;
  const index = (a: number | null, b: number | null): number | null =>
    a === null || b === null || b === 0 ? null : round(a / b, 4);
  const s = (ms: number | null): number | null => (ms === null ? null : round(ms / 1_000, 1));
  const n = whole.reduce((sum, row) => sum + row.n, 0);
  return {
    road_id: null,
    road_name: null,
    weekday: null,
    hour: null,
    length_km: round(length_km, 3),
    mean_travel_time_s: s(mean_ms),
    free_flow_travel_time_s: s(free_ms),
    p95_travel_time_s: s(p95_ms),
    travel_time_index: index(mean_ms, free_ms),
    planning_time_index: index(p95_ms, free_ms),
    buffer_index: mean_ms === null || p95_ms === null ? null : index(p95_ms - mean_ms, mean_ms),
    congested_share: n === 0 ? null : round(whole.reduce((sum, row) => sum + row.congested_n, 0) / n, 4),
    delay_vehicle_hours: null,
    n,
    windows_n: whole.length,
    windows_expected,
    coverage: share(whole.length, windows_expected),
  };
}
