/** Readings: air and traffic of a location together, about every 5 min, in paper 000's columns. */
import {
  airQuality,
  aqiCategories,
  aqiCategory,
  AQI_MAX,
  pollutants,
  type Concentrations,
} from "../core/aqi.ts";
import { count, countIf, max, mean } from "../core/aggregate.ts";
import { isPeakHour } from "../core/city.ts";
import { choice, flag, id, number, round } from "../core/field.ts";
import { limits } from "../core/limits.ts";
import type { Row } from "../core/event.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { defineStream } from "../core/stream.ts";
import { hours, minutes } from "../core/time.ts";

const optional = { optional: true };
// To 0.001: the index cuts decimals off where the EPA says, and must not find them rounded up before.
const concentration = (doc: string, most: number, decimals = 3) =>
  number(doc, { unit: "µg/m³", min: 0, max: most, decimals, ...optional });
const speed = { unit: "km/h", min: 0, max: limits.speed_kmh_max, decimals: 2, ...optional };

const fields = {
  location: id("Name of the location."),
  ...placeFields("the location", optional),
  aqi_value: number(
    "Air Quality Index of the US EPA; computed from the pollutants where the feed sends none.",
    {
      unit: "1",
      min: 0,
      max: AQI_MAX,
      decimals: 0,
      ...optional,
    },
  ),
  aqi_category: choice("The EPA's word for the index; null without one.", aqiCategories, {
    derived: true,
    ...optional,
  }),
  dominant_pollutant: choice("Pollutant that makes the index, of those in this reading.", pollutants, {
    derived: true,
    ...optional,
  }),
  pm2_5: concentration("Fine particles, PM2.5.", 10_000),
  pm10: concentration("Particles, PM10.", 10_000),
  ozone: concentration("Ozone.", 10_000),
  nitrogen_dioxide: concentration("Nitrogen dioxide.", 10_000),
  sulphur_dioxide: concentration("Sulphur dioxide.", 10_000),
  carbon_monoxide: concentration("Carbon monoxide.", 200_000, 1),
  current_speed: number("Mean speed of traffic at the location.", speed),
  free_flow_speed: number("Speed without other traffic.", { ...speed, min: 0.01 }),
  traffic_level: number(
    "100 · (1 − current_speed / free_flow_speed): 0 free, 100 standing; null without either.",
    {
      unit: "%",
      min: 0,
      max: 100,
      decimals: 0,
      ...optional,
    },
  ),
  is_peak_hour: flag("Within the city's peak hours, by event time.", { derived: true }),
};

export const readings = defineStream({
  name: "readings",
  label: "Air and traffic by location",
  doc: "Air quality and traffic of a location, read together.",
  topic: "traffic-aqi-data",
  partitions: 2,
  fields,
  key: "location",
  event_time: "timestamp",
  expected_period_ms: minutes(5),
  aliases: [
    {
      path: "/api/air-quality/current",
      operation_id: "airQualityCurrent",
      summary: "Air quality of every location now",
    },
  ],

  derive(row, event_time_ms, city) {
    const [current, free] = [row["current_speed"], row["free_flow_speed"]];
    if (typeof current === "number" && typeof free === "number")
      row["traffic_level"] = round(100 * (1 - Math.min(1, current / free)), 0);
    const air = airQuality(row as Row & Concentrations);
    row["aqi_value"] ??= air?.aqi ?? null;
    row["dominant_pollutant"] = air?.dominant ?? null;
    row["aqi_category"] = row["aqi_value"] === null ? null : aqiCategory(row["aqi_value"] as number);
    row["is_peak_hour"] = isPeakHour(city, event_time_ms);
    return placeFault(row);
  },

  live: { hash: "location:{location}:current", ttl_ms: minutes(15) },
  history: { table: "raw_data", retention_ms: null },
  windows: {
    table: "reading_windows",
    size_ms: hours(1),
    aggregates: [
      count(),
      mean("aqi_value", fields.aqi_value),
      max("aqi_value", fields.aqi_value),
      mean("traffic_level", fields.traffic_level),
      max("traffic_level", fields.traffic_level),
      mean("pm2_5", fields.pm2_5),
      countIf("peak_n", "is_peak_hour", "Readings within the city's peak hours."),
    ],
  },
  rollups: [
    {
      name: "days",
      table: "reading_days",
      step: "1d",
      by: "key",
      split: {
        column: "is_peak_hour",
        of_window: "(r.peak_n > 0)",
        is: (kept) => (kept["peak_n"] as number) > 0,
      },
    },
  ],
});
