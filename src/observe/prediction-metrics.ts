/** How good predictions are: kept in PostgreSQL, so every replica tells the same. How many and how new: the stream's own metrics. */
import type { Facts } from "./facts.ts";
import { gauge, toSeconds, type Metric, type Sample } from "./metric.ts";

type Predictions = NonNullable<Facts["predictions"]>;

const perHorizon =
  (
    read: (facts: Predictions) => readonly { horizon_min: number; value: number | null }[],
  ): Metric["samples"] =>
  ({ predictions }) =>
    predictions === null
      ? []
      : read(predictions).flatMap(({ horizon_min, value }): Sample[] =>
          value === null ? [] : [[[String(horizon_min)], value]],
        );

const HORIZON = ["horizon_min"] as const;

export const predictionMetrics: readonly Metric[] = [
  gauge(
    "arterial_prediction_mae_kmh",
    HORIZON,
    "Mean absolute error of what was served, of the last hour of targets that is whole and what is scored since.",
    perHorizon(({ last_hour }) => last_hour.map(({ horizon_min, mae }) => ({ horizon_min, value: mae }))),
  ),
  gauge(
    "arterial_prediction_skill",
    HORIZON,
    "1 - mean absolute error / that of persistence, over the last 24 hours: above 0 is better than no model.",
    perHorizon(({ drift }) => drift.map(({ horizon_min, skill }) => ({ horizon_min, value: skill }))),
  ),
  gauge(
    "arterial_prediction_drifting",
    HORIZON,
    "1 while predictions are worse than in the 7 days before by more than the traffic is harder to guess.",
    perHorizon(({ drift }) =>
      drift.map(({ horizon_min, drifting }) => ({ horizon_min, value: Number(drifting) })),
    ),
  ),
  gauge(
    "arterial_prediction_scored_timestamp_seconds",
    [],
    "Up to which minute predictions are compared with what came, Unix seconds.",
    ({ predictions }) => (predictions === null ? [] : [[[], toSeconds(predictions.scored_to_ms)]]),
  ),
];
