/** `/api/data/{stream}`: raw rows as they are stored, page by page or, as CSV and NDJSON, a whole range in one piece. */
import { z } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { ExportPlaces, presentExport } from "./export.ts";
import { negotiate } from "./format.ts";
import { rangeFormats } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format as formatOf, from, key, limit, pageCursor, queryOf, streamName, to } from "./parameters.ts";
import { present } from "./present.ts";
import { rangeOf } from "./range.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema, oneOf, rowSchemas } from "./schema/rows.ts";
import { streamCalled } from "./streams.ts";

export function dataRoutes({ serving, streams, clock }: ReadDeps) {
  const places = new ExportPlaces();
  const by_name = new Map(streams.map((stream): [string, Stream] => [stream.name, stream]));
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/data/{stream}",
      operationId: "data",
      summary: "Raw rows of a stream",
      description: [
        `JSON comes in pages. CSV and NDJSON without \`limit\` and \`cursor\` are the whole range in one piece, written as fast as it is taken, of the last day where no range is given; at most ${limits.exports_max} at once per server, others answer 503 with Retry-After.`,
        "Such an export says in its headers and in its file's name what it is of; times are UTC. `Arterial-Cursor` was read before the rows: all that it holds of the range is in the file.",
        `If reading fails on the way, or takes longer than ${limits.export_ms_max / 60_000} min, the connection is cut without the last chunk: a file that came to its end is whole.`,
      ].join("\n\n"),
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
          format: formatOf(rangeFormats),
        }),
      },
      responses: {
        ...tableAnswer({
          description: "Events by event time, oldest first.",
          exported: true,
          row: oneOf(streams.map((stream) => rowSchemas(stream).raw)),
          formats: rangeFormats,
        }),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const stream = streamCalled(by_name, c.req.valid("param").stream);
      const { format: wanted, key: only, ...range } = c.req.valid("query");
      const format = negotiate(c.req.header("accept"), wanted, rangeFormats);
      const columns = columnsOfSchema(rowSchemas(stream).raw);
      const name = `${stream.name}-data`;
      const of_key = only === undefined ? {} : { key: only };
      if (
        (format === "csv" || format === "ndjson") &&
        range.limit === undefined &&
        range.cursor === undefined
      ) {
        const { from_ms, to_ms } = rangeOf(stream, range, true, clock.now());
        // Taken before anything is read: who comes one too many is told so, and not cut off later.
        const leave = places.take();
        try {
          const whole = await serving.export(stream, { from_ms, to_ms, ...of_key });
          return presentExport(c, whole, { name, format, columns, leave });
        } catch (error) {
          leave();
          throw error;
        }
      }
      const answer = await serving.data(stream, {
        ...rangeOf(stream, range, false, clock.now()),
        ...of_key,
      });
      return present(c, answer, format, { name, columns });
    },
  );
}
