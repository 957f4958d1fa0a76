/** A stream that no release has: declared in this one file, for the test that a new stream needs no other change. */
import { count, max, mean } from "../../src/core/aggregate.ts";
import { flag, id, number } from "../../src/core/field.ts";
import { defineStream } from "../../src/core/stream.ts";
import { days, minutes, seconds } from "../../src/core/time.ts";

const fields = {
  garage_id: id("Identifier of the garage."),
  free_places: number("Places that are free.", { unit: "1", min: 0, max: 10_000, decimals: 0 }),
  temperature: number("Air temperature inside.", {
    unit: "°C",
    min: -50,
    max: 80,
    decimals: 1,
    optional: true,
  }),
  is_full: flag("No place is free.", { derived: true }),
};

export const parking = defineStream({
  name: "parking",
  label: "Parking garages",
  doc: "Free places in garages.",
  topic: "parking-raw",
  partitions: 2,
  fields,
  key: "garage_id",
  event_time: "measured_at",
  expected_period_ms: seconds(60),
  derive(row) {
    row["is_full"] = row["free_places"] === 0;
    return null;
  },
  live: { hash: "garage:{garage_id}:current", ttl_ms: minutes(10) },
  history: { table: "parking_data", retention_ms: days(7) },
  windows: {
    table: "parking_windows",
    size_ms: minutes(15),
    aggregates: [count(), mean("free_places", fields.free_places), max("free_places", fields.free_places)],
  },
});
