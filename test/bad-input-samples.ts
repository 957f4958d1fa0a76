/** A good event of every declared stream, and what a second one with the same identity says instead. */
import type { Field } from "../src/core/field.ts";
import type { Stream } from "../src/core/stream.ts";
import { internalStreams, streams } from "../src/streams/index.ts";

export type Value = Record<string, unknown>;

interface Sample {
  good: Value;
  /** Another content under the same key, time and id. */
  other: Value;
}

const place = { latitude: 48.137, longitude: 11.575 };

const ahead: Sample = {
  good: {
    road_id: "r1",
    predicted_speed_10min: 30,
    predicted_speed_20min: 31,
    predicted_speed_30min: 32.5,
    prediction_confidence: 0.8,
  },
  other: { predicted_speed_10min: 5 },
};

const samples: Readonly<Record<string, Sample>> = {
  traffic: {
    good: { road_id: "r1", road_name: "High Street", current_speed: 30, free_flow_speed: 50, ...place },
    other: { current_speed: 10 },
  },
  readings: {
    good: { location: "Market", aqi_value: 40, current_speed: 30, free_flow_speed: 60, ...place },
    other: { aqi_value: 90 },
  },
  vehicles: {
    good: { vehicle_id: "v1", speed: 31.5, heading: 90, vehicle_type: "bus", driver_id: "Ada", ...place },
    other: { speed: 12 },
  },
  emergencies: {
    good: { emergency_id: "e1", status: "dispatched", severity: "high", patient_id: "Ada", ...place },
    other: { status: "closed" },
  },
  weather: {
    good: { station: "w1", temperature: -3.5, humidity: 80, weather_code: 61, ...place },
    other: { temperature: 30 },
  },
  cameras: { good: { camera_id: "c1", cars: 12, trucks: 1, period_s: 60, ...place }, other: { cars: 99 } },
  transactions: {
    good: { product_category: "Home", amount: 19.99, payment_method: "paypal", user_id: "Ada" },
    other: { amount: -19.99 },
  },
  notifications: {
    good: { alert_type: "anomaly", severity: "low", message: "Slow", affected_routes: ["a", "b"] },
    other: { message: "Slower" },
  },
  predictions: ahead,
  "shadow-predictions": ahead,
  "route-updates": {
    good: { graph_version: "g1", roads_updated: 12, update_type: "live_applied" },
    other: { roads_updated: 13 },
  },
  canary: { good: { canary_id: "p1", turn: 3 }, other: { turn: 4 } },
};

export const every: readonly Stream[] = [...streams, ...internalStreams];

/** @throws {Error} for a stream that has none: whoever declares one says here what a good event is. */
export function sampleOf(stream: Stream): Sample {
  const sample = samples[stream.name];
  if (sample === undefined)
    throw new Error(`test/bad-input-samples.ts has no event of stream ${stream.name}`);
  return sample;
}

/** The sample as it is sent, at a time and under an id. */
export const goodOf = (stream: Stream, at_ms: number, id = "one"): Value => ({
  ...sampleOf(stream).good,
  [stream.identity]: id,
  [stream.event_time]: new Date(at_ms).toISOString(),
});

/** Fields that producers send, the identity among them. */
export const sentFields = (stream: Stream): [string, Field][] =>
  Object.entries(stream.all_fields).filter(([, field]) => !field.derived);

export const hasPlace = (stream: Stream): boolean => Object.hasOwn(stream.fields, "latitude");
