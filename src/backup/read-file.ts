/** Reads the file of a backup, and never believes it: lengths, hashes and counts are compared on the way. */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import {
  BLOCK_BYTES_MAX,
  END_BYTES,
  isSkippable,
  KIND,
  LABEL,
  LENGTH_BYTES,
  readEnd,
  sha256Of,
  skippable,
  unpack,
} from "./frames.ts";
import { BACKUP_FORMAT, BackupError, manifestSchema, type BackedTable, type Manifest } from "./manifest.ts";
import { TupleReader } from "./tuples.ts";

const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;

export class BackupReader {
  readonly manifest: Manifest;
  /** Of the whole file. */
  readonly bytes: number;
  readonly #file: FileHandle;
  readonly #name: string;

  private constructor(file: FileHandle, name: string, bytes: number, manifest: Manifest) {
    this.#file = file;
    this.#name = name;
    this.bytes = bytes;
    this.manifest = manifest;
  }

  /** @throws {BackupError} for a file that is no whole backup, in one sentence. */
  static async open(path: string): Promise<BackupReader> {
    const name = basename(path);
    const file = await open(path, "r").catch((error: unknown) => {
      throw new BackupError(`Cannot read the backup ${path}: ${(error as Error).message}`);
    });
    try {
      const { size } = await file.stat();
      return new BackupReader(file, name, size, await manifestOf(file, name, size));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * One table's binary COPY in blocks; its hash, length and rows are compared when the last block has been given.
   *
   * @throws {BackupError} in the middle or at the end. What was given until then is not to be trusted.
   */
  async *table(table: BackedTable): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    const tuples = new TupleReader();
    const end = table.offset + table.bytes;
    let plain_bytes = 0;
    for (let at = table.offset; at < end;) {
      const head = await exactly(this.#file, at, LENGTH_BYTES);
      if (head === null || !isSkippable(head, KIND.length, 4))
        throw this.#changed(table, "a frame is missing");
      const length = head.readUInt32LE(8);
      at += LENGTH_BYTES + length;
      if (length === 0 || length > BLOCK_BYTES_MAX || at > end)
        throw this.#changed(table, "a frame's length is wrong");
      const packed = await exactly(this.#file, at - length, length);
      if (packed === null) throw this.#changed(table, "a frame is cut off");
      const block = await unpack(new Uint8Array(packed)).catch(() => null);
      if (block === null) throw this.#changed(table, "a frame cannot be unpacked");
      plain_bytes += block.length;
      hash.update(block);
      this.#sound(table, () => tuples.push(block));
      yield block;
    }
    this.#sound(table, () => tuples.finish());
    const same =
      plain_bytes === table.plain_bytes &&
      hash.digest("hex") === table.sha256 &&
      tuples.rows === table.rows &&
      tuples.content === table.content;
    if (!same) throw this.#changed(table, "its bytes are not those that were written");
  }

  /** Reads all of it. @throws {BackupError} */
  async verify(onTable: (table: BackedTable) => void = () => {}): Promise<void> {
    for (const table of this.manifest.tables) {
      for await (const block of this.table(table)) void block;
      onTable(table);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #sound(table: BackedTable, read: () => void): void {
    try {
      read();
    } catch (error) {
      throw this.#changed(table, error instanceof Error ? error.message : String(error));
    }
  }

  #changed(table: BackedTable, why: string): BackupError {
    return new BackupError(
      `The backup ${this.#name} is damaged in table ${table.name} (${why}): use another one`,
    );
  }
}

async function manifestOf(file: FileHandle, name: string, size: number): Promise<Manifest> {
  const label = skippable(KIND.label, LABEL);
  const first = await exactly(file, 0, label.length);
  if (first === null || !first.equals(label)) throw new BackupError(`${name} is not a backup of Arterial's`);
  const last = size < label.length + END_BYTES ? null : await exactly(file, size - END_BYTES, END_BYTES);
  const end = last === null ? null : readEnd(last);
  if (end === null || end.offset + end.bytes + END_BYTES !== size || end.bytes > MANIFEST_BYTES_MAX)
    throw new BackupError(`The backup ${name} is cut off, or was never finished: use another one`);
  const packed = await exactly(file, end.offset, end.bytes);
  const text = packed === null ? null : await unpack(new Uint8Array(packed)).catch(() => null);
  if (text === null || !sha256Of(text).equals(end.sha256))
    throw new BackupError(`The backup ${name} is damaged in its manifest: use another one`);
  const value: unknown = JSON.parse(text.toString());
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format > BACKUP_FORMAT)
    throw new BackupError(
      `The backup ${name} has format ${format}, and this release reads up to ${BACKUP_FORMAT}: use a newer release`,
    );
  const read = manifestSchema.safeParse(value);
  if (!read.success)
    throw new BackupError(
      `The backup ${name} has a manifest that this release does not understand: ${read.error.issues[0]?.message}`,
    );
  return read.data;
}

/** Null if there are fewer. */
async function exactly(file: FileHandle, position: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) return null;
    at += bytesRead;
  }
  return bytes;
}
