/** Predictions: each road's speed in 10, 20 and 30 minutes, in paper 004's JSON. */
import { choice, id, number, type Field } from "../core/field.ts";
import { limits } from "../core/limits.ts";
import { defineStream } from "../core/stream.ts";
import { days, hours, minutes } from "../core/time.ts";

/** Of a forecaster's moment: `src/prediction/prediction.ts`. */
const REGIMES = ["calm", "uncertain", "slow"] as const;

const speed = { unit: "km/h", min: 0, max: limits.speed_kmh_max, decimals: 2 };

const end = (which: string, percent: number, minutes_ahead: number): Field =>
  number(
    `${which} end of the interval that holds the speed ${minutes_ahead} min after timestamp in ${percent} % of cases.`,
    { ...speed, decimals: 1, optional: true },
  );
const ahead = (m: 10 | 20 | 30): Readonly<Record<string, Field>> => ({
  [`low_50_${m}min`]: end("Lower", 50, m),
  [`high_50_${m}min`]: end("Upper", 50, m),
  [`low_90_${m}min`]: end("Lower", 90, m),
  [`high_90_${m}min`]: end("Upper", 90, m),
  [`congestion_probability_${m}min`]: number(`Probability that the road is slow ${m} min after timestamp.`, {
    unit: "1",
    min: 0,
    max: 1,
    decimals: 4,
    optional: true,
  }),
});

const fields = {
  road_id: id("Identifier of the road segment."),
  current_speed: number("Speed when it was predicted.", { ...speed, optional: true }),
  predicted_speed_10min: number("Expected 10 min after timestamp.", speed),
  predicted_speed_20min: number("Expected 20 min after timestamp.", speed),
  predicted_speed_30min: number("Expected 30 min after timestamp.", speed),
  prediction_confidence: number("Probability that the 10-minute speed lies within ±15 % of the prediction.", {
    unit: "1",
    min: 0,
    max: 1,
    decimals: 4,
    optional: true,
  }),
  model_version: id("Model that made it.", { optional: true }),
  regime: choice("How sure the moment is: slow now, uncertain, or calm.", REGIMES, { optional: true }),
  ...ahead(10),
  ...ahead(20),
  ...ahead(30),
};

export const predictions = defineStream({
  name: "predictions",
  label: "Predictions",
  doc: "Speed of each road as it is expected to be.",
  topic: "traffic-predictions",
  log_retention_ms: days(1),
  fields,
  key: "road_id",
  event_time: "timestamp",
  expected_period_ms: minutes(1),
  aliases: [
    {
      path: "/api/traffic/predictions",
      operation_id: "trafficPredictions",
      summary: "Every road in 10, 20 and 30 minutes",
    },
  ],
  live: { hash: "road:{road_id}:predicted", ttl_ms: minutes(30) },
  history: { table: "predictions", retention_ms: hours(48) },
});

/** What a model that is on trial would have said: stored to be judged, shown to nobody. */
export const shadowPredictions = defineStream({
  name: "shadow-predictions",
  label: "Predictions on trial",
  doc: "Speed of each road as a model that is on trial expects it.",
  topic: "shadow-predictions",
  log_retention_ms: hours(6),
  fields,
  key: "road_id",
  event_time: "timestamp",
  expected_period_ms: minutes(1),
  open_keys: true,
  history: { table: "shadow_predictions", retention_ms: hours(6) },
  internal: true,
});
