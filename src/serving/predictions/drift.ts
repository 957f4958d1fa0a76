/** Does what is served grow worse, by more than the traffic grows harder to guess? */
import { slotStart } from "../../core/rollup.ts";
import { days, formatInstant, hours } from "../../core/time.ts";
import { round } from "../../core/field.ts";
import { horizons, type GroupScores, type ScoreStore } from "../../history/scores/score-store.ts";
import type { Drift, DriftOfHorizon } from "./answer.ts";
import { figuresOf, sumOf } from "./figures.ts";

/** So much more error than in the 7 days before, while skill over persistence fell by so much. */
const RATIO = 1.2;
const SKILL_LOST = 0.05;
const PAIRS_MIN = 1_000;

export const DRIFT_RULE = `A horizon drifts when the mean absolute error of the last 24 hours is more than ${Math.round(
  (RATIO - 1) * 100,
)} % above that of the 7 days before, and its skill over persistence has fallen by more than ${SKILL_LOST}, with at least ${PAIRS_MIN} predictions in each and no fewer before: so neither a day that is hard for everybody nor the morning after a first night is drift.`;

/** @throws {HistoryUnavailableError} */
export async function driftOf(scores: Pick<ScoreStore, "scoredTo" | "groups">, zone: string): Promise<Drift> {
  const until_ms = await scores.scoredTo();
  const nothing = { drifting: false, rule: DRIFT_RULE };
  if (until_ms === null) return { ...nothing, until: null, horizons: [] };
  // Whole hours: the one that goes on is the last of them.
  const from_ms = slotStart(until_ms - 1, "1h", zone) - hours(23);
  const [now, before] = await Promise.all([
    scores.groups(from_ms, until_ms),
    scores.groups(from_ms - days(7), from_ms),
  ]);
  const list = horizons.map((horizon_min) => ofHorizon(horizon_min, now, before));
  return {
    ...nothing,
    drifting: list.some(({ drifting }) => drifting),
    until: formatInstant(until_ms),
    horizons: list,
  };
}

function ofHorizon(
  horizon_min: DriftOfHorizon["horizon_min"],
  now: readonly GroupScores[],
  before: readonly GroupScores[],
): DriftOfHorizon {
  const of = (groups: readonly GroupScores[]) =>
    figuresOf(sumOf(groups.filter((group) => !group.trial && group.horizon_min === horizon_min)));
  const [late, then] = [of(now), of(before)];
  const ratio =
    late.mae === null || then.mae === null || then.mae === 0 ? null : round(late.mae / then.mae, 3);
  const lost = late.skill === null || then.skill === null ? null : then.skill - late.skill;
  return {
    horizon_min,
    mae: late.mae,
    skill: late.skill,
    n: late.n,
    before_mae: then.mae,
    before_skill: then.skill,
    before_n: then.n,
    ratio,
    drifting:
      late.n >= PAIRS_MIN &&
      then.n >= PAIRS_MIN &&
      // Hours of the day are not equally hard: what is held against a day is a day at least.
      then.n >= late.n &&
      ratio !== null &&
      ratio > RATIO &&
      lost !== null &&
      lost > SKILL_LOST,
  };
}
