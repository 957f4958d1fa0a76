/** A job as others are told of it: without what it does. */
import type { DeclaredJob } from "../src/core/job.ts";
import type { Job } from "./job.ts";
import { scheduleOf } from "./schedule.ts";

/** @param zone The city's. */
export const declaredOf = (job: Job, zone: string): DeclaredJob => ({
  name: job.name,
  label: job.label,
  doc: job.doc,
  schedule: job.schedule === null ? null : scheduleOf(job.schedule, zone),
  span: job.span ?? null,
  flags: job.flags ?? {},
  command_only: job.command_only ?? false,
});
