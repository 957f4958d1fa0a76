/** `/api/streams`: the ledger, and any stream generically: a stream that is declared is read here without more code. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../src/core/stream.ts";
import { objectAnswer, tableAnswer } from "./answers.ts";
import { currentList } from "./current-list.ts";
import { currentFormats, currentQuery } from "./current-query.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, queryOf, streamName } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { notFound } from "./problem.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { oneOf, rowSchemas } from "./schema/rows.ts";
import { streamStatusSchema } from "./schema/streams.ts";

/** @throws {ProblemError} not-found */
export function streamCalled<T>(by_name: ReadonlyMap<string, T>, name: string, which = "stream"): T {
  const found = by_name.get(name);
  if (found === undefined) {
    throw notFound(
      `There is no ${which} "${name}" here; there are ${[...by_name.keys()].join(", ") || "none"}`,
    );
  }
  return found;
}

const tags = ["Streams"];

export function streamRoutes(deps: ReadDeps) {
  const live = deps.streams.filter((stream) => stream.live !== null);
  const lists = new Map(live.map((stream) => [stream.name, currentList(deps, stream)]));
  const by_name = new Map(live.map((stream): [string, Stream] => [stream.name, stream]));
  const names = streamName(live.map((stream) => stream.name));
  const current = oneOf(live.map((stream) => rowSchemas(stream).current));
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/streams",
        operationId: "streams",
        summary: "Every stream: events in, stored, duplicate, dead, lag, watermark",
        tags,
        "x-scope": "read",
        request: { query: queryOf({}) },
        responses: {
          ...objectAnswer("The ledger of every stream.", answerOf(z.array(streamStatusSchema))),
          ...problems(400, 503),
        },
      }),
      async (c) => presentJson(c, await deps.serving.streams()),
    )
    .openapi(
      route({
        method: "get",
        path: "/api/streams/{stream}/current",
        operationId: "streamCurrent",
        summary: "Every key of a stream now",
        tags,
        "x-scope": "read",
        request: { params: z.object({ stream: names }), query: currentQuery(null) },
        responses: {
          ...tableAnswer({
            description: "The newest event of each key.",
            row: current,
            formats: currentFormats,
            features: { name: "StreamFeatures", properties: current },
            etag: true,
          }),
          ...problems(400, 404, 503),
        },
      }),
      (c) => streamCalled(lists, c.req.valid("param").stream, "live stream")(c, c.req.valid("query")),
    )
    .openapi(
      route({
        method: "get",
        path: "/api/streams/{stream}/current/{key}",
        operationId: "streamCurrentOne",
        summary: "One key of a stream now",
        tags,
        "x-scope": "read",
        request: {
          params: z.object({ stream: names, key: key("Value of the stream's key field.") }),
          query: queryOf({}),
        },
        responses: {
          ...objectAnswer("The newest event of the key.", answerOf(current)),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const asked = c.req.valid("param");
        return presentJson(
          c,
          await deps.serving.one(streamCalled(by_name, asked.stream, "live stream"), asked.key),
        );
      },
    );
}
