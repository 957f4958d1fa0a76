/** Intervals of the model that is served cover what they say: their margins are set from the last days served, each night. */
import { localDay, nextDayStart, startOfLocalDay } from "../src/core/local-day.ts";
import { days, hours, minutes } from "../src/core/time.ts";
import type { ModelRow } from "../src/history/models/model-store.ts";
import type { ScoreStore, ServedMargins } from "../src/history/scores/score-store.ts";
import { marginsApart, noMargins, servedMargins, type ServedDay } from "../src/prediction/served-margins.ts";
import type { Margins } from "../src/prediction/prediction.ts";
import { marginsOf } from "../src/prediction/stored-margins.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

const DAYS_BACK = 7;
/** Smaller changes are left alone, km/h. */
const CHANGE_MIN = 0.1;
/** Margins that are set so soon after midnight count for the whole day. */
const EARLY_MS = hours(2);

export const calibrate = ({
  scores,
  models,
  city,
}: Pick<JobDeps, "city"> & {
  scores: Pick<JobDeps["scores"], "margins" | "noteMargins" | "outside" | "forget">;
  models: Pick<JobDeps["models"], "roles" | "setMargins">;
}): Job => ({
  name: "calibrate",
  label: "Calibrate intervals",
  doc: "Sets how much wider or narrower the served model's intervals are, from the last seven days served, so that they cover what they say; lets go of old scores.",
  schedule: "10 0 * * *",
  longest_ms: minutes(30),
  async run({ clock, signal }) {
    const now_ms = clock.now();
    const forgotten = await scores.forget(now_ms);
    const { champion } = await models.roles();
    if (champion === null) return { forgotten, words: "no trained model is served" };
    signal.throwIfAborted();
    const { model_version } = champion;
    const present = marginsOf(champion.margins) ?? noMargins;
    const served = await servedWith(scores, champion, now_ms);
    const [from_day, to_day] = [now_ms - days(DAYS_BACK), now_ms].map((ms) => localDay(ms, city.zone)) as [
      string,
      string,
    ];
    const counts = await scores.outside(model_version, from_day, to_day);
    const judged: ServedDay[] = [];
    for (const [day, of] of Map.groupBy(counts, (one) => one.day)) {
      const margins = marginsOn(day, served, city.zone);
      if (margins !== null) judged.push({ counts: of, margins });
    }
    const { margins, from_n, of_n } = servedMargins(judged, present);
    if (from_n === 0)
      return { model: model_version, forgotten, words: "too few predictions are scored to set margins from" };
    const change = marginsApart(margins, present);
    if (change < CHANGE_MIN)
      return { model: model_version, forgotten, words: "intervals cover what they say: margins stay" };
    signal.throwIfAborted();
    if (!(await models.setMargins(model_version, margins)))
      return { model: model_version, forgotten, words: "the model is gone" };
    await scores.noteMargins(model_version, { since_ms: clock.now(), margins });
    return {
      model: model_version,
      changed: from_n,
      forgotten,
      words: `${model_version}: margins of ${from_n} of ${of_n} horizons and regimes are set from ${judged.length} days, by up to ${change.toFixed(2)} km/h`,
    };
  },
});

/** With what margins it was served, oldest first; what somebody else set is noted as of now. */
async function servedWith(
  scores: Pick<ScoreStore, "margins" | "noteMargins">,
  { model_version, margins }: Pick<ModelRow, "model_version" | "margins">,
  now_ms: number,
): Promise<readonly ServedMargins[]> {
  const noted = await scores.margins(model_version);
  const last = noted.at(-1);
  const known = marginsOf(last?.margins ?? null) ?? noMargins;
  if (last !== undefined && marginsApart(known, marginsOf(margins) ?? noMargins) === 0) return noted;
  const now = { since_ms: last === undefined ? -Infinity : now_ms, margins };
  await scores.noteMargins(model_version, now);
  return [...noted, now];
}

/** Null for a day in which they changed. */
function marginsOn(day: string, served: readonly ServedMargins[], zone: string): Margins | null {
  const start_ms = startOfLocalDay(day, zone);
  if (start_ms === null) return null;
  const early_ms = start_ms + EARLY_MS;
  if (served.some(({ since_ms }) => since_ms > early_ms && since_ms < nextDayStart(start_ms, zone)))
    return null;
  const then = served.findLast(({ since_ms }) => since_ms <= early_ms);
  return marginsOf(then?.margins ?? null) ?? noMargins;
}
