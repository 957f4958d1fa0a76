/** What is warned of predictions. */
import type { Rule } from "./rule.ts";

const kmh = (value: number | null): string => (value ?? 0).toFixed(1);
const percent = (share: number | null): string => `${Math.round(100 * (share ?? 0))} %`;

export const predictionRules: readonly Rule[] = [
  {
    rule: "prediction-drift",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ predictions }) =>
      (predictions?.drift ?? []).map(({ horizon_min, mae, before_mae, skill, before_skill, drifting }) => ({
        subject: `${horizon_min} min`,
        value: Number(drifting),
        text: `Predictions of ${horizon_min} min are off by ${kmh(mae)} km/h, by ${kmh(before_mae)} in the 7 days before; their skill over persistence fell from ${percent(before_skill)} to ${percent(skill)}.`,
      })),
  },
];
