/** gzip where the client takes it and it pays. Runs off the event loop. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const pack = promisify(gzip);

/** Below this a packet is saved by nothing. */
export const PAYS_FROM_BYTES = 1_400;

export const takesGzip = (accept_encoding: string | undefined): boolean =>
  accept_encoding !== undefined &&
  /(?:^|[\s,])(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)/i.test(accept_encoding);

/** Each piece of the result is a turn of the event loop, and 16 KB by default: ours comes in one. */
export const gzipped = (bytes: Uint8Array | string, level = 1): Promise<Uint8Array<ArrayBuffer>> =>
  pack(bytes, { level, chunkSize: Math.max(16_384, bytes.length >> 2) });

/** A body and its headers, packed if that helps. */
export async function encoded(
  body: string | Uint8Array<ArrayBuffer>,
  accept_encoding: string | undefined,
  headers: Headers,
): Promise<string | Uint8Array<ArrayBuffer>> {
  headers.append("vary", "Accept-Encoding");
  const pays = body.length >= PAYS_FROM_BYTES && takesGzip(accept_encoding);
  const sent = pays ? await gzipped(body) : body;
  if (pays) headers.set("content-encoding", "gzip");
  // Said here, so that HEAD says it, too: the server would count the bytes it sends, which are none.
  headers.set("content-length", String(Buffer.byteLength(sent)));
  return sent;
}
