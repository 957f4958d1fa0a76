/** What one key of a stream did: its raw events, or its windows where a step is asked. */
import type { Context } from "hono";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate, type Format } from "./format.ts";
import { format, from, limit, pageCursor, queryOf, step, to } from "./parameters.ts";
import { present } from "./present.ts";
import { rangeOf, type RangeParameters } from "./range.ts";
import { columnsOfSchema, oneOf, rowSchemas } from "./schema/rows.ts";

export const rangeFormats = ["json", "csv", "ndjson"] as const;

export const keyHistoryQuery = queryOf({
  from,
  to,
  step: step("Length of the windows; without it the answer has the raw events."),
  limit: limit(limits.range_rows_max),
  cursor: pageCursor,
  format: format(rangeFormats),
});

export const keyHistoryAnswer = (stream: Stream, description: string) => {
  const { raw, window } = rowSchemas(stream);
  return tableAnswer({
    description,
    row: oneOf(window === null ? [raw] : [raw, window]),
    formats: rangeFormats,
  });
};

export function keyHistory({ serving, clock }: ReadDeps, stream: Stream) {
  const { raw, window } = rowSchemas(stream);
  return async (
    c: Context,
    id: string,
    asked: RangeParameters & { format?: Format | undefined },
  ): Promise<Response> => {
    const query = rangeOf(stream, asked, asked.step !== undefined, clock.now());
    const answer = await serving.history(stream, id, query);
    const schema = query.step === undefined ? raw : (window ?? raw);
    return present(c, answer, negotiate(c.req.header("accept"), asked.format, rangeFormats), {
      name: `${stream.name}-history`,
      columns: columnsOfSchema(schema),
    });
  };
}
