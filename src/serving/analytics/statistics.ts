/** Live figures beside the distributions of a range: speeds in their bins, air quality by the EPA's categories. */
import { aqiCategories, aqiCategory, aqiRange } from "../../core/aqi.ts";
import { round } from "../../core/field.ts";
import type { Stream } from "../../core/stream.ts";
import { formatInstant } from "../../core/time.ts";
import type { KeptWindow } from "../../core/window.ts";
import { expectedKeys } from "../coverage.ts";
import { share } from "../meta.ts";
import type { View } from "../view.ts";
import type { AqiDistribution, SpeedDistribution, Statistics } from "./answer.ts";
import type { Cell } from "./calendar.ts";
import { hoursOf } from "./calendar.ts";
import { count, fold, percentilesBy, percentilesOf, presentOf, speedsOf } from "./fold.ts";
import { answered, newestOf } from "./provenance.ts";
import { askedOf, comparedWith, periodOf, type Question } from "./question.ts";
import { dueOf, type Asked, type Reads } from "./reads.ts";

/** @param readings The stream of air quality; null where there is none. */
export const statistics = (reads: Reads, readings: Stream | null, query: Question) =>
  answered<Statistics>(reads.context, reads.traffic, async () => {
    const ranges = comparedWith(query);
    const [live, table, before, air] = await Promise.all([
      liveFigures(reads, readings),
      reads.hours(askedOf(query)),
      Promise.all(ranges.map((range) => reads.hours(range))),
      readings === null ? null : aqiDistribution(reads, readings, query),
    ]);
    const speed = distribution(reads, [askedOf(query)], table.cells);
    const then =
      ranges.length === 0
        ? null
        : distribution(
            reads,
            ranges,
            before.flatMap((one) => one.cells),
          );
    return {
      data: { live, speed: { ...speed, compared: then }, aqi: air },
      facts: { origins: [table, ...before], newest_ms: newestOf(table.cells), coverage: speed.coverage },
    };
  });

function distribution(reads: Reads, ranges: readonly Asked[], cells: readonly Cell[]): SpeedDistribution {
  const { measures } = reads;
  const folded = fold(measures, cells);
  const counts = (folded.kept?.["current_speed_bins"] as readonly number[] | undefined) ?? [];
  const { edges } = measures;
  // What lies below the first edge, which is 0, cannot be.
  const bins = edges.map((from, i) => ({ from, to: edges[i + 1] ?? null, windows_n: counts[i + 1] ?? 0 }));
  return {
    periods: ranges.map(periodOf),
    mean_speed: speedsOf(measures, folded.kept).mean_speed,
    percentiles: percentilesOf(measures, folded.kept),
    bins,
    ...presentOf(folded, reads.expected(ranges[0]!)),
  };
}

/** History's newest rows may be of last week: what has outlived its time says nothing about now. */
const alive = (stream: Stream, view: View, now_ms: number) =>
  view.rows.filter((row) => row.event_time_ms + (stream.live?.ttl_ms ?? Infinity) > now_ms);

async function liveFigures(
  { context, traffic }: Reads,
  readings: Stream | null,
): Promise<Statistics["live"]> {
  const { views, known, clock } = context;
  const [view, air] = await Promise.all([views.get(traffic), readings === null ? null : views.get(readings)]);
  const now_ms = clock.now();
  const rows = alive(traffic, view, now_ms);
  const speed = rows.reduce((sum, { row }) => sum + (row["current_speed"] as number), 0);
  return {
    as_of: view.newest_ms === null ? null : formatInstant(view.newest_ms),
    layer: view.layer,
    roads: expectedKeys(known.now(traffic), view),
    reporting: rows.length,
    congested: rows.filter(({ row }) => row["is_congested"] === true).length,
    mean_speed: rows.length === 0 ? null : round(speed / rows.length, 2),
    aqi: air === null ? null : airNow(alive(readings!, air, now_ms), air),
  };
}

function airNow(rows: View["rows"], view: View): NonNullable<Statistics["live"]["aqi"]> {
  const found = rows.flatMap(({ row }) => (typeof row["aqi_value"] === "number" ? [row["aqi_value"]] : []));
  const max = found.length === 0 ? null : Math.max(...found);
  return {
    as_of: view.newest_ms === null ? null : formatInstant(view.newest_ms),
    locations: found.length,
    mean: found.length === 0 ? null : round(found.reduce((sum, value) => sum + value, 0) / found.length, 2),
    max,
    category: max === null ? null : aqiCategory(max),
  };
}

async function aqiDistribution(reads: Reads, readings: Stream, query: Question): Promise<AqiDistribution> {
  const { roads: _, ...within } = askedOf(query);
  const { city, clock } = reads.context;
  const windows = await reads.windows(readings, within);
  const means = windows.flatMap((window) => meanAqi(window) ?? []).sort((a, b) => a - b);
  const counts = Map.groupBy(means, (mean) => aqiCategory(Math.round(mean)));
  const locations = reads.keysOf(
    readings,
    query.without,
    windows.map(({ key }) => key),
  ).length;
  const { due } = fold(
    { columns: [] },
    hoursOf(city, within, dueOf(readings, clock.now())).map((hour) => ({ ...hour, kept: null })),
  );
  const sum = (column: string): number => windows.reduce((all, { kept }) => all + count(kept, column), 0);
  const [total, n] = [sum("aqi_value_sum"), sum("aqi_value_n")];
  return {
    locations,
    hours_n: means.length,
    hours_expected: due * locations,
    coverage: share(means.length, due * locations),
    mean: n === 0 ? null : round(total / n, 2),
    max: windows.reduce<number | null>((most, { kept }) => greater(most, kept["aqi_value_max"]), null),
    percentiles: percentilesBy((p) => means[Math.max(0, Math.ceil(p * means.length) - 1)] ?? null),
    categories: aqiCategories.map((category) => ({
      category,
      ...aqiRange(category),
      hours_n: counts.get(category)?.length ?? 0,
    })),
  };
}

/** Of one hour of one location; null where no reading had an index. */
export const meanAqi = ({ kept }: Pick<KeptWindow, "kept">): number | null => {
  const n = count(kept, "aqi_value_n");
  return n === 0 ? null : count(kept, "aqi_value_sum") / n;
};

const greater = (most: number | null, value: unknown): number | null =>
  typeof value === "number" ? Math.max(most ?? -Infinity, value) : most;
