/** How good predictions were, from their kept scores: made once for all who ask the same within some seconds. */
import { LRUCache } from "lru-cache";
import { shown } from "../../core/errors.ts";
import { round } from "../../core/field.ts";
import { limits } from "../../core/limits.ts";
import { localDay } from "../../core/local-day.ts";
import { slotEnd, slotStart } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { days, formatInstant, minutes } from "../../core/time.ts";
import { PROBABILITY_BINS } from "../../history/scores/bins.ts";
import type { ModelRow, ModelStore } from "../../history/models/model-store.ts";
import {
  horizons,
  type BinSum,
  type GroupScores,
  type RoadScores,
  type ScoreStore,
  type StepScores,
} from "../../history/scores/score-store.ts";
import type { Answer } from "../answer.ts";
import type { Context } from "../context.ts";
import { metaOf, share } from "../meta.ts";
import { notFound } from "../problem.ts";
import { positionOf } from "../window-rows.ts";
import type {
  AccuracyQuery,
  AnsweredModel,
  CalibrationBin,
  Horizon,
  HorizonFigures,
  PredictionAccuracy,
  PredictionScores,
  WorstRoad,
} from "./answer.ts";
import { driftOf } from "./drift.ts";
import { figuresOf, sumOf } from "./figures.ts";

/** Roads with fewer pairs are not ranked: half an hour of predictions. */
const ROAD_PAIRS_MIN = 30;
/** From this length on a range is told by days. */
const LONG_MS = days(15);
const FRESH_MS = 10_000;
/** Scored every few minutes; an answer older than three of these is stale. */
const PERIOD = { expected_period_ms: minutes(5) };

export interface AccuracySources {
  scores: Pick<ScoreStore, "scoredTo" | "groups" | "steps" | "bins" | "worstRoads">;
  models: Pick<ModelStore, "list">;
}

/** @param stream The predictions. */
export function predictionScores(
  context: Context,
  stream: Stream,
  sources: AccuracySources,
): PredictionScores {
  const answers = new LRUCache<string, Promise<Answer<PredictionAccuracy>>>({
    max: limits.analytics_answers_max,
    ttl: FRESH_MS,
    ttlResolution: 0,
    perf: { now: () => context.clock.monotonic() + 1 },
  });
  return {
    accuracy(query) {
      const question = JSON.stringify(query);
      const kept = answers.get(question);
      if (kept !== undefined) return kept;
      const answer = accuracyOf(context, stream, sources, query);
      answers.set(question, answer);
      answer.catch(() => answers.delete(question));
      return answer;
    },
  };
}

async function accuracyOf(
  { history, cursors, city, network, clock }: Context,
  stream: Stream,
  { scores, models }: AccuracySources,
  query: AccuracyQuery,
): Promise<Answer<PredictionAccuracy>> {
  const { from_ms, to_ms, model_version, horizon_min } = query;
  const { zone } = city;
  const [from_day, to_day] = [localDay(from_ms, zone), localDay(to_ms - 1, zone)];
  const by = to_ms - from_ms > LONG_MS ? "day" : "hour";
  const ledger = await history.ledger(stream);
  const [scored_to_ms, kept, groups, series, ofDay, bins, roads, drift] = await Promise.all([
    scores.scoredTo(),
    models.list(limits.models_told_max),
    scores.groups(from_ms, to_ms),
    scores.steps(from_ms, to_ms, by, query),
    scores.steps(from_ms, to_ms, "hour_of_day", query),
    scores.bins(from_day, to_day, ["confidence", "congestion"], query),
    scores.worstRoads(from_day, to_day, { ...query, n_min: ROAD_PAIRS_MIN }),
    driftOf(scores, zone),
  ]);
  const told = modelsOf(kept, groups);
  if (model_version !== null && !told.some((model) => model.model_version === model_version))
    throw notFound(
      `There is no model ${shown(model_version)}: none of this version is kept, or predicted then`,
    );
  const asked = horizons.filter((h) => horizon_min === null || h === horizon_min);
  const isAsked = (one: { horizon_min: Horizon }): boolean => asked.includes(one.horizon_min);
  const mine = groups.filter((one) =>
    model_version === null ? !one.trial : one.model_version === model_version,
  );
  const overall = asked.map((h) =>
    figures(
      h,
      mine.filter((one) => one.horizon_min === h),
    ),
  );
  const data: PredictionAccuracy = {
    from: formatInstant(from_ms),
    to: formatInstant(to_ms),
    scored_to: scored_to_ms === null ? null : formatInstant(scored_to_ms),
    model_version,
    models: told,
    overall,
    by_model: split(groups.filter(isAsked), ({ trial, model_version: version }) => ({
      model_version: version,
      trial,
    })).sort((a, b) => Number(a.trial) - Number(b.trial)),
    by_regime: split(mine.filter(isAsked), ({ regime }) => ({ regime })),
    by_hour: ofDay.filter(isAsked).map((one) => ({ hour: one.at, ...figures(one.horizon_min, [one]) })),
    series: series
      .filter(isAsked)
      .map((one) => ({ ...spanOf(one, by, zone), ...figures(one.horizon_min, [one]) })),
    calibration: {
      confidence: calibrationOf(bins.filter(({ kind }) => kind === "confidence")),
      congestion: asked.map((h) => ({
        horizon_min: h,
        bins: calibrationOf(bins.filter((bin) => bin.kind === "congestion" && bin.horizon_min === h)),
      })),
    },
    drift,
    worst_roads: roads.map((road, i) =>
      worstOf(road, i + 1, network.roads.get(road.road_id)?.road_name ?? null),
    ),
    worst_roads_n_min: ROAD_PAIRS_MIN,
  };
  const total = sumOf(mine.filter(isAsked));
  const meta = metaOf({
    stream: PERIOD,
    cursor: await cursors.format({ [stream.name]: positionOf(stream, ledger) }),
    layer: "batch",
    now_ms: clock.now(),
    as_of_ms: total.n === 0 || scored_to_ms === null ? null : Math.min(scored_to_ms, to_ms),
    coverage: total.n + total.unscored_n === 0 ? 0 : share(total.n, total.n + total.unscored_n),
  });
  return { data, meta };
}

const figures = (horizon_min: Horizon, rows: readonly Pick<GroupScores, "sums">[]): HorizonFigures => ({
  horizon_min,
  ...figuresOf(sumOf(rows)),
});

/** One set of figures for each that `of` tells apart, and horizon; in the order in which they come. */
function split<K extends object>(
  groups: readonly GroupScores[],
  of: (group: GroupScores) => K,
): (K & HorizonFigures)[] {
  const parts = Map.groupBy(groups, (group) => JSON.stringify([of(group), group.horizon_min]));
  return [...parts.values()].map((part) => ({ ...of(part[0]!), ...figures(part[0]!.horizon_min, part) }));
}

function spanOf({ first_ms }: StepScores, by: "hour" | "day", zone: string): { start: string; end: string } {
  const step = by === "hour" ? "1h" : "1d";
  const start_ms = slotStart(first_ms, step, zone);
  return { start: formatInstant(start_ms), end: formatInstant(slotEnd(start_ms, step, zone)) };
}

function calibrationOf(counts: readonly BinSum[]): CalibrationBin[] {
  return Array.from({ length: PROBABILITY_BINS }, (_, bin) => {
    const mine = counts.filter((one) => one.bin === bin);
    const [n, hits, said] = (["n", "hits", "said"] as const).map((name) =>
      mine.reduce((sum, one) => sum + one[name], 0),
    ) as [number, number, number];
    return {
      from: bin / PROBABILITY_BINS,
      to: (bin + 1) / PROBABILITY_BINS,
      n,
      said: n === 0 ? null : round(said / n / 10_000, 4),
      came_true: n === 0 ? null : round(hits / n, 4),
    };
  });
}

const worstOf = (
  { road_id, horizon_min, n, abs_e, e, ape, ape_n }: RoadScores,
  rank: number,
  road_name: string | null,
): WorstRoad => ({
  rank,
  road_id,
  road_name,
  horizon_min,
  n,
  mae: round(abs_e / n / 100, 3),
  bias: round(e / n / 100, 3),
  mape_percent: ape_n === 0 ? null : round(ape / ape_n / 100, 2),
});

/** Those that are kept, newest first, then those that made predictions but are kept nowhere. */
function modelsOf(kept: readonly ModelRow[], groups: readonly GroupScores[]): AnsweredModel[] {
  const pairs = (version: string, trial: boolean): number =>
    sumOf(groups.filter((one) => one.model_version === version && one.trial === trial)).n;
  const counts = (version: string) => ({ served_n: pairs(version, false), trial_n: pairs(version, true) });
  const at = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));
  const known = new Set(kept.map(({ model_version }) => model_version));
  const others = [...new Set(groups.map(({ model_version }) => model_version))].filter(
    (one) => !known.has(one),
  );
  return [
    ...kept.map((model) => ({
      model_version: model.model_version,
      kind: model.kind,
      state: model.state,
      reason: model.reason,
      created_at: at(model.created_ms),
      promoted_at: at(model.promoted_ms),
      ended_at: at(model.ended_ms),
      trained_from: at(model.trained_from_ms),
      trained_to: at(model.trained_to_ms),
      seed: model.seed,
      code_version: model.code_version,
      roads_n: model.roads_n,
      verdict: model.verdict,
      ...counts(model.model_version),
    })),
    ...others.map((model_version) => ({
      model_version,
      kind: null,
      state: null,
      reason: null,
      created_at: null,
      promoted_at: null,
      ended_at: null,
      trained_from: null,
      trained_to: null,
      seed: null,
      code_version: null,
      roads_n: null,
      verdict: null,
      ...counts(model_version),
    })),
  ];
}
