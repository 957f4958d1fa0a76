/**
 * What every key of a stream does now. The whole list is built once per tick by the serving layer and sent as the
 * same bytes to all; a client that has it already gets 304 without anybody being asked.
 */
import type { Context } from "hono";
import { hash32 } from "../src/core/identity.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Answer, CurrentRow, Listed } from "../src/serving/answer.ts";
import { joinBytes, keptBytes, rowBytes } from "../src/serving/row-bytes.ts";
import { askedOf, currentFormats, type AskedCurrent } from "./current-query.ts";
import type { ReadDeps } from "./deps.ts";
import { derivedTag, matches, notModified } from "./etag.ts";
import { negotiate, type Format } from "./format.ts";
import { geometryOf } from "./geometry.ts";
import { featureOf, headersOf, write, type Shape } from "./present.ts";
import { columnsOfSchema, rowSchemas } from "./schema/rows.ts";
import { partOf, sendBody, sharedResponse, VARY } from "./shared-body.ts";

const text = new TextEncoder();

export type CurrentList = (c: Context, query: AskedCurrent) => Promise<Response>;

/** @param listed Which rows the address shows where `max_age` is not asked. */
export function currentList({ serving, city }: ReadDeps, stream: Stream, listed: Listed = {}): CurrentList {
  const geometry = geometryOf(stream, city);
  const shape: Shape<CurrentRow> = {
    name: `${stream.name}-current`,
    columns: columnsOfSchema(rowSchemas(stream).current),
    id: (row) => String(row[stream.key]),
    geometry,
  };
  const featureBytes = keptBytes((row) => JSON.stringify(featureOf(row, shape)));
  /** Rows are in many lists: they are copied, not made again. */
  const bodyOfPart = (answer: Answer<readonly CurrentRow[]>, format: Format): Uint8Array<ArrayBuffer> => {
    const meta = `],"meta":${JSON.stringify(answer.meta)}}`;
    switch (format) {
      case "json":
        return joinBytes(`{"data":[`, answer.data.map(rowBytes), meta);
      case "geojson":
        return joinBytes(`{"type":"FeatureCollection","features":[`, answer.data.map(featureBytes), meta);
      case "csv":
      case "ndjson":
        return text.encode(write(answer, format, shape));
    }
  };
  return async (c, { format: asked_format, ...asked }) => {
    const query = askedOf(asked);
    const shared = await serving.shared(stream, listed);
    const format = negotiate(c.req.header("accept"), asked_format, currentFormats);
    const whole = Object.keys(query).length === 0;
    const about = whole ? format : `${format} ${JSON.stringify(query)}`;
    const cache_control = `public, max-age=${Math.ceil(shared.max_age_ms / 1_000)}`;
    const current = () => serving.current(stream, { ...listed, ...query });
    // Rows of another age than the address's own leave the list at other times than the shared one tells.
    const answer = query.max_age_ms === undefined ? null : await current();
    const base = answer === null ? shared.etag : derivedTag(shared.etag, rowsOf(stream, answer));
    const etag = whole && format === "json" ? base : derivedTag(base, about);
    if (matches(c.req.header("if-none-match"), etag)) return notModified(etag, cache_control, VARY);
    if (whole)
      return sharedResponse(
        c,
        shared,
        etag,
        format,
        format === "json" ? null : () => write(shared.answer, format, shape),
        shape.name,
      );
    const make = (of: Answer<readonly CurrentRow[]>) => ({ answer: of, bytes: bodyOfPart(of, format) });
    // What many ask in one tick is made once; what depends on the moment is not kept.
    const part =
      answer === null
        ? partOf(shared, about, async () => make(await current()))
        : partOf(null, about, async () => make(answer));
    const { answer: sent, body } = await part;
    const headers = headersOf(c, sent, format, shape.name);
    headers.set("cache-control", cache_control);
    headers.set("etag", etag);
    return sendBody(c, headers, body);
  };
}

/** Which events an answer has, and whether there are more. */
const rowsOf = (stream: Stream, { data, meta }: Answer<readonly CurrentRow[]>): string =>
  `${hash32(data.map((row) => `${String(row[stream.key])} ${String(row[stream.identity])}`).join("\n"))} ${meta.next_cursor ?? ""}`;
