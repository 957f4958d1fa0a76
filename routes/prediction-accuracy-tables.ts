/** How good predictions were, as tables for CSV and NDJSON. */
import type { AccuracyFigures, PredictionAccuracy } from "../src/serving/predictions/answer.ts";
import type { Tables } from "./analytics-tables.ts";

const FIGURES = [
  "n",
  "unscored_n",
  "mae",
  "rmse",
  "bias",
  "r2",
  "mape_percent",
  "within_15",
  "persistence_mae",
  "skill",
  "covered_50",
  "covered_90",
  "width_50",
  "width_90",
  "brier",
  "slow_share",
  "either_n",
  "either_mae",
  "either_bias",
  "either_mape_percent",
  "either_persistence_mae",
  "either_persistence_mape_percent",
  "either_skill",
  "onsets_n",
  "onsets_called_n",
  "onsets_right_n",
] as const;

const prefixed = (prefix: string, of: object): object =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [`${prefix}_${name}`, value as unknown]));
const flat = ({ either, onsets, ...row }: AccuracyFigures): object => ({
  ...row,
  ...prefixed("either", either),
  ...prefixed("onsets", onsets),
});
const table = (
  head: readonly string[],
  rows: (data: PredictionAccuracy) => readonly (AccuracyFigures & object)[],
) => ({
  columns: [...head, "horizon_min", ...FIGURES],
  rows: (data: PredictionAccuracy) => rows(data).map((row) => flat(row)),
});
const BIN = ["from", "to", "n", "said", "came_true"] as const;

export const accuracyTables: Tables<PredictionAccuracy> = {
  horizons: table([], ({ overall }) => overall),
  models: table(["model_version", "trial"], ({ by_model }) => by_model),
  regimes: table(["regime"], ({ by_regime }) => by_regime),
  hours: table(["hour"], ({ by_hour }) => by_hour),
  series: table(["start", "end"], ({ series }) => series),
  confidence: { columns: BIN, rows: ({ calibration }) => calibration.confidence },
  congestion: {
    columns: ["horizon_min", ...BIN],
    rows: ({ calibration }) =>
      calibration.congestion.flatMap(({ horizon_min, bins }) => bins.map((bin) => ({ horizon_min, ...bin }))),
  },
  roads: {
    columns: ["rank", "road_id", "road_name", "horizon_min", "n", "mae", "bias", "mape_percent"],
    rows: ({ worst_roads }) => worst_roads,
  },
};
