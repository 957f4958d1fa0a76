/** Predictions: each road's speed in 10, 20 and 30 minutes, in paper 004's JSON. */
import { id, number } from "../core/field.ts";
import { limits } from "../core/limits.ts";
import { defineStream } from "../core/stream.ts";
import { days, hours, minutes } from "../core/time.ts";

const speed = { unit: "km/h", min: 0, max: limits.speed_kmh_max, decimals: 2 };

export const predictions = defineStream({
  name: "predictions",
  label: "Predictions",
  doc: "Speed of each road as it is expected to be.",
  topic: "traffic-predictions",
  log_retention_ms: days(1),
  fields: {
    road_id: id("Identifier of the road segment."),
    current_speed: number("Speed when it was predicted.", { ...speed, optional: true }),
    predicted_speed_10min: number("Expected 10 min after timestamp.", speed),
    predicted_speed_20min: number("Expected 20 min after timestamp.", speed),
    predicted_speed_30min: number("Expected 30 min after timestamp.", speed),
    prediction_confidence: number(
      "Probability that the 10-minute speed lies within ±15 % of the prediction.",
      {
        unit: "1",
        min: 0,
        max: 1,
        decimals: 4,
        optional: true,
      },
    ),
    model_version: id("Model that made it.", { optional: true }),
  },
  key: "road_id",
  event_time: "timestamp",
  expected_period_ms: minutes(1),
  live: { hash: "road:{road_id}:predicted", ttl_ms: minutes(30) },
  history: { table: "predictions", retention_ms: hours(48) },
});
