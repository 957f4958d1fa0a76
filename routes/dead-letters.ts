/** `/api/dead-letters`: what was refused and why; and trying again. */
import { z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { ProblemError } from "../src/core/errors.ts";
import { formatInstant } from "../src/core/time.ts";
import type { DeadLetters, StoredDeadLetter } from "../src/serving/dead-letters.ts";
import { objectAnswer, tableAnswer } from "./answers.ts";
import { defined } from "./defined.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { rangeFormats } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { pageToken, readPageToken } from "./page-token.ts";
import { choice, format, limit, pageCursor, queryOf, streamName } from "./parameters.ts";
import { present, presentJson } from "./present.ts";
import { notFound } from "./problem.ts";
import { deadLetterSchema, replayRequestSchema, replayResultSchema, states } from "./schema/dead-letters.ts";
import { words_of } from "./schema/numbers.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";

const ROWS = 100;
const ROWS_MAX = 1_000;
/** A thousand ids of 128 characters, with room for how JSON may write them. */
const BODY_BYTES_MAX = 1024 * 1024;
const tags = ["Dead letters"];

export function deadLetterRoutes(
  { streams, clock }: Pick<ReadDeps, "streams" | "clock">,
  letters: DeadLetters,
) {
  const by_name = new Map(streams.map((stream) => [stream.name, stream]));
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/dead-letters",
        operationId: "deadLetters",
        summary: "What was refused and why, newest first",
        tags,
        "x-scope": "read",
        request: {
          query: queryOf({
            stream: streamName([...by_name.keys()]).optional(),
            state: choice(states, "Only letters in this state.").optional(),
            limit: limit(ROWS_MAX).openapi({
              description: `Rows at most, 1 to ${ROWS_MAX}; ${ROWS} without it.`,
            }),
            cursor: pageCursor,
            format: format(rangeFormats),
          }),
        },
        responses: {
          ...tableAnswer({ description: "Dead letters.", row: deadLetterSchema, formats: rangeFormats }),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { stream, state, limit: asked, cursor, format: wanted } = c.req.valid("query");
        if (stream !== undefined && !by_name.has(stream))
          throw notFound(`There is no stream "${stream}" here`);
        const rows = asked ?? ROWS;
        const before_id = cursor === undefined ? undefined : readPageToken("dead-letters", cursor);
        const page = await letters.list({ limit: rows, ...defined({ stream, state, before_id }) });
        const last = page.letters.length === rows ? page.letters.at(-1) : undefined;
        const newest = page.letters.reduce<number | null>(
          (at, l) => Math.max(at ?? 0, l.received_at_ms),
          null,
        );
        const answer = {
          data: page.letters.map(answerRow),
          meta: {
            cursor: page.cursor,
            layer: "batch" as const,
            as_of: newest === null ? null : formatInstant(newest),
            age_ms: newest === null ? null : Math.max(0, Math.round(clock.now() - newest)),
            // A list of what was refused does not age: no letters is the best of news.
            stale: false,
            coverage: 1,
            ...(last === undefined ? {} : { next_cursor: pageToken("dead-letters", last.dead_letter_id) }),
          },
        };
        return present(c, answer, negotiate(c.req.header("accept"), wanted, rangeFormats), {
          name: "dead-letters",
          columns: columnsOfSchema(deadLetterSchema),
        });
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/dead-letters/replay",
        operationId: "replayDeadLetters",
        summary: "Try dead letters again",
        description:
          "Appends their values to the log again; what becomes of them stands in their state soon after.",
        tags,
        "x-scope": "operate",
        middleware: [bodyLimit({ maxSize: BODY_BYTES_MAX, onError: tooLarge })],
        request: {
          body: { required: true, content: { "application/json": { schema: replayRequestSchema } } },
        },
        responses: {
          ...objectAnswer(
            "Appended again, or skipped.",
            z.object({
              data: replayResultSchema,
              meta: z.object({ cursor: words_of("Log position before the append.") }),
            }),
            202,
          ),
          ...problems(400, 401, 403, 413, 415, 422, 503),
        },
      }),
      async (c) => {
        const { cursor, ...data } = await letters.replay(c.req.valid("json").ids);
        return presentJson(c, { data, meta: { cursor } }, "no-store", 202);
      },
    );
}

const tooLarge = (): never => {
  throw new ProblemError({ name: "too-large", detail: `The body must have at most ${BODY_BYTES_MAX} bytes` });
};

/** Flat, as every row that leaves. */
function answerRow(letter: StoredDeadLetter): z.infer<typeof deadLetterSchema> {
  const text = letter.payload === null ? null : utf8(letter.payload);
  return {
    dead_letter_id: letter.dead_letter_id,
    stream: letter.stream,
    state: letter.state,
    attempts: letter.attempts,
    reason: letter.reason,
    pointer: letter.pointer,
    value: letter.value,
    rule: letter.rule,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    source: letter.source,
    received_at: formatInstant(letter.received_at_ms),
    payload: letter.payload === null ? null : (text ?? Buffer.from(letter.payload).toString("base64")),
    payload_encoding: text === null && letter.payload !== null ? "base64" : "utf-8",
    payload_bytes: letter.payload_bytes,
    payload_sha256: letter.payload_sha256,
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function utf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
