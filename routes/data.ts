/** `/api/data/{stream}`: raw rows as they are stored, page by page. */
import { z } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { rangeFormats } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, from, key, limit, pageCursor, queryOf, streamName, to } from "./parameters.ts";
import { present } from "./present.ts";
import { rangeOf } from "./range.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema, oneOf, rowSchemas } from "./schema/rows.ts";
import { streamCalled } from "./streams.ts";

export function dataRoutes({ serving, streams, clock }: ReadDeps) {
  const by_name = new Map(streams.map((stream): [string, Stream] => [stream.name, stream]));
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/data/{stream}",
      operationId: "data",
      summary: "Raw rows of a stream",
      tags: ["Streams"],
      "x-scope": "read",
      request: {
        params: z.object({ stream: streamName(streams.map((stream) => stream.name)) }),
        query: queryOf({
          from,
          to,
          key: key("Only this key.").optional(),
          limit: limit(limits.range_rows_max),
          cursor: pageCursor,
          format: format(rangeFormats),
        }),
      },
      responses: {
        ...tableAnswer({
          description: "Events by event time, oldest first.",
          row: oneOf(streams.map((stream) => rowSchemas(stream).raw)),
          formats: rangeFormats,
        }),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const stream = streamCalled(by_name, c.req.valid("param").stream);
      const { format: asked, key: only, ...range } = c.req.valid("query");
      const answer = await serving.data(stream, {
        ...rangeOf(stream, range, false, clock.now()),
        ...(only === undefined ? {} : { key: only }),
      });
      return present(c, answer, negotiate(c.req.header("accept"), asked, rangeFormats), {
        name: `${stream.name}-data`,
        columns: columnsOfSchema(rowSchemas(stream).raw),
      });
    },
  );
}
