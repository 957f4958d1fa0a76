/**
 * What every key of a stream does now. The whole list is built once per tick by the serving layer and sent as the
 * same bytes to all; a client that has it already gets 304 without anybody being asked.
 */
import type { Context } from "hono";
import { hash32 } from "../src/core/identity.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Answer, CurrentRow, Listed, SharedAnswer } from "../src/serving/answer.ts";
import { joinBytes, keptBytes, rowBytes } from "../src/serving/row-bytes.ts";
import { encoded, gzipped, takesGzip } from "./compress.ts";
import { askedOf, currentFormats, type AskedCurrent } from "./current-query.ts";
import type { ReadDeps } from "./deps.ts";
import { derivedTag, matches, notModified } from "./etag.ts";
import { negotiate, type Format } from "./format.ts";
import { geometryOf } from "./geometry.ts";
import { featureOf, headersOf, write, type Shape } from "./present.ts";
import { columnsOfSchema, rowSchemas } from "./schema/rows.ts";

export type CurrentList = (c: Context, query: AskedCurrent) => Promise<Response>;

const VARY = "Accept, Accept-Encoding";

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
  const bodyOfPart = (answer: Answer<readonly CurrentRow[]>, format: Format) => {
    const meta = `],"meta":${JSON.stringify(answer.meta)}}`;
    switch (format) {
      case "json":
        return joinBytes(`{"data":[`, answer.data.map(rowBytes), meta);
      case "geojson":
        return joinBytes(`{"type":"FeatureCollection","features":[`, answer.data.map(featureBytes), meta);
      case "csv":
      case "ndjson":
        return write(answer, format, shape);
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
    const part = answer ?? (await current());
    const headers = headersOf(c, part, format, shape.name);
    headers.set("cache-control", cache_control);
    headers.set("etag", etag);
    const body = await encoded(bodyOfPart(part, format), c.req.header("accept-encoding"), headers);
    return new Response(body, { headers });
  };
}

/** Which events an answer has, and whether there are more. */
const rowsOf = (stream: Stream, { data, meta }: Answer<readonly CurrentRow[]>): string =>
  `${hash32(data.map((row) => `${String(row[stream.key])} ${String(row[stream.identity])}`).join("\n"))} ${meta.next_cursor ?? ""}`;

/** As blobs, because `Response` copies an array of bytes each time, half a megabyte for every client, but shares a blob. */
interface Body {
  plain: Blob;
  gzip: Blob;
}

/** Bodies made from a tick's list, for as long as its answer lives: each caller is given a `SharedAnswer` of its own. */
const made = new WeakMap<SharedAnswer["answer"], Map<string, Promise<Body> | Body>>();
const text = new TextEncoder();

const blob = (bytes: Uint8Array): Blob => new Blob([bytes]);

function bodyOf(shared: SharedAnswer, name: string, make: (() => string) | null): Promise<Body> | Body {
  let bodies = made.get(shared.answer);
  if (bodies === undefined) made.set(shared.answer, (bodies = new Map<string, Promise<Body> | Body>()));
  let body = bodies.get(name);
  if (body === undefined) {
    if (make === null) body = { plain: blob(shared.json), gzip: blob(shared.gzip) };
    else {
      const plain = text.encode(make());
      body = gzipped(plain).then((gzip) => ({ plain: blob(plain), gzip: blob(gzip) }));
    }
    bodies.set(name, body);
  }
  return body;
}

/**
 * Sends a tick's list in `format`, made once for all who ask.
 * @param make The text of the body; null for the JSON that the serving layer has made already.
 */
export async function sharedResponse(
  c: Context,
  shared: SharedAnswer,
  etag: string,
  format: Format,
  make: (() => string) | null,
  name: string,
): Promise<Response> {
  const gzip = takesGzip(c.req.header("accept-encoding"));
  const headers = headersOf(c, shared.answer, format, name);
  headers.set("vary", VARY);
  headers.set("etag", etag);
  headers.set("cache-control", `public, max-age=${Math.ceil(shared.max_age_ms / 1_000)}`);
  if (gzip) headers.set("content-encoding", "gzip");
  const body = await bodyOf(shared, `${name} ${format}`, make);
  const sent = gzip ? body.gzip : body.plain;
  headers.set("content-length", String(sent.size));
  return new Response(sent, { headers });
}
