/** What is warned of about jobs. */
import { failureOf } from "../core/job.ts";
import { minutes } from "../core/time.ts";
import type { Rule } from "./rule.ts";

export const jobRules: readonly Rule[] = [
  {
    rule: "job-failed",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ jobs }) =>
      jobs.map((status) => {
        const run = failureOf(status);
        const again = run?.state === "queued" ? ", and is tried again" : "";
        return {
          subject: status.job.name,
          value: Number(run !== null),
          text: `The job ${status.job.label} failed${again}: ${run?.error ?? "it does not say why"}.`,
        };
      }),
  },
  {
    rule: "job-overdue",
    level: "warning",
    above: minutes(2),
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ jobs }) =>
      jobs.map(({ job, overdue_ms }) => ({
        subject: job.name,
        value: overdue_ms,
        text: `The job ${job.label} was due ${Math.round(overdue_ms / 60_000)} min ago and has not begun: no process with the role jobs is there, or others keep it waiting.`,
      })),
  },
];
