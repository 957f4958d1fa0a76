/** Scores that are the same whatever is asked: for what the HTTP side itself decides. */
import { noSums } from "../src/serving/predictions/figures.ts";
import type { AccuracySources } from "../src/serving/predictions/accuracy.ts";
import type { ScoreGroup } from "../src/history/scores/score-store.ts";

const sums = {
  ...noSums,
  n: 100,
  unscored_n: 3,
  abs_e: 20_000,
  e: -5_000,
  e2: 9_000_000,
  y: 450_000,
  y2: 2_100_000_000,
  ape_n: 99,
  ape: 40_000,
  within_n: 90,
  paired_n: 100,
  paired_abs_e: 20_000,
  stay_abs_e: 25_000,
};
const group: ScoreGroup = { model_version: "m1", trial: false, horizon_min: 10, regime: "calm" };
const HOUR_MS = Date.UTC(2026, 10, 21, 9);

export const fixedScores: AccuracySources = {
  scores: {
    scoredTo: async () => HOUR_MS + 3_000_000,
    groups: async () => [{ ...group, sums }],
    steps: async (_, __, by) => [
      { at: by === "hour_of_day" ? 9 : HOUR_MS, first_ms: HOUR_MS, horizon_min: 10, sums },
    ],
    bins: async () => [{ ...group, kind: "confidence", bin: 8, n: 100, hits: 83, said: 850_000 }],
    worstRoads: async () => [
      { road_id: "r1", horizon_min: 10, n: 40, abs_e: 40_000, e: 1_000, ape_n: 0, ape: 0 },
    ],
  },
  models: { list: async () => [] },
};
