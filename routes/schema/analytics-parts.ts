/** Parts that answers of the analytics share: figures with their bounds and units. */
import { z } from "@hono/zod-openapi";
import { AQI_MAX } from "../../src/core/aqi.ts";
import { limits } from "../../src/core/limits.ts";
import { rangeComparisons } from "../../src/serving/analytics/compared.ts";
import { instant, number, tally, whole, words_of } from "./numbers.ts";

/** The slowest pace that is counted, s per km. */
export const PACE_S_MAX = 3_600;
/** Slowest pace by the fastest free flow. */
export const DELAY_INDEX_MAX = 300;

export const speed = (doc: string) => number(0, limits.speed_kmh_max, "km/h", doc).nullable();
export const shareOf = (doc: string) => number(0, 1, "1", doc).nullable();
export const aqi = (doc: string) => number(0, AQI_MAX, "1", doc).nullable();
export const percent = (doc: string) => number(0, 100, "%", doc).nullable();
export const meanSpeed = speed("Arithmetic mean over events; null where nothing was measured.");
export const congestedShare = shareOf("Events with heavy congestion or worse, of all.");
export const delayIndex = number(
  0,
  DELAY_INDEX_MAX,
  "1",
  "Time taken over time at free flow, each road by its windows: 1 is no delay.",
).nullable();
export const hourOfDay = whole(0, 23, "h", "Hour of the day in the city's zone.");
export const weekday = whole(1, 7, "1", "1 Monday to 7 Sunday.");
export const hourEdge = (doc: string) => number(0, 24, "h", doc);
export const hourRange = z
  .array(hourEdge("Hour of the day."))
  .length(2)
  .openapi({ description: "From, and to before which: half-open hours in the city's zone." });

export const present = {
  n: tally("Events."),
  windows_n: tally("Windows that are there."),
  windows_expected: tally("Windows that should be: keys × windows that have begun."),
  coverage: number(0, 1, "1", "Windows there, of those expected; 1 where none is expected."),
};

export const period = z
  .object({ from: instant("First instant."), to: instant("First instant after it.") })
  .openapi("AnalyticsPeriod");

export const comparedOf = z.enum([...rangeComparisons, "period"]).openapi({
  description: "What it is compared with: by its name, or period for compare_from and compare_to.",
});

const percentileOf = (p: number, max: number, unit: string) =>
  number(0, max, unit, `${p} % are not above it; null where nothing was measured.`).nullable();

export const percentiles = (name: string, max: number, unit: string, doc: string) => {
  const p = (percent_of: number) => percentileOf(percent_of, max, unit);
  return z
    .object({ p5: p(5), p10: p(10), p25: p(25), p50: p(50), p75: p(75), p90: p(90), p95: p(95) })
    .openapi(name, { description: doc });
};

export const speedPercentiles = percentiles(
  "SpeedPercentiles",
  limits.speed_kmh_max,
  "km/h",
  "Of 5-minute mean speeds, from counts in fixed bins: right to a bin's width, 2 km/h up to 40, 3 up to 100, 5 above.",
);

export const date = (doc: string) =>
  words_of(`${doc} A day of the city's zone.`).openapi({ format: "date", example: "2026-11-21" });
