/** Cameras: how much of what passed in the last period, by class. */
import { count, sum } from "../core/aggregate.ts";
import { id, number } from "../core/field.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { defineStream } from "../core/stream.ts";
import { minutes, seconds } from "../core/time.ts";

const passed = (doc: string) => number(doc, { unit: "1", min: 0, max: 10_000, decimals: 0, optional: true });

/** Classes that drive; the others are people. */
const driving = ["cars", "trucks", "buses", "motorcycles"] as const;

const fields = {
  camera_id: id("Identifier of the camera."),
  ...placeFields("the camera", { optional: true }),
  road_id: id("Road that it looks at.", { optional: true }),
  period_s: number("How long it counted.", { unit: "s", min: 1, max: 3_600, decimals: 0, optional: true }),
  cars: passed("Cars."),
  trucks: passed("Trucks."),
  buses: passed("Buses."),
  motorcycles: passed("Motorcycles."),
  bicycles: passed("Bicycles."),
  pedestrians: passed("Pedestrians."),
  vehicles_n: number("Cars, trucks, buses and motorcycles together.", {
    unit: "1",
    min: 0,
    max: 40_000,
    decimals: 0,
    derived: true,
  }),
};

export const cameras = defineStream({
  name: "cameras",
  label: "Cameras",
  doc: "Counts of each camera, by class.",
  topic: "camera-counts",
  partitions: 1,
  fields,
  key: "camera_id",
  event_time: "timestamp",
  expected_period_ms: seconds(60),
  aliases: [
    { path: "/api/cameras/current", operation_id: "camerasCurrent", summary: "Counts of every camera now" },
  ],

  derive(row) {
    row["vehicles_n"] = driving.reduce((n, name) => n + ((row[name] as number | null) ?? 0), 0);
    return placeFault(row);
  },

  live: { hash: "camera:{camera_id}", ttl_ms: minutes(10) },
  history: { table: "camera_counts", retention_ms: null },
  windows: {
    table: "camera_windows",
    size_ms: minutes(1),
    aggregates: [
      count(),
      sum("vehicles_n", fields.vehicles_n),
      sum("cars", fields.cars),
      sum("trucks", fields.trucks),
      sum("buses", fields.buses),
      sum("motorcycles", fields.motorcycles),
      sum("bicycles", fields.bicycles),
      sum("pedestrians", fields.pedestrians),
    ],
  },
  rollups: [{ name: "hours", table: "camera_hours", step: "1h", by: "key" }],
});
