/** An HTTP body as bytes, within limits: read as a stream, unpacked, never larger in memory than it may be. */
import { ProblemError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { encodingOf, UnpackError, unpackAtMost, type Encoding } from "./unpack.ts";

const TAKEN = ["gzip", "x-gzip", "deflate", "zstd"] as const satisfies readonly Encoding[];

/**
 * The body after `content-encoding` (one of gzip, deflate, zstd) is undone.
 *
 * @throws {ProblemError} `too-large` when the body, as sent or unpacked, has more than `bytes_max` bytes: a bomb
 *   is left at that byte. `unsupported-media-type` for another encoding, `malformed` when it cannot be unpacked.
 */
export async function readBody(
  request: Request,
  bytes_max: number = limits.body_bytes_max,
): Promise<Uint8Array> {
  const header = request.headers.get("content-encoding");
  const encoding = encodingOf(header, TAKEN);
  if (encoding === undefined) {
    const asked = header!.trim().toLowerCase().slice(0, 60);
    throw new ProblemError({
      name: "unsupported-media-type",
      detail: `Content-Encoding "${asked}" is not supported; send gzip, deflate, zstd, or none`,
      errors: [
        {
          parameter: "Content-Encoding",
          value: asked,
          rule: "must be gzip, deflate, zstd or absent",
        },
      ],
    });
  }
  const declared = Number(request.headers.get("content-length"));
  if (declared > bytes_max) throw tooLarge(`${declared} bytes`, bytes_max);
  const sent = await readStream(request.body, bytes_max);
  if (encoding === null) return sent;
  return unpackAtMost(sent, encoding, bytes_max).catch((error: unknown) => {
    if (!(error instanceof UnpackError)) throw error;
    if (error.kind === "size") throw tooLarge(`more than ${bytes_max} bytes when unpacked`, bytes_max);
    throw new ProblemError({
      name: "malformed",
      detail: `The body cannot be unpacked as ${encoding}: ${error.message}`,
      errors: [{ pointer: "", rule: `must be ${encoding}, as its Content-Encoding says` }],
    });
  });
}

async function readStream(stream: ReadableStream<Uint8Array> | null, bytes_max: number): Promise<Uint8Array> {
  if (stream === null) return new Uint8Array(0);
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > bytes_max) {
      await reader.cancel();
      throw tooLarge(`more than ${bytes_max} bytes`, bytes_max);
    }
    chunks.push(value);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
}

const tooLarge = (what: string, bytes_max: number): ProblemError =>
  new ProblemError({
    name: "too-large",
    detail: `The body has ${what}; at most ${bytes_max} are taken, so send it in parts`,
    errors: [{ pointer: "", value: what, rule: `must be at most ${bytes_max} bytes` }],
  });
