/**
 * Reads PostgreSQL's binary COPY as it goes by, in pieces of any size: counts the rows and adds up their hashes, so that two
 * tables can be compared whatever the order of their rows.
 *
 * The format: a header of 11 bytes, flags, an extension; per row the number of fields (int16), per field its length (int32,
 * −1 for null) and its bytes; −1 in place of a number of fields ends it. https://www.postgresql.org/docs/18/sql-copy.html
 */
import { BackupError } from "./manifest.ts";

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const HEADER_BYTES = SIGNATURE.length + 8;
const MASK = (1n << 64n) - 1n;

export class TupleReader {
  #rows = 0;
  #content = 0n;
  /** What of the last piece did not make a whole row. */
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;
  #ended = false;

  get rows(): number {
    return this.#rows;
  }

  /** 16 hexadecimal digits. */
  get content(): string {
    return this.#content.toString(16).padStart(16, "0");
  }

  /** @throws {BackupError} for bytes that are no binary COPY. */
  push(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    if (!this.#begun) {
      if (bytes.length < HEADER_BYTES) return this.#keep(bytes, 0);
      if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw broken("it does not begin like one");
      at = HEADER_BYTES + bytes.readUInt32BE(HEADER_BYTES - 4);
      this.#begun = true;
    }
    for (;;) {
      const end = this.#ended ? -1 : rowEnd(bytes, at);
      if (end === -1) break;
      if (end === at + 2) {
        this.#ended = true;
        at = end;
        break;
      }
      this.#rows++;
      this.#content = (this.#content + Bun.hash.xxHash3(bytes.subarray(at, end))) & MASK;
      at = end;
    }
    if (this.#ended && at < bytes.length) throw broken("it goes on after its end");
    this.#keep(bytes, at);
  }

  /** @throws {BackupError} if the last row, or the end, is missing. */
  finish(): void {
    if (!this.#ended) throw broken("its end is missing");
  }

  #keep(bytes: Buffer, at: number): void {
    // A copy: the piece is somebody else's, and may be used again.
    this.#rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }
}

/** Where the row that begins here ends; −1 if that is not in these bytes; two further for the end of all. */
function rowEnd(bytes: Buffer, from: number): number {
  if (from + 2 > bytes.length) return -1;
  const fields = bytes.readInt16BE(from);
  let at = from + 2;
  if (fields === -1) return at;
  if (fields < 1) throw broken(`a row of ${fields} fields`);
  for (let n = 0; n < fields; n++) {
    if (at + 4 > bytes.length) return -1;
    const length = bytes.readInt32BE(at);
    if (length < -1) throw broken(`a field of ${length} bytes`);
    at += 4 + Math.max(0, length);
  }
  return at > bytes.length ? -1 : at;
}

const broken = (why: string): BackupError => new BackupError(`it is no binary COPY: ${why}`);
