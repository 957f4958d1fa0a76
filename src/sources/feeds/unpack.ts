/** A body as it was sent, unpacked, never larger in memory than it may be. */
import { brotliDecompress, gunzip, inflate, type InputType } from "node:zlib";
import { CallError } from "./call-error.ts";

type Unpack = (
  packed: InputType,
  options: { maxOutputLength: number },
  done: (error: Error | null, plain: Buffer) => void,
) => void;

const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: inflate,
  br: brotliDecompress,
};

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
  encoding: string | null,
  bytes_max: number,
): Promise<Uint8Array> {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return sent;
  const undo = unpackers[name];
  if (undo === undefined)
    throw new CallError("decode", `The answer is packed as "${name.slice(0, 60)}", which was not asked for`);
  return new Promise((resolve, reject) => {
    undo(sent, { maxOutputLength: bytes_max }, (error, plain) => {
      if (error === null) return resolve(plain);
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ERR_BUFFER_TOO_LARGE")
        reject(new CallError("size", `The answer has more than ${bytes_max} bytes when unpacked`));
      else if (code === "Z_BUF_ERROR")
        reject(new CallError("half", `The answer ends before it can be unpacked as ${name}`));
      else reject(new CallError("decode", `The answer cannot be unpacked as ${name}: ${error.message}`));
    });
  });
}
