/** An answer's body as it was sent, unpacked: what goes wrong is the call's failure. */
import { encodingOf, UnpackError, unpackAtMost, type Encoding } from "../unpack.ts";
import { CallError } from "./call-error.ts";

const TAKEN = ["gzip", "x-gzip", "deflate", "br"] as const satisfies readonly Encoding[];

/** What is asked for: `accept-encoding`. */
export const ENCODINGS = "gzip, deflate, br";

/**
 * The body after its `content-encoding` is undone.
 *
 * @throws {CallError} `size` when it would have more than `bytes_max` bytes: a bomb is left at that byte. `half` when it
 *   is cut, `decode` when it is not packed as it says, or in a way that was not asked for.
 */
export async function unpack(
  sent: Uint8Array,
  header: string | null,
  bytes_max: number,
): Promise<Uint8Array> {
  const encoding = encodingOf(header, TAKEN);
  if (encoding === null) return sent;
  if (encoding === undefined)
    throw new CallError(
      "decode",
      `The answer is packed as "${header!.trim().toLowerCase().slice(0, 60)}", which was not asked for`,
    );
  return unpackAtMost(sent, encoding, bytes_max).catch((error: unknown) => {
    if (!(error instanceof UnpackError)) throw error;
    const words = {
      size: `The answer has more than ${bytes_max} bytes when unpacked`,
      half: `The answer ends before it can be unpacked as ${encoding}`,
      decode: `The answer cannot be unpacked as ${encoding}: ${error.message}`,
    };
    throw new CallError(error.kind, words[error.kind]);
  });
}
