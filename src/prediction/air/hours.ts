/** The last weeks of every location, as history's windows of an hour tell them. */
import type { City } from "../../core/city.ts";
import { nearest, type Position } from "../../core/geo.ts";
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import { presentWindow } from "../../core/window.ts";
import type { HistoryStore, RowPlace } from "../../history/history-store.ts";
import { HOUR_MS, WEATHER, type AirSeries } from "./series.ts";

/** A station further away says nothing of a location. */
const STATION_KM_MAX = 50;

export interface HoursOptions {
  history: Pick<HistoryStore, "windows" | "latest">;
  readings: Stream;
  /** Null where this installation has none. */
  weather: Stream | null;
  city: Pick<City, "zone">;
  /** Whole hours. */
  from_ms: number;
  to_ms: number;
  signal: AbortSignal;
}

/** @returns one series per location that has told anything, at most `limits.air_locations_max`. @throws {HistoryUnavailableError} */
export async function readHours(options: HoursOptions): Promise<readonly AirSeries[]> {
  const { history, readings, weather, city, from_ms } = options;
  const air = await columnsOf(options, readings, ["aqi_value_mean", "pm2_5_mean"], limits.air_locations_max);
  const sky =
    weather === null
      ? new Map<string, readonly Float64Array[]>()
      : await columnsOf(
          options,
          weather,
          WEATHER.map((name) => `${name}_mean`),
          limits.air_locations_max,
        );
  const stations =
    weather === null || sky.size === 0
      ? []
      : [...(await placesOf(history, weather))].flatMap(([station, at]) => {
          const columns = sky.get(station);
          return columns === undefined ? [] : [{ at, columns }];
        });
  const places = stations.length === 0 ? new Map<string, Position>() : await placesOf(history, readings);
  return [...air].map(([location, [aqi, pm2_5]]) => {
    const at = places.get(location);
    const [near] = at === undefined ? [] : nearest(stations, at, 1);
    return {
      location,
      from_ms,
      aqi: aqi!,
      pm2_5: pm2_5!,
      weather: near === undefined || near.distance_km > STATION_KM_MAX ? null : near.place.columns,
      zone: city.zone,
    };
  });
}

/** Columns of the windows of each key, hour by hour. Keys beyond `keys_max` are passed over. */
async function columnsOf(
  { history, from_ms, to_ms, signal }: HoursOptions,
  stream: Stream,
  names: readonly string[],
  keys_max: number,
): Promise<Map<string, readonly Float64Array[]>> {
  const found = new Map<string, readonly Float64Array[]>();
  if (stream.windows === null || stream.windows.size_ms !== HOUR_MS) return found;
  const hours = Math.round((to_ms - from_ms) / HOUR_MS);
  let after: RowPlace | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await history.windows(stream, {
      from_ms,
      to_ms,
      limit: limits.range_rows_max,
      ...(after === undefined ? {} : { after }),
    });
    for (const { key, window_start_ms, kept } of page) {
      let columns = found.get(key);
      if (columns === undefined) {
        if (found.size >= keys_max) continue;
        columns = names.map(() => new Float64Array(hours).fill(NaN));
        found.set(key, columns);
      }
      const said = presentWindow(stream.windows, kept);
      names.forEach((name, i) => {
        const value = said[name];
        if (typeof value === "number") columns[i]![(window_start_ms - from_ms) / HOUR_MS] = value;
      });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < limits.range_rows_max) return found;
    after = { time_ms: last.window_start_ms, key: last.key, event_id: "" };
  }
}

async function placesOf(
  history: HoursOptions["history"],
  stream: Stream,
): Promise<ReadonlyMap<string, Position>> {
  const rows = await history.latest(stream);
  return new Map(
    rows.flatMap(({ key, row }) => {
      const [lng, lat] = [row["longitude"], row["latitude"]];
      return typeof lng === "number" && typeof lat === "number" ? [[key, [lng, lat] as const]] : [];
    }),
  );
}
