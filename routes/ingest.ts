/** `POST /api/ingest/{stream}`: events from anybody who may, into the log. */
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { LogUnavailableError, ProblemError, type Problem } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Door, DoorResult } from "../src/sources/door.ts";
import type { DoorCursor } from "../src/sources/door-cursor.ts";
import { readBody } from "../src/sources/http-body.ts";
import { ingest, ingestType } from "../src/sources/ingest.ts";
import { ingestContent } from "./ingest-body.ts";
import { problemResponse } from "./problem.ts";
import { whole, words_of } from "./schema/numbers.ts";
import { problems, problemSchema } from "./schema/problem.ts";

export interface IngestDeps {
  door: Door;
  streams: readonly Stream[];
  /** Made with `createDoorCursor(log)`. */
  cursor: DoorCursor;
}

const rejectsSchema = z
  .array(
    z.object({
      line: whole(1, limits.body_bytes_max, "1", "Line of the NDJSON, or place in the array, from 1."),
      pointer: words_of("JSON pointer into the event (RFC 6901); empty for the whole."),
      value: words_of(
        "The offending value as JSON, cut to 200 characters; empty where it may be a person's.",
      ),
      rule: words_of("What was wanted."),
    }),
  )
  .max(limits.rejects_told_max)
  .openapi({ description: `The first ${limits.rejects_told_max} that were refused.` });

const events = (doc: string) => whole(0, limits.body_events_max, "1", doc);

const acceptedSchema = z
  .object({
    data: z.object({
      accepted: events("Events that are durable in the log now."),
      rejected: events("Events that were refused."),
      rejects: rejectsSchema,
    }),
    meta: z.object({ cursor: words_of("Log position at which all of them can be read.") }),
  })
  .openapi("Ingested");

const nothingSchema = problemSchema.extend({ rejects: rejectsSchema.optional() }).openapi("NothingIngested");

const ingestRoute = (streams: readonly Stream[]) =>
  createRoute({
    method: "post",
    path: "/api/ingest/{stream}",
    operationId: "ingest",
    tags: ["Ingest"],
    summary: "Send events",
    description:
      "One JSON object, an array, or NDJSON. Answers once the accepted events are durable in the log; what is refused " +
      `is kept as a dead letter. At most ${limits.body_bytes_max} bytes (unpacked) and ${limits.body_events_max} events, ` +
      `nested at most ${limits.json_depth_max} deep. An event sent twice with the same key, time and event_id counts once.`,
    "x-scope": "ingest",
    request: {
      params: z.object({
        stream: z
          .string()
          .max(100)
          .openapi({ description: "Name of the stream.", examples: streams.map((s) => s.name) }),
      }),
      body: { required: true, content: ingestContent(streams) },
    },
    responses: {
      202: {
        description: "Durable in the log, all or some.",
        content: { "application/json": { schema: acceptedSchema } },
      },
      ...problems(400, 404, 413, 415, 503),
      422: {
        description: "Nothing was accepted.",
        content: { "application/problem+json": { schema: nothingSchema } },
      },
    },
  });

export function ingestRoutes(deps: IngestDeps): OpenAPIHono {
  const app = new OpenAPIHono();
  const streams = new Map(deps.streams.map((stream) => [stream.name, stream]));
  const route = ingestRoute(deps.streams);
  // Described and served apart: the body is read by us, within limits, and not by the validator.
  app.openAPIRegistry.registerPath(route);
  app.post(route.getRoutingPath(), async (c) => {
    const name = c.req.param("stream");
    const stream = streams.get(name);
    if (stream === undefined) throw noSuchStream(name, [...streams.keys()]);
    const type = ingestType(c.req.header("content-type"));
    if (type === null) throw noSuchType(c.req.header("content-type") ?? "");
    const body = await readBody(c.req.raw);
    try {
      const stamp = await deps.cursor(stream);
      const result = await ingest(deps.door, stream, type, body);
      const rejects = result.rejects.map(({ line, pointer, value, rule }) => ({
        line,
        pointer,
        value,
        rule,
      }));
      if (result.accepted === 0) return problemResponse(c, nothingAccepted(result, rejects), { rejects });
      const data = { accepted: result.accepted, rejected: result.rejected, rejects };
      return c.json({ data, meta: { cursor: stamp(result.applied) } }, 202);
    } catch (error) {
      if (error instanceof LogUnavailableError) throw away(error);
      throw error;
    }
  });
  return app;
}

/** 422 with the same `rejects` as a 202 has: a program reads one shape. */
function nothingAccepted(result: DoorResult, rejects: z.infer<typeof rejectsSchema>): Problem {
  const first = rejects[0]!;
  const where = first.pointer === "" ? "the event" : first.pointer;
  return {
    name: "invalid-body",
    detail: `None of ${result.rejected} events was accepted; the first, in line ${first.line}: ${where} ${first.rule}`,
    errors: rejects.map(({ pointer, value, rule }) => ({ pointer, value, rule })),
  };
}

const noSuchStream = (name: string, known: readonly string[]): ProblemError =>
  new ProblemError({
    name: "not-found",
    detail: `There is no stream "${name.slice(0, 100)}"; there are ${known.join(", ")}`,
    errors: [{ parameter: "stream", value: name.slice(0, 100), rule: `must be one of ${known.join(", ")}` }],
  });

const noSuchType = (type: string): ProblemError =>
  new ProblemError({
    name: "unsupported-media-type",
    detail: `Content-Type "${type.slice(0, 100)}" is not taken; send application/json or application/x-ndjson`,
    errors: [
      {
        parameter: "Content-Type",
        value: type.slice(0, 100),
        rule: "must be application/json or application/x-ndjson",
      },
    ],
  });

const away = (cause: LogUnavailableError): ProblemError =>
  new ProblemError(
    {
      name: "unavailable",
      detail: "The log does not take events now; send the same again, nothing is counted twice",
      retry_after_s: 2,
    },
    { cause },
  );
