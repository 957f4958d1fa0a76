/** Air quality of the hours ahead, as the job forecast-air made it last, with how far such forecasts were off lately. */
import { aqiCategory, type AqiCategory } from "../core/aqi.ts";
import { round } from "../core/field.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant, hours } from "../core/time.ts";
import { airMethods, type AirAccuracy, type AirForecast, type AirMethod } from "../history/air/air-store.ts";
import type { Answer } from "./answer.ts";
import type { Context } from "./context.ts";
import { metaOf, share } from "./meta.ts";
import { keyNotFound } from "./problem.ts";
import { positionOf } from "./window-rows.ts";

export { airMethods };

/** Scores of so many days, today among them. */
export const ACCURACY_DAYS = 14;
/** Made every hour. */
const PERIOD_MS = hours(1);

/** One location and hour ahead. Figures are indices of the US EPA. */
export interface AirForecastRow {
  location: string;
  /** Begin of the hour that it is for, UTC. */
  timestamp: string;
  /** 1 to 24: whole hours after the last known one. */
  hours_ahead: number;
  /** Mean of the hour. */
  aqi: number;
  aqi_category: AqiCategory;
  low_50: number;
  high_50: number;
  low_90: number;
  high_90: number;
  method: AirMethod;
  /** End of the last whole hour that was known. */
  made_at: string;
  as_of: string;
  stale: boolean;
  /** Of all locations' forecasts so many hours ahead whose hour came lately: mean absolute error; null where none did. */
  accuracy_mae: number | null;
  /** The same of persistence: it stays as it is. */
  accuracy_persistence_mae: number | null;
  /** Shares that lay within the intervals. */
  accuracy_inside_50: number | null;
  accuracy_inside_90: number | null;
  /** How many were scored. */
  accuracy_n: number;
}

export interface AirForecastQuery {
  /** All where it is missing. */
  location?: string | undefined;
}

/** Rows by location and hours ahead; hours that are over by now are left out. @throws {ProblemError} not-found for a location never seen. */
export type AskAirForecast = (query: AirForecastQuery) => Promise<Answer<readonly AirForecastRow[]>>;

export function airForecast(
  context: Context,
  stream: Stream,
  air: NonNullable<Context["air"]>,
): AskAirForecast {
  const { history, known, cursors, clock, city } = context;
  const keysOf = async (): Promise<ReadonlySet<string>> => {
    const now = known.now(stream);
    return now.size === 0 ? known.fresh(stream) : now;
  };
  return async ({ location }) => {
    if (
      location !== undefined &&
      !known.now(stream).has(location) &&
      !(await known.fresh(stream)).has(location)
    )
      throw keyNotFound(stream, location);
    const ledger = await history.ledger(stream);
    const now_ms = clock.now();
    const [forecasts, scores] = await Promise.all([
      air.newest(now_ms - (now_ms % PERIOD_MS), location),
      air.accuracy(ACCURACY_DAYS, city.zone, now_ms),
    ]);
    const accuracy = new Map(scores.map((one) => [one.hours_ahead, one]));
    const data = forecasts.map((one) => rowOf(one, accuracy.get(one.hours_ahead) ?? null, now_ms));
    const fresh = new Set(data.flatMap((row) => (row.stale ? [] : [row.location])));
    const expected = location === undefined ? (await keysOf()).size : 1;
    return {
      data,
      meta: metaOf({
        stream: { expected_period_ms: PERIOD_MS },
        cursor: await cursors.format({ [stream.name]: positionOf(stream, ledger) }),
        layer: "batch",
        now_ms,
        as_of_ms: forecasts.length === 0 ? null : Math.max(...forecasts.map((one) => one.made_at_ms)),
        coverage: share(fresh.size, expected),
        attribution: city.attribution,
      }),
    };
  };
}

function rowOf(one: AirForecast, accuracy: AirAccuracy | null, now_ms: number): AirForecastRow {
  const aqi = Math.round(one.aqi);
  const made_at = formatInstant(one.made_at_ms);
  return {
    location: one.location,
    timestamp: formatInstant(one.hour_ms),
    hours_ahead: one.hours_ahead,
    aqi,
    aqi_category: aqiCategory(aqi),
    low_50: Math.round(one.low_50),
    high_50: Math.round(one.high_50),
    low_90: Math.round(one.low_90),
    high_90: Math.round(one.high_90),
    method: one.method,
    made_at,
    as_of: made_at,
    stale: now_ms - one.made_at_ms > 3 * PERIOD_MS,
    accuracy_mae: accuracy === null ? null : round(accuracy.mae, 1),
    accuracy_persistence_mae: accuracy === null ? null : round(accuracy.persistence_mae, 1),
    accuracy_inside_50: accuracy === null ? null : round(accuracy.inside_50, 4),
    accuracy_inside_90: accuracy === null ? null : round(accuracy.inside_90, 4),
    accuracy_n: accuracy?.n ?? 0,
  };
}
