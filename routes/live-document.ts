/** `GET /api/live` as OpenAPI says it. The handler is the push engineer's; a stream of events has no schema but its words. */
import { OpenAPIHono, z, type RouteConfig } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { liveQuery } from "./live-query.ts";
import { problems } from "./schema/problem.ts";

const seconds = limits.heartbeat_ms / 1_000;

/** What the feed is, in words. @param streams Their names are the topics. */
export const liveWords = (streams: readonly Stream[]): string => {
  const events = streams.filter((stream) => stream.live === null).map(({ name }) => name);
  return [
    `Topics: ${streams.map((stream) => stream.name).join(", ")}.`,
    "Events: `hello {cursor, resumed, tick_ms, server_time}` first; `<stream> {rows}` with the same fields as REST;",
    "`gone {stream, keys}` when the time to live of keys has ended;",
    `\`hb {server_time}\` every ${seconds} s; \`resync {reason, url}\`: fetch the list at url, then go on;`,
    "`bye {retry_ms}` before the server leaves. All but `hb` carry an id.",
    "State is conflated per key: a slow reader gets the newest of each, never a queue.",
    ...(events.length === 0
      ? []
      : [
          `${events.join(", ")} ${events.length === 1 ? "has" : "have"} events, not states: every one is sent, and a reader who is too slow for them is cut off, to return with Last-Event-ID.`,
        ]),
    "With bbox a row comes when its key is in the box or has just left it, so that its last row says where it went; what has no place does not come.",
    `Resume within ${limits.ring_ms / 1_000} s by Last-Event-ID without a gap; a cursor of any answer does as well.`,
  ].join(" ");
};

/** The query as one JSON Schema. */
export const liveQueryJsonSchema = (): { [name: string]: unknown } => {
  const routes = new OpenAPIHono();
  routes.openAPIRegistry.registerPath({
    method: "get",
    path: "/",
    request: { query: liveQuery },
    responses: { 200: { description: "" } },
  });
  const { paths } = routes.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
  const parameters = (paths?.["/"]?.get?.parameters ?? []) as {
    name: string;
    description?: string;
    schema: object;
  }[];
  return {
    type: "object",
    properties: Object.fromEntries(
      parameters.map(({ name, description, schema }) => [
        name,
        { ...(description === undefined ? {} : { description }), ...schema },
      ]),
    ),
  };
};

export function liveDocument(streams: readonly Stream[]) {
  return {
    method: "get",
    path: "/api/live",
    operationId: "live",
    summary: "The live feed, as server-sent events",
    description: liveWords(streams),
    tags: ["Live"],
    "x-scope": "read",
    request: {
      query: liveQuery,
      headers: z.object({
        "Last-Event-ID": z.string().max(limits.cursor_chars_max).optional().openapi({
          description: "Where to resume: the id of the last event seen, or meta.cursor of an answer.",
        }),
      }),
    },
    responses: {
      200: {
        description: "The stream; it does not end by itself.",
        content: {
          "text/event-stream": {
            schema: z.string().openapi({ description: "event, id and data lines; data is one JSON object." }),
            example: 'id: Zm9v\nevent: hb\ndata: {"server_time":"2026-11-21T10:20:00Z"}\n\n',
          },
        },
      },
      ...problems(400, 429, 503),
    },
  } satisfies RouteConfig & { "x-scope": string };
}
