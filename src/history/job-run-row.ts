/** A run of a job, as its row tells it. What another release wrote in another shape is left out, not refused. */
import { z } from "zod";
import { jobResultSchema, jobStates, jobTriggers, NOTHING_ASKED, type JobRun } from "../core/job.ts";

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

export const runColumns = `run_id::float8 as run_id, job, state, trigger, ${ms("scheduled_for")} as scheduled_for_ms, asked, attempts,
  ${ms("started_at")} as started_ms, ${ms("ended_at")} as ended_ms, progress, result, error, resume`;

const progressSchema = z.object({ done: z.number(), total: z.number().nullable(), words: z.string() });
const askedSchema = z.object({
  from_ms: z.number().nullable(),
  to_ms: z.number().nullable(),
  flags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const state = z.enum(jobStates);
const trigger = z.enum(jobTriggers);

export interface RunRow {
  run_id: number;
  job: string;
  state: string;
  trigger: string;
  scheduled_for_ms: number;
  asked: unknown;
  attempts: number;
  started_ms: number | null;
  ended_ms: number | null;
  progress: unknown;
  result: unknown;
  error: string | null;
  resume: unknown;
}

const whole = (at: number | null): number | null => (at === null ? null : Math.round(at));

export const runOf = (row: RunRow): JobRun => ({
  run_id: row.run_id,
  job: row.job,
  state: state.parse(row.state),
  trigger: trigger.parse(row.trigger),
  scheduled_for_ms: Math.round(row.scheduled_for_ms),
  asked: askedSchema.safeParse(row.asked).data ?? NOTHING_ASKED,
  attempts: row.attempts,
  started_ms: whole(row.started_ms),
  ended_ms: whole(row.ended_ms),
  progress: progressSchema.safeParse(row.progress).data ?? null,
  result: jobResultSchema.safeParse(row.result).data ?? null,
  error: row.error,
});
