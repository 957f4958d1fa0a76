/** Jobs as they are told to routes, pages and metrics: what is declared, what was asked for, what became of it. */
import { z } from "zod";
import { limits } from "./limits.ts";
import { formatInstant } from "./time.ts";

/** `queued`: asked for, and begun within seconds by a process with the role jobs. */
export const jobStates = ["queued", "running", "done", "failed"] as const;
export type JobState = (typeof jobStates)[number];

/** `catch-up`: it was due while nobody ran. */
export const jobTriggers = ["schedule", "catch-up", "hand"] as const;
export type JobTrigger = (typeof jobTriggers)[number];

/** A flag of a job's own: `--stream traffic` of the command, `flags.stream` over HTTP. */
export type JobFlag =
  | { kind: "text"; usual: string | null; one_of?: readonly string[]; doc: string }
  | { kind: "whole"; usual: number; least: number; most: number; doc: string }
  | { kind: "yes"; doc: string };

export type JobFlags = Readonly<Record<string, string | number | boolean>>;

/** What a run is asked for by hand. A half-open span; both ends, or neither. */
export interface JobAsked {
  from_ms: number | null;
  to_ms: number | null;
  /** Only what was given; what the job takes without them is in its declaration. */
  flags: JobFlags;
}

export const NOTHING_ASKED: JobAsked = { from_ms: null, to_ms: null, flags: {} };

/** What a run has to show: counts and words, flat. `words`, where it is there, is a sentence for people. */
export type JobResult = Readonly<Record<string, string | number | boolean | null>>;

export const jobResultSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

export interface JobProgress {
  done: number;
  /** Null where nobody knows yet. */
  total: number | null;
  words: string;
}

export interface JobRun {
  run_id: number;
  job: string;
  state: JobState;
  trigger: JobTrigger;
  /** When it was due, or asked for. */
  scheduled_for_ms: number;
  asked: JobAsked;
  /** How often it was begun; 0 while it waits for the first time. */
  attempts: number;
  /** Of the last attempt. */
  started_ms: number | null;
  ended_ms: number | null;
  progress: JobProgress | null;
  result: JobResult | null;
  /** Why the last attempt failed; also of a queued one that is tried again. */
  error: string | null;
}

/** What a job is, without what it does. */
export interface DeclaredJob {
  name: string;
  label: string;
  doc: string;
  /** Null for one that is run by hand only. */
  schedule: JobSchedule | null;
  /** What a span given by hand is cut into; null where it takes none. */
  span: "day" | "hour" | null;
  flags: Readonly<Record<string, JobFlag>>;
  /** It is run by `bun run job` alone: no other process begins it. */
  command_only: boolean;
}

export interface JobSchedule {
  /** Five fields, in the city's zone. */
  cron: string;
  /** `every 10 min`, `daily at 03:00`. */
  words: string;
  /** The first time due after an instant. */
  next: (after_ms: number) => number;
  /** The last time due at or before an instant. */
  last: (at_ms: number) => number;
}

/** How a job does now. */
export interface JobStatus {
  job: DeclaredJob;
  next_due_ms: number | null;
  /** Running or queued, the one that runs first. */
  open: JobRun | null;
  /** The newest that has ended. */
  last: JobRun | null;
  /** Runs that ended within `limits.job_runs_kept_ms`. */
  ended: number;
  done: number;
  /** When the newest of those that were done ended; null where none was. */
  last_done_ms: number | null;
  /** How long its last due time has gone by without a run of it, ms. */
  overdue_ms: number;
}

/** Share of the last 30 days' runs that were done; null where none has ended. */
export const successShare = ({ ended, done }: Pick<JobStatus, "ended" | "done">): number | null =>
  ended === 0 ? null : done / ended;

/** A job whose newest attempt failed: it has ended so, or is being tried again. */
export function failureOf({ open, last }: JobStatus): JobRun | null {
  if (open !== null && open.error !== null) return open;
  return last?.state === "failed" && open?.state !== "running" ? last : null;
}

export interface AskedFault {
  /** `from`, `to`, or a flag's name. */
  field: string;
  value: string | number | boolean | null;
  rule: string;
}

/** What is wrong with what is asked of a job; null when it may run so. */
export function askedFault(
  job: Pick<DeclaredJob, "name" | "span" | "flags">,
  asked: JobAsked,
): AskedFault | null {
  const { from_ms, to_ms, flags } = asked;
  const at = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));
  if (job.span === null && (from_ms !== null || to_ms !== null))
    return {
      field: from_ms === null ? "to" : "from",
      value: at(from_ms ?? to_ms),
      rule: `must be left out: ${job.name} takes no span`,
    };
  if ((from_ms === null) !== (to_ms === null))
    return {
      field: from_ms === null ? "from" : "to",
      value: null,
      rule: "must be given: a span has both ends",
    };
  if (from_ms !== null && to_ms !== null) {
    if (from_ms >= to_ms)
      return { field: "from", value: at(from_ms), rule: `must be before to, which is ${at(to_ms)}` };
    if (to_ms - from_ms > limits.job_span_ms_max)
      return {
        field: "from",
        value: at(from_ms),
        rule: `must not be more than ${limits.job_span_ms_max / 86_400_000} days before to`,
      };
  }
  for (const [field, value] of Object.entries(flags)) {
    const flag = Object.hasOwn(job.flags, field) ? job.flags[field] : undefined;
    const rule =
      flag === undefined
        ? `is no flag of ${job.name}; there are ${Object.keys(job.flags).join(", ") || "none"}`
        : flagRule(flag, value);
    if (rule !== null) return { field, value, rule };
  }
  for (const [field, flag] of Object.entries(job.flags))
    if (flag.kind === "text" && flag.usual === null && flags[field] === undefined)
      return { field, value: null, rule: `must be given: ${flag.doc}` };
  return null;
}

function flagRule(flag: JobFlag, value: string | number | boolean): string | null {
  switch (flag.kind) {
    case "yes":
      return typeof value === "boolean" ? null : "must be true or false";
    case "whole":
      return typeof value === "number" && Number.isInteger(value) && value >= flag.least && value <= flag.most
        ? null
        : `must be a whole number from ${flag.least} to ${flag.most}`;
    case "text":
      if (typeof value !== "string" || value.length === 0 || value.length > limits.job_flag_chars_max)
        return `must be a text of 1 to ${limits.job_flag_chars_max} characters`;
      return flag.one_of === undefined || flag.one_of.includes(value)
        ? null
        : `must be one of ${flag.one_of.join(", ")}`;
  }
}
