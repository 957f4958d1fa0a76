/** The city of the simulation: two streams, one with windows and three partitions, one whose keys soon end. */
import { count, max, mean } from "../../src/core/aggregate.ts";
import type { City } from "../../src/core/city.ts";
import { number, text } from "../../src/core/field.ts";
import { defineStream, type Stream } from "../../src/core/stream.ts";
import { seconds } from "../../src/core/time.ts";
import { traffic as declared } from "../../src/streams/traffic.ts";

export const city: City = {
  city_id: "simulated",
  name: "Simulated",
  zone: "UTC",
  rush_hours: [[7, 9]],
  peak_hours: [],
  holidays: [],
  centre: [0, 0],
  bounds: [-1, -1, 1, 1],
  roads: [],
  hospitals: [],
  background: [],
  attribution: [],
};

export const traffic: Stream = defineStream({ ...declared, partitions: 3, expected_period_ms: seconds(2) });

const v = number("A value.", { unit: "1", min: 0, max: 1e9, decimals: 0 });

export const spots: Stream = defineStream({
  name: "spots",
  label: "Spots",
  doc: "States that soon end.",
  topic: "spots-raw",
  partitions: 1,
  fields: { spot: text("Key."), v },
  key: "spot",
  event_time: "timestamp",
  expected_period_ms: seconds(1),
  lateness_ms: seconds(5),
  live: { hash: "spot:{spot}", ttl_ms: seconds(20) },
  history: { table: "spots", retention_ms: null },
  windows: { table: "spot_windows", size_ms: seconds(10), aggregates: [count(), mean("v", v), max("v", v)] },
});

export const streams: readonly Stream[] = [traffic, spots];

export const streamOf = (topic: string): Stream => streams.find((stream) => stream.topic === topic)!;
