/** How good predictions were, in words. */
import { shown } from "../../src/core/errors.ts";
import { days, hours } from "../../src/core/time.ts";
import type { Drift, HorizonFigures, PredictionAccuracy } from "../../src/serving/predictions/answer.ts";
import { count, dateTime, fixed, instant } from "../format.ts";
import { spanWords, type PredictionsQuery } from "./query.ts";

export const FIRST_SCORES =
  "Nothing has been compared with what came yet: the first scores come about 15 minutes after the first prediction.";

/** `24 % better`, `3 % worse`, `as good`. */
export function skillText(skill: number | null): string {
  if (skill === null) return "–";
  const percent = Math.round(100 * Math.abs(skill));
  if (percent === 0) return "as good";
  return `${percent} % ${skill > 0 ? "better" : "worse"}`;
}

const offText = ({ horizon_min, mae, persistence_mae, skill }: HorizonFigures): string => {
  const beside =
    persistence_mae === null
      ? ""
      : skill === null
        ? `; "it stays as it is" was ${fixed(persistence_mae, 1)} off`
        : `, ${skillText(skill)}${Math.round(100 * skill) === 0 ? " as" : " than"} "it stays as it is" (${fixed(persistence_mae, 1)})`;
  return `${horizon_min} minutes ahead our forecasts were ${fixed(mae, 1)} km/h off on average${beside}`;
};

/** A smaller part of a range is not called the whole of it. */
const WHOLE = 0.8;

/** Of how much of the range there are scores: ` (scored so far: 2 of 24 h)`; nothing where it is nearly all. */
function soFar({ series, from, to }: PredictionAccuracy): string {
  const [from_ms, to_ms] = [instant(from), instant(to)];
  const [first] = series;
  if (first === undefined || from_ms === null || to_ms === null) return "";
  const there = new Set(series.filter(({ mae }) => mae !== null).map(({ start }) => start)).size;
  const by_day = (instant(first.end) ?? 0) - (instant(first.start) ?? 0) > hours(2);
  const all = Math.round((to_ms - from_ms) / (by_day ? days(1) : hours(1)));
  return there >= WHOLE * all ? "" : ` (scored so far: ${there} of ${all} ${by_day ? "days" : "h"})`;
}

/** Of a version that an old address names. */
export const unknownText = (model: string, query: PredictionsQuery): string =>
  `There is no model ${shown(model)}: none of this version is kept, and none was heard of in the last ${spanWords[query.span]}. This is what was shown, by whatever model:`;

/** The page in a sentence or three. */
export function headline(accuracy: PredictionAccuracy | null, query: PredictionsQuery): string {
  if (accuracy === null) return "How good predictions were cannot be read now: history is away.";
  const scored = accuracy.overall.filter(({ mae }) => mae !== null);
  const [first] = scored;
  const last = scored.at(-1);
  if (first === undefined || last === undefined)
    return accuracy.scored_to === null
      ? FIRST_SCORES
      : `Nothing of the last ${spanWords[query.span]} has been compared with what came: the first scores come about 15 minutes after the first prediction.`;
  const further =
    last === first
      ? ""
      : `; ${last.horizon_min} minutes ahead ${fixed(last.mae, 1)}${last.persistence_mae === null ? "" : ` against ${fixed(last.persistence_mae, 1)}`}`;
  const slow = last.either;
  const congested =
    slow.mae === null
      ? ""
      : ` On roads that are slow now or then, ${last.horizon_min} minutes ahead: ${fixed(slow.mae, 1)} km/h${slow.persistence_mae === null ? "" : ` against ${fixed(slow.persistence_mae, 1)}`}.`;
  return `Over the last ${spanWords[query.span]}${soFar(accuracy)}, ${offText(first)}${further}.${congested}`;
}

/** From how many comparisons, up to when. */
export function scoredText(accuracy: PredictionAccuracy, zone: string): string {
  const n = accuracy.overall.reduce((sum, one) => sum + one.n, 0);
  const unscored = accuracy.overall.reduce((sum, one) => sum + one.unscored_n, 0);
  const until = instant(accuracy.scored_to);
  return [
    `${count(n)} predictions compared with what came`,
    ...(unscored === 0 ? [] : [`${count(unscored)} more could not be: nothing was measured then`]),
    ...(until === null ? [] : [`scored up to ${dateTime(until, zone)}`]),
    accuracy.model_version === null
      ? "of what was shown, by whatever model"
      : `of ${accuracy.model_version}, shown or on trial`,
  ].join("; ");
}

/** Null where nothing drifts. */
export function driftText(drift: Drift): string | null {
  const drifting = drift.horizons.filter((one) => one.drifting);
  if (drifting.length === 0) return null;
  const each = drifting.map(
    ({ horizon_min, mae, before_mae }) =>
      `${horizon_min} min ahead ${fixed(mae, 1)} km/h off in the last 24 h, ${fixed(before_mae, 1)} in the 7 days before`,
  );
  return `Predictions got worse: ${each.join("; ")}. ${drift.rule}`;
}
