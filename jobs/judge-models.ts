/** A model on trial becomes champion, or goes, by what came of its predictions and of the champion's in the same hours. */
import { NOTHING_ASKED } from "../src/core/job.ts";
import { limits } from "../src/core/limits.ts";
import { days, hours, minutes } from "../src/core/time.ts";
import type { ModelRow } from "../src/history/models/model-store.ts";
import { decideLive, type LiveSums } from "../src/prediction/training/champion-rule.ts";
import { traffic } from "../src/streams/traffic.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export type JudgeDeps = Pick<JobDeps, "streams" | "clock" | "duties" | "models" | "speeds" | "scores">;

/** Scores count hundredths of km/h. */
const PER_KMH = 100;
/** A trial looks back no further: the longest that may be asked for, and a day. */
const TRIAL_MS_MAX = days(8);
/** Where nothing is trained yet, it is tried again so long after the last time. */
const AGAIN_MS = hours(limits.train_hours_min);

export const judgeModels = (deps: JudgeDeps): Job => ({
  name: "judge-models",
  label: "Models on trial",
  doc: "Makes the model on trial champion once it was no worse for a day of scored hours, or rejects it; asks for a first training where there is none.",
  schedule: "20 * * * *",
  longest_ms: minutes(10),
  flags: {
    hours: {
      kind: "whole",
      usual: limits.trial_hours_min,
      least: 1,
      most: 24 * 7,
      doc: "how many scored hours a trial has at least",
    },
  },
  async run({ flags }) {
    const { models } = deps;
    const { champion, challenger } = await models.roles();
    if (challenger === null)
      return { words: champion === null ? await firstTraining(deps) : "no model is on trial" };
    const { model_version } = challenger;
    if (champion === null) {
      const done = await models.promote(model_version, "there was no champion");
      return { model: model_version, words: done ? "champion: there was none" : "somebody else was first" };
    }
    const { state, reason } = await decide(deps, challenger, champion, Number(flags["hours"]));
    const done =
      state === "promote"
        ? await models.promote(model_version, reason)
        : state === "reject" && (await models.reject(model_version, reason));
    const now = !done ? "on trial" : state === "promote" ? "champion" : "rejected";
    return { model: model_version, state: now, words: `${model_version} is ${now}: ${reason}` };
  },
});

async function decide(
  { scores, clock }: JudgeDeps,
  challenger: ModelRow,
  champion: ModelRow,
  hours_min: number,
): Promise<ReturnType<typeof decideLive>> {
  const to_ms = clock.now();
  // Only while both had these parts: an older champion's hours may lie before the trial. What a recording's time is replayed in
  // is younger than its models: then what they had not learnt from counts.
  const since = (at_ms: number | null): number => (at_ms === null || at_ms > to_ms ? -Infinity : at_ms);
  const from_ms = Math.max(
    challenger.trained_to_ms,
    since(challenger.created_ms),
    since(champion.promoted_ms),
    to_ms - TRIAL_MS_MAX,
  );
  const rows = await byHour(scores, from_ms, to_ms);
  const sumsOf = (model_version: string, trial: boolean): readonly LiveSums[] =>
    rows.filter((row) => row.model_version === model_version && row.trial === trial);
  const theirs = sumsOf(champion.model_version, false);
  const onTrial = sumsOf(challenger.model_version, true);
  // Of a share of the roads it may be shown: those the champion does not predict, and so they are not compared.
  const mine = theirs.length > 0 ? onTrial : [...onTrial, ...sumsOf(challenger.model_version, false)];
  return decideLive(mine, theirs, hours_min);
}

type HourOf = LiveSums & { model_version: string; trial: boolean };

async function byHour(
  scores: Pick<JudgeDeps["scores"], "groups">,
  from_ms: number,
  to_ms: number,
): Promise<readonly HourOf[]> {
  const rows: HourOf[] = [];
  for (let hour_ms = Math.ceil(from_ms / hours(1)) * hours(1); hour_ms < to_ms; hour_ms += hours(1))
    for (const { model_version, trial, horizon_min, sums } of await scores.groups(
      hour_ms,
      hour_ms + hours(1),
    ))
      rows.push({
        model_version,
        trial,
        hour_ms,
        horizon_min,
        n: sums.n,
        abs_e: sums.abs_e / PER_KMH,
        either_n: sums.either_n,
        either_abs_e: sums.either_abs_e / PER_KMH,
      });
  return rows;
}

/** An installation that began without measurements is not left without a model until Sunday. */
async function firstTraining({ streams, clock, duties, speeds }: JudgeDeps): Promise<string> {
  const now_ms = clock.now();
  const [last] = await duties.runs.list("train", 1);
  const last_ms = last?.ended_ms ?? last?.scheduled_for_ms ?? -Infinity;
  if (now_ms - last_ms < AGAIN_MS) return "no model is trained yet; a training was begun lately";
  const stream = streams.find(({ name }) => name === traffic.name) ?? traffic;
  const oldest_ms = await speeds.oldest(stream, now_ms - hours(24 * 7), now_ms);
  if (oldest_ms === null || now_ms - oldest_ms < AGAIN_MS)
    return `no model is trained yet: ${limits.train_hours_min} hours of speeds are wanted`;
  const run = await duties.runs.ask(
    { job: "train", at_ms: now_ms, asked: NOTHING_ASKED, holder: null },
    limits.job_lease_ms,
  );
  return run === null
    ? "no model is trained yet: a training runs"
    : "no model is trained yet: one is asked for";
}
