/** Answers of the analytics as tables, for CSV and NDJSON: which tables an answer has, and their flat rows. */
import type {
  Correlation,
  PeakHoursOfTraffic,
  Statistics,
  TrafficFigures,
  TrafficSummary,
  Trends,
} from "../src/serving/analytics/answer.ts";
import { congestedRoad, hourFigures, trendPoint, weekdayHour } from "./schema/analytics-trends.ts";
import { columnsOfSchema } from "./schema/rows.ts";

export type TableRow = Readonly<Record<string, unknown>>;

export interface Table<D> {
  columns: readonly string[];
  rows: (data: D) => readonly object[];
}

/** By name; the first is the one that is written where none is named. */
export type Tables<D> = Readonly<Record<string, Table<D>>>;

const compared = (columns: readonly string[]): readonly string[] =>
  columns.filter((name) => name !== "daily");

export const summaryTables: Tables<TrafficSummary> = {
  figures: {
    columns: ["figure", "unit", "asked", "compared", "difference"],
    rows: ({ asked, compared: then, difference }) =>
      figureRows.map(({ figure, unit, of }) => ({
        figure,
        unit,
        asked: of(asked),
        compared: then === null ? null : of(then),
        difference: (difference as TableRow | null)?.[figure] ?? null,
      })),
  },
};

const one = (figure: string, unit: string, of: (figures: TrafficFigures) => number | null) => ({
  figure,
  unit,
  of,
});
const figureRows = [
  one("mean_speed", "km/h", (f) => f.mean_speed),
  one("stddev_speed", "km/h", (f) => f.stddev_speed),
  one("min_speed", "km/h", (f) => f.min_speed),
  one("max_speed", "km/h", (f) => f.max_speed),
  one("free_flow_speed", "km/h", (f) => f.free_flow_speed),
  ...(["p5", "p10", "p25", "p50", "p75", "p90", "p95"] as const).map((p) =>
    one(p, "km/h", (f) => f.percentiles[p]),
  ),
  one("congested_share", "1", (f) => f.congested_share),
  one("delay_index", "1", (f) => f.delay_index),
  one("pace_s", "s/km", (f) => f.pace_s),
  one("roads_seen", "1", (f) => f.roads_seen),
  one("busiest_hour", "h", (f) => f.busiest_hour?.hour ?? null),
  one("n", "1", (f) => f.n),
  one("windows_n", "1", (f) => f.windows_n),
  one("windows_expected", "1", (f) => f.windows_expected),
  one("coverage", "1", (f) => f.coverage),
];

export const statisticsTables: Tables<Statistics> = {
  speed: { columns: ["from", "to", "windows_n"], rows: ({ speed }) => speed.bins },
  aqi: { columns: ["category", "from", "to", "hours_n"], rows: ({ aqi }) => aqi?.categories ?? [] },
};

export const trendsTables: Tables<Trends> = {
  series: { columns: columnsOfSchema(trendPoint), rows: ({ series }) => series },
  hours: { columns: columnsOfSchema(hourFigures), rows: (data) => data.hourly_avg_speed },
  weekday_hour: { columns: columnsOfSchema(weekdayHour), rows: (data) => data.weekday_hour },
  roads: { columns: compared(columnsOfSchema(congestedRoad)), rows: (data) => data.top_congested_roads },
  roads_daily: {
    columns: ["road_id", "road_name", "date", "congested_share", "speed", "n"],
    rows: (data) =>
      data.top_congested_roads.flatMap(({ road_id, road_name, daily }) =>
        daily.map((day) => ({ road_id, road_name, ...day })),
      ),
  },
};

export const peakHoursTables: Tables<PeakHoursOfTraffic> = {
  hours: {
    columns: [
      "layer",
      "hour",
      "is_peak_hour",
      "is_measured_peak",
      "mean_speed",
      "congested_share",
      "traffic_level",
      "n",
      "windows_n",
      "windows_expected",
      "coverage",
    ],
    rows: ({ batch, speed }) => [
      ...batch.map((hour) => ({ layer: "batch", ...hour })),
      ...speed.map((hour) => ({ layer: "speed", ...hour })),
    ],
  },
  peaks: {
    columns: ["weekday", "from_hour", "to_hour", "worst_hour", "traffic_level", "threshold", "n"],
    rows: (data) => data.measured_peaks,
  },
};

export const correlationTables: Tables<Correlation> = {
  pairs: {
    columns: [
      "cause",
      "cause_unit",
      "effect",
      "effect_unit",
      "location",
      "lag_h",
      "r",
      "r_low",
      "r_high",
      "n",
      "n_effective",
      "best",
    ],
    rows: ({ weather_traffic, traffic_aqi }) =>
      [...weather_traffic, ...traffic_aqi].flatMap(({ lags, best, ...words }) =>
        lags.map((lag) => ({ ...words, ...lag, best: lag.lag_h === best?.lag_h })),
      ),
  },
};

/** An answer that is rows already. */
export const rowsTable = <R extends object>(columns: readonly string[]): Tables<readonly R[]> => ({
  rows: { columns, rows: (data) => data },
});
