/** Jobs and their runs. */
import { z } from "@hono/zod-openapi";
import { jobStates, jobTriggers } from "../../src/core/job.ts";
import { limits } from "../../src/core/limits.ts";
import { instant, LARGEST, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const ms = (doc: string) => whole(0, LARGEST, "ms", doc);

export const runSchema = z
  .object({
    run_id: whole(1, LARGEST, "1", "Identifier of the run."),
    job: words_of("Name of the job."),
    state: z.enum(jobStates).openapi({
      description:
        "queued: it waits for a process with the role jobs, or is tried again. running, done, failed.",
    }),
    trigger: z
      .enum(jobTriggers)
      .openapi({ description: "catch-up: it was due while nobody ran. hand: somebody asked for it." }),
    scheduled_for: instant("When it was due, or asked for."),
    from: instant("Begin of the span that was asked for.").nullable(),
    to: instant("End of the span that was asked for, not included.").nullable(),
    attempts: whole(0, limits.job_attempts_max, "1", "How often it was begun."),
    started: instant("When its last attempt began.").nullable(),
    ended: instant("When its last attempt ended.").nullable(),
    duration_ms: ms("How long the last attempt took, or has taken so far; null before the first.").nullable(),
    progress_done: number(
      0,
      LARGEST,
      "1",
      "How much of it is done, as of the last beat; what is counted stands in progress_words.",
    ).nullable(),
    progress_total: number(0, LARGEST, "1", "How much there is in all; null while nobody knows.").nullable(),
    progress_words: words_of("What is counted.").nullable(),
    result: z
      .record(
        z.string(),
        z.union([z.string(), number(-LARGEST, LARGEST, "1", "A count."), z.boolean(), z.null()]),
      )
      .nullable()
      .openapi({
        description:
          "Counts and words, by names of the job's own; words, where it is there, is a sentence. null until it is done.",
      }),
    error: words_of("Why the last attempt failed.").nullable(),
  })
  .openapi("JobRun");

const flagSchema = z
  .object({
    flag: words_of("Its name."),
    kind: z.enum(["text", "whole", "yes"]).openapi({ description: "text, whole number, or true and false." }),
    doc: words_of("What it says."),
    one_of: z
      .array(words_of("A value."))
      .nullable()
      .openapi({ description: "The values that it takes; null where any." }),
    least: whole(-LARGEST, LARGEST, "1", "Of a whole number.").nullable(),
    most: whole(-LARGEST, LARGEST, "1", "Of a whole number.").nullable(),
    required: yesNo("It must be given."),
  })
  .openapi("JobFlag");

export const jobSchema = z
  .object({
    job: words_of("Name, in addresses and commands."),
    label: words_of("Name for people."),
    doc: words_of("What it does."),
    schedule: words_of(
      "Cron with five fields, in the city's zone; null for one that is run by hand only.",
    ).nullable(),
    schedule_words: words_of("The schedule in words.").nullable(),
    span: z
      .enum(["day", "hour"])
      .nullable()
      .openapi({ description: "What a span given by hand is cut into; null where it takes none." }),
    flags: z.array(flagSchema),
    command_only: yesNo("It is run by its command alone: bun run job."),
    next_due: instant("When it is due next.").nullable(),
    overdue_ms: ms("How long its last due time has gone by without a run."),
    // A union: of a named schema, `nullable()` would be lost, or said of the name.
    open: z
      .union([runSchema, z.null()])
      .openapi({ description: "The run that runs or waits; null while none does." }),
    last: z
      .union([runSchema, z.null()])
      .openapi({ description: "The newest that has ended; null while none has." }),
    runs: tally("Runs that ended in the last 30 days."),
    runs_done: tally("Of these, those that were done."),
    success_share: number(0, 1, "1", "runs_done / runs; null where none has ended.").nullable(),
    last_success: instant("When it was done last, within the last 30 days.").nullable(),
  })
  .openapi("Job");

const instant_rule = "must be an ISO 8601 instant with seconds and an offset or Z, like 2026-11-21T10:20:00Z";

export const startSchema = z
  .strictObject(
    {
      from: z
        .string(instant_rule)
        .optional()
        .openapi({ format: "date-time", description: "Begin of the span. With to." }),
      to: z
        .string(instant_rule)
        .optional()
        .openapi({ format: "date-time", description: "Its end, not included. With from." }),
      flags: z
        .record(
          z.string(),
          z.union(
            [
              z.string().max(limits.job_flag_chars_max),
              z.number().openapi({ "x-unit": "1", minimum: -LARGEST, maximum: LARGEST }),
              z.boolean(),
            ],
            "must be a text, a number, true or false",
          ),
          "must be an object",
        )
        .optional()
        .openapi({ description: "The job's own flags, by name: GET /api/jobs lists them." }),
    },
    { error: (issue) => (issue.code === "invalid_type" ? "must be an object" : undefined) },
  )
  .openapi("JobStart");
