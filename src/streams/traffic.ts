/** Road traffic: one event per road about every 10 s, in paper 004's JSON. */
import { count, countIf, max, mean, min } from "../core/aggregate.ts";
import { isRushHour } from "../core/city.ts";
import { congestionLevel, congestionLevels, isCongested, jamFactor } from "../core/congestion.ts";
import { choice, flag, id, number, round, text } from "../core/field.ts";
import { midpoint } from "../core/coordinates.ts";
import { limits } from "../core/limits.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { edgesOf } from "../core/bins.ts";
import { paceSum, windowBins } from "../core/rollup.ts";
import { defineStream } from "../core/stream.ts";
import { minutes, seconds } from "../core/time.ts";

const speed = { unit: "km/h", min: 0, max: limits.speed_kmh_max, decimals: 2 };

const fields = {
  road_id: id("Identifier of the road segment, the feed's own."),
  road_name: text("Name of the road, for people.", { optional: true }),
  current_speed: number("Mean speed of traffic now.", speed),
  free_flow_speed: number("Speed without other traffic.", { ...speed, min: 0.01, optional: true }),
  jam_factor: number("0 free to 10 standing; computed from the speeds where the feed sends none.", {
    unit: "1",
    min: 0,
    max: 10,
    decimals: 1,
    optional: true,
  }),
  road_closed: flag("The road is closed to traffic.", { optional: true }),
  ...placeFields("a point sensor", { optional: true }),
  speed_ratio: number("current_speed / free_flow_speed.", {
    unit: "1",
    min: 0,
    max: 30_000,
    decimals: 4,
    optional: true,
    derived: true,
  }),
  congestion_level: choice(
    "free ≥ 0.75, moderate ≥ 0.5, heavy ≥ 0.25, severe below; closed; unknown.",
    congestionLevels,
    {
      derived: true,
    },
  ),
  is_congested: flag("Heavy or worse.", { derived: true }),
  is_rush_hour: flag("Within the city's rush hours on a working day, by event time.", { derived: true }),
};

/** Finer where a kilometre takes long: 2 km/h up to 40, then 3, then 5. */
export const speedEdges = edgesOf([40, 2], [100, 3], [140, 5]);

const measures = [
  paceSum("current_speed", fields.current_speed),
  windowBins("current_speed", fields.current_speed, speedEdges),
];

export const traffic = defineStream({
  name: "traffic",
  label: "Road traffic",
  doc: "Speed of traffic on each road segment.",
  topic: "traffic-raw",
  fields,
  key: "road_id",
  event_time: "timestamp",
  expected_period_ms: seconds(10),
  wire_only: ["coordinates"],
  aliases: [{ path: "/api/traffic/current", operation_id: "trafficCurrent", summary: "Every road now" }],

  derive(row, event_time_ms, city, raw) {
    if (row["latitude"] === null || row["longitude"] === null) {
      const place = midpoint(raw["coordinates"]);
      if (place === "invalid") {
        return {
          field: "coordinates",
          rule: "must be [lng, lat] or {lat, lng}, or a list of them, in WGS 84",
          reason: "geo",
        };
      }
      row["longitude"] = place === null ? null : round(place[0], 6);
      row["latitude"] = place === null ? null : round(place[1], 6);
    }
    const free = row["free_flow_speed"] as number | null;
    const ratio = free === null ? null : round((row["current_speed"] as number) / free, 4);
    const level = congestionLevel(ratio, row["road_closed"] === true);
    row["speed_ratio"] = ratio;
    row["jam_factor"] ??= ratio === null ? null : round(jamFactor(ratio), 1);
    row["congestion_level"] = level;
    row["is_congested"] = isCongested(level);
    row["is_rush_hour"] = isRushHour(city, event_time_ms);
    return placeFault(row);
  },

  live: { hash: "road:{road_id}:current", ttl_ms: minutes(10) },
  history: { table: "traffic_data", retention_ms: null },
  windows: {
    table: "traffic_windows",
    size_ms: minutes(5),
    aggregates: [
      count(),
      mean("current_speed", fields.current_speed, { spread: true }),
      min("current_speed", fields.current_speed),
      max("current_speed", fields.current_speed),
      mean("free_flow_speed", fields.free_flow_speed),
      countIf("congested_n", "is_congested", "Events with heavy congestion or worse."),
    ],
  },
  rollups: [
    { name: "hours", table: "traffic_hours", step: "1h", by: "key", measures },
    { name: "days", table: "traffic_days", step: "1d", by: "key", from: "hours", measures },
    { name: "city_hours", table: "traffic_city_hours", step: "1h", by: "all", from: "hours", measures },
  ],
});
