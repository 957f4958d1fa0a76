/**
 * Who becomes champion. A new model must be better than "it stays as it is" and than the champion on time that neither had learnt from,
 * over all and where it matters, on roads that are slow now or then; and then no worse while both predict the same hours as they come.
 */
import { limits } from "../../core/limits.ts";
import type { Figures, Verdict } from "./verdict.ts";

export interface Decision {
  /** `champion`: at once. */
  state: "champion" | "challenger" | "rejected";
  /** For people. */
  reason: string;
}

/** Mean over the horizons of the mean absolute error, km/h; null where a horizon has none. */
export interface Score {
  all: number | null;
  /** Null too where there are fewer than `limits.judge_slow_min` cases: they say nothing. */
  either: number | null;
}

export const scoreOf = (figures: Figures): Score => ({
  all: meanOf(figures.map(({ mae }) => mae)),
  either: meanOf(figures.map(({ either }) => (either.n < limits.judge_slow_min ? null : either.mae))),
});

function meanOf(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return sum / values.length;
}

/** What is not known on either side is not held against anybody, but something must be. */
const isBetter = (own: Score, other: Score): boolean =>
  own.all !== null &&
  other.all !== null &&
  own.all < other.all &&
  (own.either === null || other.either === null || own.either < other.either);

const two = (value: number | null): string => (value === null ? "unknown" : value.toFixed(2));
const against = (own: Score, other: Score): string => {
  const all = `${two(own.all)} against ${two(other.all)} km/h over all`;
  return own.either === null || other.either === null
    ? `${all}, too few slow roads to tell`
    : `${all}, ${two(own.either)} against ${two(other.either)} on slow roads`;
};

/** On held-out time, when it was trained. */
export function decideHeldOut({ own, persistence, champion }: Verdict): Decision {
  const [mine, stays] = [scoreOf(own), scoreOf(persistence)];
  if (!isBetter(mine, stays))
    return { state: "rejected", reason: `no better than "it stays as it is": ${against(mine, stays)}` };
  const than_none = `better than "it stays as it is": ${against(mine, stays)}`;
  if (champion === null) return { state: "champion", reason: `the first; ${than_none}` };
  const { model_version, fault, on_unseen } = champion;
  if (fault !== null)
    return { state: "champion", reason: `${model_version} cannot be used: ${fault}; ${than_none}` };
  if (on_unseen === null)
    return {
      state: "challenger",
      reason: `${model_version} has learnt from all that it was judged on: hours to come decide; ${than_none}`,
    };
  const [now, theirs] = [scoreOf(on_unseen.own), scoreOf(on_unseen.champion)];
  return isBetter(now, theirs)
    ? { state: "challenger", reason: `better than ${model_version}: ${against(now, theirs)}` }
    : { state: "rejected", reason: `no better than ${model_version}: ${against(now, theirs)}` };
}

/** Of its twin's error, and km/h more, on time that it has even learnt: beyond it something went wrong while it learnt again. */
const SOUND = 1.5;
const SOUND_KMH = 1;

/** Why what learnt from all is not what its twin was judged to be, on the newest time; null where it is, or nobody can tell. */
export function unsound(again: Figures, twin: Figures): string | null {
  const [own, was] = [scoreOf(again).all, scoreOf(twin).all];
  if (was === null) return null;
  return own !== null && own <= SOUND * was + SOUND_KMH
    ? null
    : `what learnt from all the time is no model: ${two(own)} against ${two(was)} km/h of what learnt from four fifths`;
}

/** Errors of one horizon in one hour, added up. */
export interface LiveSums {
  hour_ms: number;
  horizon_min: number;
  n: number;
  /** Sums of absolute errors, in any unit that both have. */
  abs_e: number;
  either_n: number;
  either_abs_e: number;
}

export interface LiveDecision {
  state: "promote" | "reject" | "wait";
  reason: string;
}

/**
 * On what came since the trial began. Counted are hours in which both predicted.
 *
 * @param hours_min So many are wanted.
 */
export function decideLive(
  trial: readonly LiveSums[],
  champion: readonly LiveSums[],
  hours_min: number,
): LiveDecision {
  const hoursOf = (sums: readonly LiveSums[]): ReadonlySet<number> =>
    new Set(sums.filter(({ n }) => n > 0).map(({ hour_ms }) => hour_ms));
  const [trial_hours, champion_hours] = [hoursOf(trial), hoursOf(champion)];
  if (champion_hours.size === 0 && trial_hours.size >= hours_min)
    return { state: "promote", reason: `the champion predicted nothing in ${trial_hours.size} hours` };
  const both = new Set([...trial_hours].filter((hour) => champion_hours.has(hour)));
  if (both.size < hours_min)
    return { state: "wait", reason: `${both.size} of ${hours_min} hours in which both were scored` };
  const [mine, theirs] = [liveScore(trial, both), liveScore(champion, both)];
  if (mine.all === null || theirs.all === null)
    return { state: "wait", reason: "not every horizon is scored yet" };
  const said = `${against(mine, theirs)}, in ${both.size} hours as they came`;
  const worse_slow = mine.either !== null && theirs.either !== null && mine.either > theirs.either;
  return mine.all > theirs.all || worse_slow
    ? { state: "reject", reason: `worse than the champion: ${said}` }
    : { state: "promote", reason: `no worse than the champion: ${said}` };
}

function liveScore(sums: readonly LiveSums[], hours: ReadonlySet<number>): Score {
  const of_horizon = new Map<number, { n: number; abs_e: number; either_n: number; either_abs_e: number }>();
  for (const { hour_ms, horizon_min, n, abs_e, either_n, either_abs_e } of sums) {
    if (!hours.has(hour_ms)) continue;
    const sum = of_horizon.get(horizon_min) ?? { n: 0, abs_e: 0, either_n: 0, either_abs_e: 0 };
    of_horizon.set(horizon_min, sum);
    sum.n += n;
    sum.abs_e += abs_e;
    sum.either_n += either_n;
    sum.either_abs_e += either_abs_e;
  }
  const each = [10, 20, 30].map((horizon) => of_horizon.get(horizon));
  return {
    all: meanOf(each.map((sum) => (sum === undefined || sum.n === 0 ? null : sum.abs_e / sum.n))),
    either: meanOf(
      each.map((sum) =>
        sum === undefined || sum.either_n < limits.judge_slow_min ? null : sum.either_abs_e / sum.either_n,
      ),
    ),
  };
}
