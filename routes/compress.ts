/** gzip where the client takes it and it pays. Runs off the event loop. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const pack = promisify(gzip);

/** Below this a packet is saved by nothing. */
const PAYS_FROM_BYTES = 1_400;

export const takesGzip = (accept_encoding: string | undefined): boolean =>
  accept_encoding !== undefined &&
  /(?:^|[\s,])(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)/i.test(accept_encoding);

export const gzipped = (bytes: Uint8Array | string, level = 1): Promise<Uint8Array<ArrayBuffer>> =>
  pack(bytes, { level });

/** A body and its headers, packed if that helps. */
export async function encoded(
  body: string,
  accept_encoding: string | undefined,
  headers: Headers,
): Promise<string | Uint8Array<ArrayBuffer>> {
  headers.append("vary", "Accept-Encoding");
  if (body.length < PAYS_FROM_BYTES || !takesGzip(accept_encoding)) return body;
  headers.set("content-encoding", "gzip");
  return gzipped(body);
}
