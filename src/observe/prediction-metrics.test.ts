/** Metrics of predictions: told as they are, and nothing before anything is scored. */
import { expect, test } from "bun:test";
import { factsOf } from "./facts.fixture.ts";
import { predictionMetrics } from "./prediction-metrics.ts";

const told = (facts = factsOf()) =>
  Object.fromEntries(predictionMetrics.map(({ name, samples }) => [name, samples(facts)]));

test("nothing is told before anything is scored, and of a horizon without a pair", () => {
  expect(Object.values(told()).flat()).toEqual([]);
  const drift = { n: 0, before_n: 0, before_mae: null, before_skill: null, ratio: null, drifting: false };
  const metrics = told(
    factsOf({
      predictions: {
        scored_to_ms: 90_000,
        last_hour: [
          { horizon_min: 10, mae: 2.5, n: 3 },
          { horizon_min: 20, mae: null, n: 0 },
        ],
        drift: [
          { horizon_min: 10, mae: 2, skill: 0.25, ...drift },
          { horizon_min: 20, mae: null, skill: null, ...drift, drifting: true },
        ],
      },
    }),
  );
  expect(metrics).toEqual({
    arterial_prediction_mae_kmh: [[["10"], 2.5]],
    arterial_prediction_skill: [[["10"], 0.25]],
    arterial_prediction_drifting: [
      [["10"], 0],
      [["20"], 1],
    ],
    arterial_prediction_scored_timestamp_seconds: [[[], 90]],
  });
});
