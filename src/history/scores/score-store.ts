/**
 * Scores of predictions: each stored prediction, served or on trial, is compared once with what came, and counted. The law: the scores of
 * a span are what a plain loop over the raw rows of traffic and of predictions gives, as these stood when the span was final.
 */
import type { JsonObject } from "../models/model-store.ts";
import type { BinKind } from "./bins.ts";
import type { Measure } from "./measures.ts";

export const horizons = [10, 20, 30] as const;
export type ScoredHorizon = (typeof horizons)[number];
/** `unknown`: of predictions that do not say it. */
export type ScoredRegime = "calm" | "uncertain" | "slow" | "unknown";

/** Sums over pairs; integers, in the units of migration 0026. */
export type ScoreSums = Readonly<Record<Measure, number>>;

export interface ScoreGroup {
  model_version: string;
  trial: boolean;
  horizon_min: ScoredHorizon;
  regime: ScoredRegime;
}

export interface GroupScores extends ScoreGroup {
  sums: ScoreSums;
}

/** Hours and days of the city's zone, or hours of its day, 0 to 23. */
export type StepBy = "hour" | "day" | "hour_of_day";

export interface StepScores {
  /** Of hours of the day the hour; else a number that grows. */
  at: number;
  /** First instant of the first hour in it. */
  first_ms: number;
  horizon_min: ScoredHorizon;
  sums: ScoreSums;
}

/** Of all versions and regimes that were asked for. */
export interface BinSum {
  kind: BinKind;
  horizon_min: ScoredHorizon;
  bin: number;
  n: number;
  /** How often it was so; of probabilities. */
  hits: number;
  /** Sum of what was said, in 0.0001. */
  said: number;
}

export interface BinCount extends BinSum, ScoreGroup {}

export interface RoadScores {
  road_id: string;
  horizon_min: ScoredHorizon;
  n: number;
  /** In 0.01 km/h. */
  abs_e: number;
  e: number;
  ape_n: number;
  /** In 0.01 %. */
  ape: number;
}

/** Whose scores. */
export interface Whose {
  /** One version, served and on trial; what was served, by whatever version, where it is null. */
  model_version: string | null;
}

export interface ScoreStep {
  /** Targets in `[from_ms, to_ms)` were scored now; equal where nothing is final that was not scored before. */
  from_ms: number;
  to_ms: number;
  /** Pairs; predictions of whose minute nothing was measured. */
  scored: number;
  unscored: number;
  /** More is final. */
  more: boolean;
  /** Another process was at it: nothing was scored here. */
  busy: boolean;
}

export interface ServedMargins {
  /** −Infinity for those that a model came with. */
  since_ms: number;
  margins: JsonObject | null;
}

/** Days are local dates of the city's zone, `YYYY-MM-DD`, the last one included. Each throws {HistoryUnavailableError}. */
export interface ScoreStore {
  /** Scores the next minutes that are final, `limits.score_minutes_max` at most, all or none. */
  score(now_ms: number): Promise<ScoreStep>;
  /** Targets before it are scored; null where none ever was. */
  scoredTo(): Promise<number | null>;

  /** Of all versions, on trial too: hours that start in `[from_ms, to_ms)`. */
  groups(from_ms: number, to_ms: number): Promise<readonly GroupScores[]>;
  /** Over time, oldest first. */
  steps(from_ms: number, to_ms: number, by: StepBy, whose: Whose): Promise<readonly StepScores[]>;
  /** Summed over days, by kind, horizon and bin. */
  bins(from_day: string, to_day: string, kinds: readonly BinKind[], whose: Whose): Promise<readonly BinSum[]>;
  /** By day and group, of one version as it was served: what its margins come from; eight days at most. */
  outside(
    model_version: string,
    from_day: string,
    to_day: string,
  ): Promise<readonly (BinCount & { day: string })[]>;
  /** By mean absolute error, greatest first, of roads with at least `n_min` pairs at a horizon. */
  worstRoads(
    from_day: string,
    to_day: string,
    asked: Whose & { horizon_min: ScoredHorizon | null; n_min: number; limit: number },
  ): Promise<readonly RoadScores[]>;

  /** With what margins a version was served, oldest first. */
  margins(model_version: string): Promise<readonly ServedMargins[]>;
  noteMargins(model_version: string, served: ServedMargins): Promise<void>;

  /** Rows that are too old go: `limits.score_days`, of roads `limits.score_road_days`. @returns how many went. */
  forget(now_ms: number): Promise<number>;
  close(): Promise<void>;
}
