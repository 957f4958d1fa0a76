/** Bodies that many clients are sent in one tick: made once, packed once, and shared. */
import type { Context } from "hono";
import { limits } from "../src/core/limits.ts";
import type { Answer, CurrentRow, SharedAnswer } from "../src/serving/answer.ts";
import { gzipped, PAYS_FROM_BYTES, takesGzip } from "./compress.ts";
import type { Format } from "./format.ts";
import { headersOf } from "./present.ts";

export const VARY = "Accept, Accept-Encoding";

/**
 * As blobs, because `Response` copies an array of bytes each time, half a megabyte for every client, but shares a blob.
 * Each is made when it is first asked for.
 */
export interface Body {
  plain: () => Blob;
  /** Null where packing does not pay. */
  gzip: (() => Promise<Blob>) | null;
}

/** Bodies made from a tick's list, for as long as its answer lives: each caller is given a `SharedAnswer` of its own. */
const made = new WeakMap<SharedAnswer["answer"], Map<string, Body>>();
const text = new TextEncoder();

const blob = (bytes: Uint8Array): Blob => new Blob([bytes]);

/** @param pays_from_bytes Shorter ones are not packed. */
export function bodyOf(bytes: Uint8Array<ArrayBuffer>, pays_from_bytes = 0): Body {
  let plain: Blob | null = null;
  let gzip: Promise<Blob> | null = null;
  return {
    plain: () => (plain ??= blob(bytes)),
    gzip: bytes.length < pays_from_bytes ? null : () => (gzip ??= gzipped(bytes).then(blob)),
  };
}

function sharedBody(shared: SharedAnswer, name: string, make: (() => string) | null): Body {
  let bodies = made.get(shared.answer);
  if (bodies === undefined) made.set(shared.answer, (bodies = new Map<string, Body>()));
  let body = bodies.get(name);
  if (body === undefined) {
    if (make === null) {
      const [plain, gzip] = [blob(shared.json), Promise.resolve(blob(shared.gzip))];
      body = { plain: () => plain, gzip: () => gzip };
    } else body = bodyOf(text.encode(make()));
    bodies.set(name, body);
  }
  return body;
}

/** A part of a list, and its body. */
interface Part {
  answer: Answer<readonly CurrentRow[]>;
  body: Body;
}

const parts = new WeakMap<SharedAnswer["answer"], Map<string, Promise<Part>>>();

/**
 * A part of a tick's list, made once for all who ask the same of it; of more than `limits.shared_parts_max` questions,
 * the others are answered one by one.
 *
 * @param shared The list of the tick; null to keep nothing.
 */
export function partOf(
  shared: SharedAnswer | null,
  question: string,
  make: () => Promise<{ answer: Part["answer"]; bytes: Uint8Array<ArrayBuffer> }>,
): Promise<Part> {
  const fresh = async (): Promise<Part> => {
    const { answer, bytes } = await make();
    return { answer, body: bodyOf(bytes, PAYS_FROM_BYTES) };
  };
  if (shared === null) return fresh();
  let kept = parts.get(shared.answer);
  if (kept === undefined) parts.set(shared.answer, (kept = new Map<string, Promise<Part>>()));
  let part = kept.get(question);
  if (part === undefined) {
    part = fresh();
    if (kept.size < limits.shared_parts_max) {
      kept.set(question, part);
      part.catch(() => kept.delete(question));
    }
  }
  return part;
}

/** Sends a body as the client takes it. */
export async function sendBody(c: Context, headers: Headers, body: Body): Promise<Response> {
  headers.set("vary", VARY);
  const packed = body.gzip !== null && takesGzip(c.req.header("accept-encoding"));
  const sent = packed ? await body.gzip!() : body.plain();
  if (packed) headers.set("content-encoding", "gzip");
  headers.set("content-length", String(sent.size));
  return new Response(sent, { headers });
}

/**
 * Sends a tick's list in `format`, made once for all who ask.
 * @param make The text of the body; null for the JSON that the serving layer has made already.
 */
export function sharedResponse(
  c: Context,
  shared: SharedAnswer,
  etag: string,
  format: Format,
  make: (() => string) | null,
  name: string,
): Promise<Response> {
  const headers = headersOf(c, shared.answer, format, name);
  headers.set("etag", etag);
  headers.set("cache-control", `public, max-age=${Math.ceil(shared.max_age_ms / 1_000)}`);
  return sendBody(c, headers, sharedBody(shared, `${name} ${format}`, make));
}
