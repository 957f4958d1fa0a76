/** Bytes that never change while the process runs: served from memory, packed once, cached by browsers. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { gzipped, PAYS_FROM_BYTES, takesGzip } from "./compress.ts";
import { matches } from "./etag.ts";

export interface Fixed {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
  /** Packed at the first request, off the event loop. */
  gzip: Promise<Uint8Array<ArrayBuffer>> | null;
}

export const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("base64url").slice(0, 12);
};

export function fixed(content: string | Uint8Array, type: string): Fixed {
  const bytes = new Uint8Array(typeof content === "string" ? new TextEncoder().encode(content) : content);
  return { bytes, type, etag: `W/"${hashOf(bytes)}"`, gzip: null };
}

/** @param immutable The address carries the content's hash: a browser need never ask again. */
export async function sendFixed(c: Context, file: Fixed, immutable: boolean): Promise<Response> {
  const headers = new Headers({
    "content-type": file.type,
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "public, no-cache",
    etag: file.etag,
    vary: "Accept-Encoding",
  });
  if (matches(c.req.header("if-none-match"), file.etag)) return new Response(null, { status: 304, headers });
  let body = file.bytes;
  if (body.length >= PAYS_FROM_BYTES && takesGzip(c.req.header("accept-encoding"))) {
    body = await (file.gzip ??= gzipped(file.bytes, 9));
    headers.set("content-encoding", "gzip");
  }
  headers.set("content-length", String(body.length));
  return new Response(body, { headers });
}
