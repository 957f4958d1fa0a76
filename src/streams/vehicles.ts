/** Vehicles: positions as their receivers report them, from once a second to once a minute. */
import { count, max, mean } from "../core/aggregate.ts";
import { choice, id, number } from "../core/field.ts";
import { limits } from "../core/limits.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { defineStream } from "../core/stream.ts";
import { days, minutes, seconds } from "../core/time.ts";

export const vehicleTypes = [
  "bus",
  "tram",
  "rail",
  "ferry",
  "taxi",
  "car",
  "truck",
  "bicycle",
  "ambulance",
  "police",
  "fire",
  "other",
] as const;

const optional = { optional: true };

const fields = {
  vehicle_id: id("Identifier of the vehicle, the feed's own."),
  ...placeFields("the vehicle"),
  speed: number("Speed over ground.", {
    unit: "km/h",
    min: 0,
    max: limits.speed_kmh_max,
    decimals: 2,
    ...optional,
  }),
  heading: number("Course over ground, clockwise from true north.", {
    unit: "°",
    min: 0,
    max: 360,
    decimals: 1,
    ...optional,
  }),
  vehicle_type: choice("What it is.", vehicleTypes, optional),
  vehicle_label: id("What stands on it: a number, a name.", optional),
  route_id: id("Line that it serves (GTFS route_id).", optional),
  trip_id: id("Trip that it serves (GTFS trip_id).", optional),
  driver_id: id("Who drives: leaves only as a pseudonym.", optional),
};

export const vehicles = defineStream({
  name: "vehicles",
  label: "Vehicles",
  doc: "Position of each vehicle.",
  topic: "vehicle-positions",
  fields,
  key: "vehicle_id",
  event_time: "timestamp",
  // GTFS-Realtime asks for positions every 30 s, and none older than 90 s.
  expected_period_ms: seconds(30),
  open_keys: true,
  personal: ["driver_id"],
  aliases: [
    {
      path: "/api/vehicles/locations",
      operation_id: "vehicleLocations",
      summary: "Where every vehicle is now",
    },
  ],

  derive: (row) => placeFault(row),

  live: { hash: "vehicle:{vehicle_id}:position", ttl_ms: days(1), listed_ms: minutes(10) },
  history: { table: "vehicle_positions", retention_ms: null },
  windows: {
    table: "vehicle_windows",
    size_ms: minutes(1),
    aggregates: [count(), mean("speed", fields.speed), max("speed", fields.speed)],
  },
});
