/** Made-up accuracy of predictions, as the scores would answer it. */
import type {
  AccuracyFigures,
  AnsweredModel,
  CalibrationBin,
  Horizon,
  HorizonFigures,
  PredictionAccuracy,
  PredictionScores,
} from "../src/serving/predictions/answer.ts";
import { aqiCategory } from "../src/core/aqi.ts";
import type { AirForecastRow, AskAirForecast } from "../src/serving/air-forecast.ts";
import { formatInstant, hours } from "../src/core/time.ts";

const HORIZONS = [10, 20, 30] as const;

const figures = (n: number, mae: number, stays: number): AccuracyFigures => ({
  n,
  unscored_n: Math.round(n / 90),
  mae,
  rmse: mae * 1.6,
  bias: -0.12,
  r2: 0.91,
  mape_percent: mae * 3.1,
  within_15: 0.93 - mae / 20,
  persistence_mae: stays,
  skill: 1 - mae / stays,
  covered_50: 0.51,
  covered_90: 0.89,
  width_50: mae * 1.7,
  width_90: mae * 5,
  brier: 0.03,
  slow_share: 0.07,
  either: {
    n: Math.round(n / 12),
    mae: mae * 2.6,
    bias: 0.8,
    mape_percent: 24.1,
    persistence_mae: stays * 2.7,
    persistence_mape_percent: 27.3,
    skill: 1 - (mae * 2.6) / (stays * 2.7),
  },
  onsets: { n: 210, called_n: 120, right_n: 81 },
});
const of = (horizon: Horizon, n: number, factor = 1): HorizonFigures => ({
  horizon_min: horizon,
  ...figures(n, (1.4 + horizon * 0.045) * factor, (1.5 + horizon * 0.075) * factor),
});
const bins = (bend: number): CalibrationBin[] =>
  Array.from({ length: 10 }, (_, i) => {
    const said = (i + 0.5) / 10;
    const n = Math.round(40_000 * Math.exp(-i / 2)) + 30;
    return { from: i / 10, to: (i + 1) / 10, n, said, came_true: Math.min(1, said ** bend) };
  });

const model = (model_version: string, more: Partial<AnsweredModel>): AnsweredModel => ({
  model_version,
  kind: "quantile-net",
  state: "retired",
  reason: null,
  created_at: "2026-11-15T02:11:00Z",
  promoted_at: null,
  ended_at: null,
  trained_from: "2026-10-18T00:00:00Z",
  trained_to: "2026-11-15T00:00:00Z",
  seed: 1,
  code_version: "0.1.0",
  roads_n: 1_247,
  verdict: null,
  served_n: 0,
  trial_n: 0,
  ...more,
});

const heldOut = (mae: number) => ({
  n: 90_000,
  mae,
  rmse: mae * 1.6,
  bias: 0.1,
  r2: 0.9,
  mape_percent: 8,
  within_15: 0.9,
  covered_50: 0.5,
  covered_90: 0.9,
  either: { n: 9_000, mae: mae * 2, bias: 0, mape_percent: 20 },
  congested: { n: 4_000, mae: mae * 2.2, bias: 1, mape_percent: 25 },
  mae_by_hour: Array.from({ length: 24 }, () => mae),
});
const three = (factor: number) => HORIZONS.map((h) => heldOut((1.4 + h * 0.045) * factor));

export const madeUpAccuracy = (
  { from_ms, to_ms, horizon_min, model_version }: Parameters<PredictionScores["accuracy"]>[0],
  more: Partial<PredictionAccuracy> = {},
): PredictionAccuracy => {
  const asked = HORIZONS.filter((h) => horizon_min === null || h === horizon_min);
  const steps = Array.from(
    { length: Math.floor((to_ms - from_ms) / hours(1)) },
    (_, i) => from_ms + i * hours(1),
  );
  return {
    from: formatInstant(from_ms),
    to: formatInstant(to_ms),
    scored_to: formatInstant(to_ms - hours(1)),
    model_version,
    models: [
      model("net-20261122", {
        state: "challenger",
        trial_n: 812_000,
        reason: "better than net-20261115: 2.21 against 2.30 km/h over all",
      }),
      model("net-20261115", {
        state: "champion",
        served_n: 1_602_000,
        reason: "no worse than the champion: 2.30 against 2.34 km/h over all, in 26 hours as they came",
        verdict: {
          judged_from_ms: 1,
          judged_to_ms: 2,
          origins_n: 1_600,
          learnt_to_ms: 1,
          own: three(1),
          persistence: three(1.22),
          profile: three(1.6),
          champion: null,
        },
      }),
      model("net-<b>0", { state: "rejected", kind: "lstm", reason: 'no better than "it stays as it is"' }),
    ],
    overall: asked.map((h) => of(h, 534_000)),
    by_model: HORIZONS.flatMap((h) => [
      { ...of(h, 534_000), model_version: "net-20261115", trial: false },
      { ...of(h, 270_000, 0.96), model_version: "net-20261122", trial: true },
    ]),
    by_regime: (["slow", "uncertain", "calm"] as const).flatMap((regime, i) =>
      asked.map((h) => ({
        ...of(h, [20_000, 60_000, 454_000][i]!, [2.4, 1.5, 0.8][i]),
        regime,
        ...(regime === "slow" && h === 30 ? { covered_50: 0.38, covered_90: 0.78 } : {}),
      })),
    ),
    by_hour: Array.from({ length: 24 }, (_, hour) => hour)
      .filter((hour) => hour !== 3)
      .flatMap((hour) =>
        asked.map((h) => ({ ...of(h, 22_000, 1 + 0.5 * Math.exp(-((hour - 17) ** 2) / 6)), hour })),
      ),
    series: steps
      .filter((_, i) => i % 24 !== 5)
      .flatMap((start, i) =>
        asked.map((h) => ({
          ...of(h, 22_000, 1 + 0.3 * Math.sin(i / 4)),
          start: formatInstant(start),
          end: formatInstant(start + hours(1)),
        })),
      ),
    calibration: {
      confidence: bins(1.1),
      congestion: asked.map((horizon, i) => ({ horizon_min: horizon, bins: bins(1 + i * 0.15) })),
    },
    drift: {
      drifting: false,
      rule: "Drifting: 1.25 times the error of the 7 days before, and less skill.",
      until: formatInstant(to_ms - hours(1)),
      horizons: [],
    },
    worst_roads: Array.from({ length: 8 }, (_, i) => ({
      rank: i + 1,
      road_id: `demo_${String(40 + i).padStart(4, "0")}`,
      road_name: i === 3 ? null : `Road ${i + 1}`,
      horizon_min: 30 as const,
      n: 1_300 - i,
      mae: 9.4 - i / 2,
      bias: 1.2,
      mape_percent: 31,
    })),
    worst_roads_n_min: 100,
    ...more,
  };
};

/** @param accuracy Made for each question. */
export const fakeScores = (
  accuracy: (query: Parameters<PredictionScores["accuracy"]>[0]) => PredictionAccuracy = madeUpAccuracy,
): PredictionScores => ({
  accuracy: async (query) => ({
    data: accuracy(query),
    meta: { cursor: "", layer: "batch", as_of: null, age_ms: null, stale: false, coverage: 1 },
  }),
});

/** A day of air that gets worse, made at the last whole hour. */
export const fakeAirForecast =
  (now_ms: number): AskAirForecast =>
  async ({ location = "somewhere" }) => {
    const made_ms = Math.floor(now_ms / hours(1)) * hours(1);
    const made_at = formatInstant(made_ms);
    const data = Array.from({ length: 24 }, (_, i): AirForecastRow => {
      const aqi = 60 + i * 2;
      return {
        location,
        timestamp: formatInstant(made_ms + i * hours(1)),
        hours_ahead: i + 1,
        aqi,
        aqi_category: aqiCategory(aqi),
        low_50: aqi - 4 - i,
        high_50: aqi + 4 + i,
        low_90: Math.max(0, aqi - 10 - 2 * i),
        high_90: aqi + 10 + 3 * i,
        method: "model",
        made_at,
        as_of: made_at,
        stale: false,
        accuracy_mae: 4 + i / 3,
        accuracy_persistence_mae: 4.2 + i / 2,
        accuracy_inside_50: 0.5,
        accuracy_inside_90: 0.89,
        accuracy_n: 6_720,
      };
    });
    return {
      data,
      meta: { cursor: "", layer: "batch", as_of: made_at, age_ms: 0, stale: false, coverage: 1 },
    };
  };
