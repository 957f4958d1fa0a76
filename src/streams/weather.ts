/** Weather as its stations observe it, every 5 to 15 min. */
import { count, max, mean, min } from "../core/aggregate.ts";
import { choice, id, number } from "../core/field.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { defineStream } from "../core/stream.ts";
import { hours, minutes } from "../core/time.ts";
import { conditionOf, conditions } from "../core/weather.ts";

const optional = { optional: true };

const fields = {
  station: id("Identifier of the station, or of the model's grid point."),
  ...placeFields("the station", optional),
  temperature: number("Air temperature, 2 m above ground.", {
    unit: "°C",
    min: -90,
    max: 60,
    decimals: 1,
    ...optional,
  }),
  humidity: number("Relative humidity.", { unit: "%", min: 0, max: 100, decimals: 0, ...optional }),
  precipitation: number("Rain and melted snow.", {
    unit: "mm/h",
    min: 0,
    max: 500,
    decimals: 1,
    ...optional,
  }),
  wind_speed: number("Mean wind, 10 m above ground.", {
    unit: "km/h",
    min: 0,
    max: 450,
    decimals: 1,
    ...optional,
  }),
  wind_direction: number("Where the wind comes from, clockwise from true north.", {
    unit: "°",
    min: 0,
    max: 360,
    decimals: 0,
    ...optional,
  }),
  pressure: number("Pressure at sea level.", { unit: "hPa", min: 800, max: 1_100, decimals: 1, ...optional }),
  visibility_km: number("How far one sees.", { unit: "km", min: 0, max: 300, decimals: 1, ...optional }),
  cloud_cover: number("Share of the sky that is covered.", {
    unit: "%",
    min: 0,
    max: 100,
    decimals: 0,
    ...optional,
  }),
  weather_code: number("WMO code 4677.", { unit: "1", min: 0, max: 99, decimals: 0, ...optional }),
  condition: choice("The code as a word.", conditions, { derived: true }),
};

export const weather = defineStream({
  name: "weather",
  label: "Weather",
  doc: "Weather at each station.",
  topic: "weather-observations",
  partitions: 1,
  fields,
  key: "station",
  event_time: "timestamp",
  expected_period_ms: minutes(15),
  aliases: [
    { path: "/api/weather/current", operation_id: "weatherCurrent", summary: "Weather at every station now" },
  ],

  derive(row) {
    row["condition"] = conditionOf(row["weather_code"] as number | null);
    return placeFault(row);
  },

  live: { hash: "weather:{station}", ttl_ms: hours(1) },
  history: { table: "weather_observations", retention_ms: null },
  windows: {
    table: "weather_windows",
    size_ms: hours(1),
    aggregates: [
      count(),
      mean("temperature", fields.temperature),
      min("temperature", fields.temperature),
      max("temperature", fields.temperature),
      mean("precipitation", fields.precipitation),
      mean("wind_speed", fields.wind_speed),
      mean("humidity", fields.humidity),
    ],
  },
});
