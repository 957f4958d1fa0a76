/** Does traffic follow the weather, and the air traffic? Hour by hour. */
import type { KeptWindow } from "../../core/window.ts";
import type { Stream } from "../../core/stream.ts";
import { windowStart } from "../../core/window.ts";
import { hours } from "../../core/time.ts";
import type { Correlation, Pairing } from "./answer.ts";
import type { Cell } from "./calendar.ts";
import { lagged, PAIRS_MIN, spearman, type HourSeries } from "./correlated.ts";
import {
  count,
  fold,
  mergeKept,
  mergingOf,
  presentOf,
  speedsOf,
  type KeptRow,
  type Measures,
} from "./fold.ts";
import { answered, newestOf } from "./provenance.ts";
import { askedOf, periodOf, type Question } from "./question.ts";
import type { Reads } from "./reads.ts";

const causes = [
  { cause: "precipitation", unit: "mm/h" },
  { cause: "temperature", unit: "°C" },
  { cause: "wind_speed", unit: "km/h" },
  { cause: "humidity", unit: "%" },
] as const;
const effects = [
  { effect: "speed", unit: "km/h", of: "mean_speed" },
  { effect: "congested_share", unit: "1", of: "congested_share" },
] as const;

/** @param beside Streams of weather and of readings; null where there are none. */
export const correlation = (
  reads: Reads,
  beside: { weather: Stream | null; readings: Stream | null },
  query: Question,
) =>
  answered<Correlation>(reads.context, reads.traffic, async () => {
    const { roads: _, ...within } = askedOf(query);
    const windows = (stream: Stream | null): Promise<readonly KeptWindow[]> =>
      stream === null ? Promise.resolve([]) : reads.windows(stream, within);
    const [table, weather, readings] = await Promise.all([
      reads.hours(askedOf(query)),
      windows(beside.weather),
      windows(beside.readings),
    ]);
    const { measures } = reads;
    const keys = reads.expected(query);
    return {
      data: {
        period: periodOf(query),
        weather_traffic:
          beside.weather === null ? [] : weatherPairings(measures, table.cells, beside.weather, weather),
        traffic_aqi: beside.readings === null ? [] : airPairings(beside.readings, readings),
      },
      facts: {
        origins: [table],
        newest_ms: newestOf(table.cells),
        coverage: presentOf(fold(measures, table.cells), keys).coverage,
      },
    };
  });

function weatherPairings(
  measures: Measures,
  cells: readonly Cell[],
  weather: Stream,
  windows: readonly KeptWindow[],
): Pairing[] {
  const by_hour = together(weather, windows);
  const of_effect = effects.map(({ effect, unit, of }) => {
    const series = new Map<number, number>();
    for (const { start_ms, kept } of cells) {
      const value = speedsOf(measures, kept)[of];
      // Where the zone is half an hour off, the city's hours begin within those of the weather.
      if (value !== null) series.set(windowStart(start_ms, hours(1)), value);
    }
    return { effect, effect_unit: unit, series };
  });
  return causes.flatMap(({ cause, unit }) => {
    const series = seriesOf(by_hour, cause);
    return of_effect.map(({ series: later, ...effect }) =>
      pairing({ cause, cause_unit: unit, ...effect, location: null }, series, later),
    );
  });
}

/** The city first, then each location. */
function airPairings(readings: Stream, windows: readonly KeptWindow[]): Pairing[] {
  const words = { cause: "traffic_level", cause_unit: "%", effect: "aqi_value", effect_unit: "1" } as const;
  const of = (location: string | null, by_hour: ReadonlyMap<number, KeptRow>): Pairing =>
    pairing({ ...words, location }, seriesOf(by_hour, "traffic_level"), seriesOf(by_hour, "aqi_value"));
  const locations = [...Map.groupBy(windows, ({ key }) => key)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    of(null, together(readings, windows)),
    ...locations.map(([location, mine]) => of(location, together(readings, mine))),
  ];
}

/** All keys of each hour in one. */
function together(stream: Stream, windows: readonly KeptWindow[]): Map<number, KeptRow> {
  const columns = mergingOf(stream.windows!);
  const by_hour = new Map<number, KeptRow>();
  for (const { window_start_ms, kept } of windows)
    by_hour.set(window_start_ms, mergeKept(columns, by_hour.get(window_start_ms) ?? null, kept)!);
  return by_hour;
}

/** Means of a measure, in units of its last decimal: a scale changes no correlation. */
function seriesOf(by_hour: ReadonlyMap<number, KeptRow>, name: string): HourSeries {
  const series = new Map<number, number>();
  for (const [at_ms, kept] of by_hour) {
    const n = count(kept, `${name}_n`);
    if (n > 0) series.set(at_ms, count(kept, `${name}_sum`) / n);
  }
  return series;
}

type Words = Pick<Pairing, "cause" | "cause_unit" | "effect" | "effect_unit" | "location">;

function pairing(words: Words, cause: HourSeries, effect: HourSeries): Pairing {
  const lags = lagged(cause, effect);
  const found = lags.filter(({ r }) => r !== null);
  const first = found[0];
  if (first === undefined) {
    const most = Math.max(...lags.map(({ n }) => n));
    const reason =
      most < PAIRS_MIN
        ? `${most} hours have both; at least ${PAIRS_MIN} are needed`
        : "one of both never changes in this range";
    return { ...words, best: null, lags, reason };
  }
  const best = found.reduce((a, b) => (Math.abs(b.r!) > Math.abs(a.r!) ? b : a), first);
  return { ...words, best: { ...best, rho: spearman(cause, effect, best.lag_h) }, lags, reason: null };
}
