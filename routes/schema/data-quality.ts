/** Data quality: days, keys, sources, exclusions. */
import { z } from "@hono/zod-openapi";
import { limits } from "../../src/core/limits.ts";
import { exclusionRules } from "../../src/serving/quality-desk.ts";
import { instant, LARGEST, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const day = (doc: string) =>
  z.string().openapi({ format: "date", description: `${doc} Of the city's zone.`, example: "2026-11-21" });

const completeness = number(
  0,
  1,
  "1",
  "Share of the expected events that came; null where none was expected.",
);

const judged = {
  n: tally("Events that came."),
  expected_n: tally("Events that were expected, by the stream's period."),
};
const faults = {
  stuck_hours: tally("Hours of a key in which every event had the same value."),
  jumps: tally("Changes between neighbouring windows beyond what is possible."),
};

export const qualityKeySchema = z
  .object({
    key: words_of("Key of the stream: a road, a location, a camera, a station."),
    days: tally("Days that it was judged."),
    ...judged,
    ...faults,
    greatest_jump: number(0, LARGEST, "km/h", "The greatest of them; null without any.").nullable(),
    completeness: completeness.nullable(),
    reasons: z.array(z.string()).openapi({ description: "What is wrong with it; empty for nothing." }),
    excluded: yesNo("Analytics leave it out on some day of the range."),
  })
  .openapi("QualityKey");

export const exclusionSchema = z
  .object({
    exclusion_id: whole(1, LARGEST, "1", "Identifier."),
    stream: words_of("Stream."),
    key: words_of("Key that analytics leave out."),
    from_day: day("First day."),
    to_day: day("Last day; null for one without an end.").nullable(),
    rule: z
      .enum(exclusionRules)
      .openapi({ description: "What put it: a rule of the job data-quality, or a hand." }),
    reason: words_of("Why, for people."),
    added: instant("When it was put."),
  })
  .openapi("QualityExclusion");

const ledger = z
  .object({
    consumed: tally("Events read from the log."),
    stored: tally("Events stored."),
    duplicate: tally("Events that were stored already."),
    dead: tally("Events refused, kept as dead letters."),
    late: tally("Of the stored: later than the stream's lateness allows."),
    rejected: tally("Events refused at the door."),
  })
  .openapi("QualityLedger", { description: "The day's own counts; null where the day before is not known." });

export const qualityReportSchema = z
  .object({
    stream: words_of("Stream."),
    label: words_of("Its name for people."),
    from_day: day("First day of the range."),
    to_day: day("Last day, included."),
    days: z.array(
      z.object({
        day: day("The day."),
        keys: tally("Keys that were judged."),
        ...judged,
        ...faults,
        stuck_keys: tally("Keys with a stuck hour."),
        jump_keys: tally("Keys with an impossible change."),
        hours_percent: z
          .array(whole(0, 100, "%", "Share that came in the hour; null for one to come.").nullable())
          .openapi({ description: "By hour since the day began: 23 to 25 of them." }),
        completeness: completeness.nullable(),
        excluded_keys: tally("Keys that analytics leave out on the day."),
        ledger: ledger.nullable(),
      }),
    ),
    keys: z.array(qualityKeySchema).openapi({ description: "Worst first." }),
    keys_n: tally("Keys that fit what is asked, told or not."),
    sources: z.array(
      z.object({
        source: words_of("Source of events."),
        day: day("The day."),
        n: tally("Events, without backfill."),
        ahead_n: tally("Received before their own event time: a clock goes wrong."),
        delay_p50_ms: number(
          -LARGEST,
          LARGEST,
          "ms",
          "Half of them took no longer to be received.",
        ).nullable(),
        delay_p99_ms: number(-LARGEST, LARGEST, "ms", "99 % of them took no longer.").nullable(),
      }),
    ),
    exclusions: z.array(exclusionSchema),
  })
  .openapi("QualityReport");

const day_rule = "must be a day of the calendar, like 2026-11-21";

export const excludeSchema = z
  .strictObject(
    {
      stream: z.string("must be the name of a stream").max(limits.id_chars_max),
      key: z.string("must be a key of the stream").min(1).max(limits.id_chars_max),
      from_day: z
        .string(day_rule)
        .optional()
        .openapi({ format: "date", description: "First day; today without it." }),
      to_day: z
        .string(day_rule)
        .optional()
        .openapi({ format: "date", description: "Last day, included; without it there is no end." }),
      reason: z
        .string("must be a text: why")
        .min(1)
        .max(limits.name_chars_max)
        .openapi({ description: "Why, for people." }),
    },
    { error: (issue) => (issue.code === "invalid_type" ? "must be an object" : undefined) },
  )
  .openapi("QualityExclude");
