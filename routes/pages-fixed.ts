/** Bytes that never change under their address: served from memory, packed once, cached by browsers for ever. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";
import { takesGzip } from "./compress.ts";
import { matches } from "./etag.ts";

const pack = promisify(gzip);

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
    "x-content-type-options": "nosniff",
  });
  if (matches(c.req.header("if-none-match"), file.etag)) return new Response(null, { status: 304, headers });
  if (file.bytes.length < 1_000 || !takesGzip(c.req.header("accept-encoding")))
    return new Response(file.bytes, { headers });
  file.gzip ??= pack(file.bytes, { level: 9 }) as Promise<Uint8Array<ArrayBuffer>>;
  headers.set("content-encoding", "gzip");
  return new Response(await file.gzip, { headers });
}
