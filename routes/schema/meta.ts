/** `meta`: where an answer comes from and how fresh it is; and the envelope `{ data, meta }`. */
import { z } from "@hono/zod-openapi";
import { limits } from "../../src/core/limits.ts";
import { instant, LARGEST, number, whole, words_of, yesNo } from "./numbers.ts";

export const metaSchema = z
  .object({
    cursor: words_of(
      "Position in the log that this answer holds at least. Give it back as since=, or to /api/live.",
    ).max(limits.cursor_chars_max),
    layer: z.enum(["speed", "batch", "merged"]).openapi({ description: "Which layer answered." }),
    as_of: instant("Newest event time in the answer; null when it is empty.").nullable(),
    age_ms: whole(
      0,
      LARGEST,
      "ms",
      "When the answer was built, minus as_of; null when it is empty.",
    ).nullable(),
    stale: yesNo("The age is over three times the stream's expected period."),
    coverage: number(
      0,
      1,
      "1",
      "Share of the expected keys (lists) or windows (ranges) that are present and not stale.",
    ),
    frontier: instant("Before it the batch layer answered, from it on the windows.").optional(),
    next_cursor: words_of("Give it back as cursor= for the next page.")
      .max(limits.cursor_chars_max)
      .optional(),
    attribution: z.array(words_of("Whom to name.")).optional(),
    excluded: z
      .object({
        keys: whole(1, LARGEST, "1", "How many."),
        note: words_of("How many, and why: 3 roads excluded: stuck sensor."),
      })
      .optional()
      .openapi({
        description:
          "Keys that the figures leave out, as data quality says: /api/analytics/data-quality. Missing where none is.",
      }),
  })
  .openapi("Meta");

/** The envelope of every answer. */
export const answerOf = <T extends z.ZodType>(data: T) => z.object({ data, meta: metaSchema });
