/** Undoes a body's `content-encoding`, never into more memory than it may have: of requests and of feeds' answers. */
import { brotliDecompress, gunzip, inflate, zstdDecompress, type InputType } from "node:zlib";

type Unpack = (
  packed: InputType,
  options: { maxOutputLength: number },
  done: (error: Error | null, plain: Buffer) => void,
) => void;

const unpackers = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: inflate,
  br: brotliDecompress,
  zstd: zstdDecompress,
} satisfies Record<string, Unpack>;

export type Encoding = keyof typeof unpackers;

/** Why it could not be: too large once unpacked (a bomb is left at that byte), cut short, or not packed as it says. */
export class UnpackError extends Error {
  override name = "UnpackError";
  readonly kind: "size" | "half" | "decode";

  constructor(kind: UnpackError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The encoding that a header names: null for none, undefined for one that is not among `taken`. */
export function encodingOf<E extends Encoding>(
  header: string | null,
  taken: readonly E[],
): E | null | undefined {
  const name = (header ?? "identity").trim().toLowerCase();
  return name === "identity" || name === "" ? null : taken.find((one) => one === name);
}

/** @throws {UnpackError} */
export const unpackAtMost = (
  packed: Uint8Array,
  encoding: Encoding,
  bytes_max: number,
): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const undo: Unpack = unpackers[encoding];
    undo(packed, { maxOutputLength: bytes_max }, (error, plain) => {
      if (error === null) return resolve(plain);
      const { code } = error as NodeJS.ErrnoException;
      const kind = code === "ERR_BUFFER_TOO_LARGE" ? "size" : code === "Z_BUF_ERROR" ? "half" : "decode";
      reject(new UnpackError(kind, error.message));
    });
  });
