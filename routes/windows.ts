/** `/api/streams/{stream}/windows[/{key}]`: aggregates over event time. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate, type Format } from "./format.ts";
import { rangeFormats } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, from, key, limit, pageCursor, queryOf, step, streamName, to } from "./parameters.ts";
import { present } from "./present.ts";
import { rangeOf, type RangeParameters } from "./range.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema, oneOf, rowSchemas } from "./schema/rows.ts";
import { streamCalled } from "./streams.ts";

const query = queryOf({
  from,
  to,
  step: step("Length of the windows; the stream's own without it."),
  limit: limit(limits.range_rows_max),
  cursor: pageCursor,
  format: format(rangeFormats),
});

export function windowRoutes({ serving, streams, clock }: ReadDeps) {
  const windowed = streams.filter((stream) => stream.windows !== null);
  const by_name = new Map(windowed.map((stream): [string, Stream] => [stream.name, stream]));
  const names = streamName(windowed.map((stream) => stream.name));
  const answers = {
    ...tableAnswer({
      description: "Windows, oldest first.",
      row: oneOf(windowed.map((stream) => rowSchemas(stream).window!)),
      formats: rangeFormats,
    }),
    ...problems(400, 404, 503),
  };
  const answer = async (
    c: Context,
    name: string,
    id: string | null,
    asked: RangeParameters & { format?: Format | undefined },
  ): Promise<Response> => {
    const stream = streamCalled(by_name, name, "stream with windows");
    const found = await serving.windows(stream, id, rangeOf(stream, asked, true, clock.now()));
    return present(c, found, negotiate(c.req.header("accept"), asked.format, rangeFormats), {
      name: `${stream.name}-windows`,
      columns: columnsOfSchema(rowSchemas(stream).window!),
    });
  };
  const tags = ["Streams"];
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/streams/{stream}/windows",
        operationId: "streamWindows",
        summary: "Windows of every key of a stream",
        tags,
        "x-scope": "read",
        request: { params: z.object({ stream: names }), query },
        responses: answers,
      }),
      (c) => answer(c, c.req.valid("param").stream, null, c.req.valid("query")),
    )
    .openapi(
      route({
        method: "get",
        path: "/api/streams/{stream}/windows/{key}",
        operationId: "streamWindowsOne",
        summary: "Windows of one key of a stream",
        tags,
        "x-scope": "read",
        request: { params: z.object({ stream: names, key: key("Value of the stream's key field.") }), query },
        responses: answers,
      }),
      (c) => answer(c, c.req.valid("param").stream, c.req.valid("param").key, c.req.valid("query")),
    );
}
