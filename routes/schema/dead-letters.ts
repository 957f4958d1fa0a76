/** Dead letters: what was refused, why, and what became of it. */
import { z } from "@hono/zod-openapi";
import { limits } from "../../src/core/limits.ts";
import { instant, tally, whole, words_of } from "./numbers.ts";

export const states = ["open", "replayed", "stored"] as const;

export const deadLetterSchema = z
  .object({
    dead_letter_id: words_of("Identifier of the letter."),
    stream: words_of("Stream it was meant for."),
    state: z
      .enum(states)
      .openapi({ description: "open → replayed → stored, or open again with one more attempt." }),
    attempts: tally("How often it was tried again."),
    reason: words_of("Kind of fault: json, schema, range, text, time, future, size, depth or geo."),
    pointer: words_of("JSON pointer to the faulty value; empty for the whole."),
    value: words_of("The faulty value as JSON, cut to 200 characters; empty where fields are personal."),
    rule: words_of("The rule it breaks."),
    topic: words_of(
      "Topic it stands in: its stream's where it was read there, dead-letters where it was refused at the door.",
    ),
    partition: whole(-1, limits.partitions_max, "1", "Partition of that topic; −1 where it never had one."),
    offset: whole(-1, Number.MAX_SAFE_INTEGER, "1", "Offset in that partition; −1 where it never had one."),
    source: words_of("The feed that sent it."),
    received_at: instant("When the log took it."),
    payload: words_of(
      "The value as it came, cut if it was large; null for an empty one, or where fields are personal.",
    ).nullable(),
    payload_encoding: z.enum(["utf-8", "base64"]).openapi({ description: "How payload is written here." }),
    payload_bytes: whole(0, Number.MAX_SAFE_INTEGER, "byte", "Size of the whole value."),
    payload_sha256: words_of("SHA-256 of the whole value, hex."),
  })
  .openapi("DeadLetter");

const ids_rule = `must be an array of 1 to ${limits.replay_dead_letters_max} ids of dead letters`;
const id_rule = `must be a dead_letter_id, a text of 1 to ${limits.id_chars_max} characters`;

export const replayRequestSchema = z
  .strictObject(
    {
      ids: z
        .array(
          z
            .string(id_rule)
            .min(1, id_rule)
            .max(limits.id_chars_max, id_rule)
            .openapi({ description: "A dead_letter_id." }),
          ids_rule,
        )
        .min(1, ids_rule)
        .max(limits.replay_dead_letters_max, ids_rule),
    },
    { error: (issue) => (issue.code === "invalid_type" ? "must be an object with ids" : undefined) },
  )
  .openapi("ReplayRequest");

export const replayResultSchema = z
  .object({
    replayed: z
      .array(words_of("dead_letter_id."))
      .openapi({ description: "Appended to the stream's topic again." }),
    skipped: z
      .array(
        z.object({
          dead_letter_id: words_of("dead_letter_id."),
          why: z.enum(["not-found", "not-open", "cut", "no-value", "no-stream"]).openapi({
            description:
              "not-found; not-open: replayed or stored already; cut: its value was too large to be kept whole; no-value: it was empty; no-stream: its stream is not declared any more.",
          }),
        }),
      )
      .openapi({ description: "Not appended, and why." }),
  })
  .openapi("ReplayResult");
