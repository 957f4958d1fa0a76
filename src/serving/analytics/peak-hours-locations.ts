/** Paper 000's `peak_hours_analysis`: each location by day and hour, history and today. */
import { round } from "../../core/field.ts";
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import { formatInstant, startOfDay } from "../../core/time.ts";
import { share } from "../meta.ts";
import { invalidParameter } from "../problem.ts";
import type { PeakHourOfLocation } from "./answer.ts";
import { hourAt, hoursOf } from "./calendar.ts";
import { count, mergeKept, mergingOf, type KeptRow } from "./fold.ts";
import { answered } from "./provenance.ts";
import { askedOf, type Question } from "./question.ts";
import { dueOf, type Reads } from "./reads.ts";

/** By hour, then location. @throws {ProblemError} invalid-parameter for more rows than one answer has. */
export const peakHoursByLocation = (reads: Reads, readings: Stream, query: Question) =>
  answered<readonly PeakHourOfLocation[]>(reads.context, readings, async () => {
    const { roads: _, ...within } = askedOf(query);
    const { city, clock } = reads.context;
    const windows = await reads.windows(readings, within);
    if (windows.length > limits.range_rows_max)
      throw invalidParameter(
        "from",
        formatInstant(query.from_ms),
        `must be later: there are more than ${limits.range_rows_max} hours of locations in the range`,
      );
    const today_ms = startOfDay(clock.now(), city.zone);
    const due = dueOf(readings, clock.now());
    const columns = mergingOf(readings.windows!);
    // On the day when clocks go back an hour is there twice.
    const rows = new Map<string, { row: Omit<PeakHourOfLocation, keyof Figures>; kept: KeptRow }>();
    for (const { key, window_start_ms, kept } of windows) {
      const { day, hour } = hourAt(city, window_start_ms, due);
      const id = `${day} ${hour} ${key}`;
      const layer = window_start_ms < today_ms ? "batch" : "speed";
      const before = rows.get(id)?.kept ?? null;
      rows.set(id, {
        row: { date: day, hour, location: key, layer },
        kept: mergeKept(columns, before, kept)!,
      });
    }
    const locations = reads.keysOf(
      readings,
      query.without,
      windows.map(({ key }) => key),
    ).length;
    const expected = hoursOf(city, within, due).reduce((sum, hour) => sum + hour.due, 0) * locations;
    return {
      data: [...rows.values()].map(({ row, kept }) => ({ ...row, ...figuresOf(kept) })),
      facts: {
        origins: [{ frontier_ms: null, merged: false }],
        newest_ms: windows.at(-1)?.window_start_ms ?? null,
        coverage: share(windows.length, expected),
      },
    };
  });

type Figures = ReturnType<typeof figuresOf>;

const figuresOf = (kept: KeptRow) => ({
  avg_traffic_level: meanOf(kept, "traffic_level"),
  avg_aqi_value: meanOf(kept, "aqi_value"),
  is_peak_hour: count(kept, "peak_n") > 0,
  total_records: count(kept, "n"),
});

/** Of a measure that is whole; null where no reading had it. */
export const meanOf = (kept: KeptRow | null, name: string): number | null => {
  const n = count(kept, `${name}_n`);
  return n === 0 ? null : round(count(kept, `${name}_sum`) / n, 4);
};
