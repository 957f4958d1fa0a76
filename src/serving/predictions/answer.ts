/**
 * How good predictions were: each compared with what came. Speeds are km/h, shares and probabilities 0 to 1, instants UTC with `Z`, hours
 * of the day of the city's zone. An error is prediction minus what came. Null says that there was nothing to judge, never zero.
 *
 * *What came* at a minute M is the mean of the speeds measured in `[M − 4 min, M + 1 min)`, to 0.01 km/h. *Slow* is below half of the free
 * flow of those minutes. *Either*: slow when it was predicted, or slow when it came: it favours no forecast by its choice.
 */
import { modelStates, type ModelState } from "../../history/models/model-store.ts";
import type { Answer } from "../answer.ts";

export { modelStates };

export interface AccuracyQuery {
  /** Targets in `[from_ms, to_ms)`: whole hours of the city's zone. */
  from_ms: number;
  to_ms: number;
  /** Of one version, on trial or not; what was served, by whatever version, where it is null. */
  model_version: string | null;
  /** All three where it is null. */
  horizon_min: 10 | 20 | 30 | null;
  /** How many of the worst roads. */
  limit: number;
}

/** What pairs of a prediction and what came add up to. */
export interface AccuracyFigures {
  /** Pairs. */
  n: number;
  /** Predictions of whose minute nothing was measured: no judgement, either way. */
  unscored_n: number;
  mae: number | null;
  rmse: number | null;
  /** Mean error: above 0 where it says too fast. */
  bias: number | null;
  /** Share of the spread of what came that is explained: 1 − Σe² / Σ(y − mean y)²; may be below 0. */
  r2: number | null;
  /** Mean of |error| / what came, percent, where that is above 0. */
  mape_percent: number | null;
  /** Share with what came within ±15 % of the prediction: the paper's promise, and what `prediction_confidence` says. */
  within_15: number | null;
  /** Of "it stays as it is", on the pairs that have a speed of when it was predicted. */
  persistence_mae: number | null;
  /** 1 − own MAE / persistence's, on the same pairs: above 0 is better than no model. */
  skill: number | null;
  /** Share of what came inside the interval that promises half, or 90 %; and its mean width. */
  covered_50: number | null;
  covered_90: number | null;
  width_50: number | null;
  width_90: number | null;
  /** Mean squared error of the probability of congestion, and how often it was slow. */
  brier: number | null;
  slow_share: number | null;
  /** Pairs with a slow road at either end. */
  either: EitherFigures;
  /** Jams that began: not slow when predicted, slow when it came. Called: probability at least 0.35 while not slow. */
  onsets: { n: number; called_n: number; right_n: number };
}

export interface EitherFigures {
  n: number;
  mae: number | null;
  bias: number | null;
  mape_percent: number | null;
  persistence_mae: number | null;
  persistence_mape_percent: number | null;
  skill: number | null;
}

export type Horizon = 10 | 20 | 30;

export interface HorizonFigures extends AccuracyFigures {
  horizon_min: Horizon;
}

/** `unknown`: of predictions that do not say it. */
export type AnsweredRegime = "calm" | "uncertain" | "slow" | "unknown";

/** One bin of what was said, and what was true: 10 bins of a tenth each. Null without a case. */
export interface CalibrationBin {
  from: number;
  to: number;
  n: number;
  /** Mean of what was said. */
  said: number | null;
  /** Share of cases in which it was so. */
  came_true: number | null;
}

/** A model in the order of `models`: newest first. A version that made predictions but is kept nowhere has nulls. */
export interface AnsweredModel {
  model_version: string;
  kind: string | null;
  state: ModelState | null;
  /** Why it is in this state. */
  reason: string | null;
  created_at: string | null;
  promoted_at: string | null;
  ended_at: string | null;
  trained_from: string | null;
  trained_to: string | null;
  seed: number | null;
  code_version: string | null;
  roads_n: number | null;
  /** As the training wrote it, before it was asked anything; its shape is the models' own (`src/prediction`). */
  verdict: Readonly<Record<string, unknown>> | null;
  /** Pairs in the range. */
  served_n: number;
  trial_n: number;
}

export interface DriftOfHorizon {
  horizon_min: Horizon;
  /** Of what was served in the last 24 hours that are scored. */
  mae: number | null;
  skill: number | null;
  n: number;
  /** The 7 days before those, also what was served. */
  before_mae: number | null;
  before_skill: number | null;
  before_n: number;
  /** `mae / before_mae`. */
  ratio: number | null;
  drifting: boolean;
}

export interface Drift {
  /** Any horizon drifts. */
  drifting: boolean;
  /** When it is said to drift, in a sentence. */
  rule: string;
  /** The last 24 hours end here: what is scored; null where nothing is. */
  until: string | null;
  horizons: readonly DriftOfHorizon[];
}

export interface WorstRoad {
  rank: number;
  road_id: string;
  /** Null for a road that is not of the network. */
  road_name: string | null;
  horizon_min: Horizon;
  n: number;
  mae: number;
  bias: number;
  mape_percent: number | null;
}

export interface PredictionAccuracy {
  from: string;
  to: string;
  /** Targets before it are scored; null where none ever was. */
  scored_to: string | null;
  /** Version asked for; null is what was served. All below but `models` and `by_model` is of it. */
  model_version: string | null;
  models: readonly AnsweredModel[];
  /** Horizons asked for, in order; with n 0 where nothing is scored. */
  overall: readonly HorizonFigures[];
  /** Champions and trials side by side, served ones first. */
  by_model: readonly (HorizonFigures & { model_version: string; trial: boolean })[];
  by_regime: readonly (HorizonFigures & { regime: AnsweredRegime })[];
  /** Hours that have pairs. */
  by_hour: readonly (HorizonFigures & { hour: number })[];
  /** Over time, oldest first: hours of up to 15 days, else days. Steps that have pairs or unscored predictions. */
  series: readonly (HorizonFigures & { start: string; end: string })[];
  calibration: {
    /** What `prediction_confidence` said: of 10 minutes. */
    confidence: readonly CalibrationBin[];
    congestion: readonly { horizon_min: Horizon; bins: readonly CalibrationBin[] }[];
  };
  /** Of what is served, whatever range is asked. */
  drift: Drift;
  /** By MAE, among roads with at least `worst_roads_n_min` pairs; days of the city's zone that the range touches. */
  worst_roads: readonly WorstRoad[];
  worst_roads_n_min: number;
}

export interface PredictionScores {
  /**
   * Shared by all who ask the same within some seconds.
   *
   * @throws {ProblemError} not-found for a version that is not kept and predicted nothing then.
   */
  accuracy(query: AccuracyQuery): Promise<Answer<PredictionAccuracy>>;
}
