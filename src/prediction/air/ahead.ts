/** What is said of every location after the last whole hour: by the model where there is one, else by persistence, else nothing. */
import type { AirForecast } from "../../history/air/air-store.ts";
import { fitAir } from "./model.ts";
import { fitPersistence } from "./persistence.ts";
import { HOUR_MS, type AirSeries } from "./series.ts";

/** An index older than this is not what is now. */
const RECENT_H = 3;

export interface Ahead {
  forecasts: readonly AirForecast[];
  /** Locations that told nothing in the last hours: nothing is said of them. */
  silent: readonly string[];
  /** Hours that the model learnt from; 0 without one. */
  rows_n: number;
}

export interface AheadOptions {
  /** At most so many hours are learnt from. */
  rows_max: number;
  between?: () => Promise<void>;
}

/** @param all Series that end with the same hour, the last whole one. */
export async function airAhead(all: readonly AirSeries[], options: AheadOptions): Promise<Ahead> {
  const model = await fitAir(all, options);
  const still = fitPersistence(all);
  const forecasts: AirForecast[] = [];
  const silent: string[] = [];
  for (const series of all) {
    const { location, aqi, from_ms } = series;
    const at = aqi.length - 1;
    const age_h = aqi
      .subarray(-RECENT_H)
      .toReversed()
      .findIndex((value) => !Number.isNaN(value));
    if (age_h < 0) {
      silent.push(location);
      continue;
    }
    const known = aqi[at - age_h]!;
    const last_ms = from_ms + at * HOUR_MS;
    for (const point of model?.forecast(series, at) ?? still.forecast(known, age_h)) {
      forecasts.push({
        ...point,
        location,
        made_at_ms: last_ms + HOUR_MS,
        hour_ms: last_ms + point.hours_ahead * HOUR_MS,
        last_aqi: known,
      });
    }
  }
  return { forecasts, silent, rows_n: model?.rows_n ?? 0 };
}
