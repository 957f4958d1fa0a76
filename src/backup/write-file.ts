/** Writes the file of a backup beside its name, and gives it the name when it is whole and on the disk. */
import { createHash } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { endFrame, KIND, LABEL, lengthFrame, pack, sha256Of, skippable } from "./frames.ts";
import type { BackedTable, Manifest } from "./manifest.ts";
import { TupleReader } from "./tuples.ts";

/** What a backup that is being written is called: never taken for one that is whole. */
export const WRITING = ".writing";

export class BackupFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @param path Where it will be; what is there already is replaced in the end. */
  static async begin(path: string): Promise<BackupFile> {
    const one = new BackupFile(path, await open(path + WRITING, "w", 0o600));
    await one.#write(skippable(KIND.label, LABEL));
    return one;
  }

  /** Packed bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Writes one table.
   *
   * @param pieces Its binary COPY, in pieces of any size.
   * @param onBlock After each megabyte, with what the table has so far.
   */
  async table(
    name: string,
    columns: readonly string[],
    pieces: AsyncIterable<Buffer>,
    onBlock: (rows: number, plain_bytes: number) => void | Promise<void>,
  ): Promise<BackedTable> {
    const offset = this.#bytes;
    const hash = createHash("sha256");
    const tuples = new TupleReader();
    let plain_bytes = 0;
    for await (const block of pieces) {
      hash.update(block);
      tuples.push(block);
      plain_bytes += block.length;
      const packed = await pack(new Uint8Array(block));
      await this.#write(Buffer.concat([lengthFrame(packed.length), packed]));
      await onBlock(tuples.rows, plain_bytes);
    }
    tuples.finish();
    return {
      name,
      columns: [...columns],
      rows: tuples.rows,
      content: tuples.content,
      sha256: hash.digest("hex"),
      plain_bytes,
      offset,
      bytes: this.#bytes - offset,
    };
  }

  /** Where it is until it has its name. */
  get writing_path(): string {
    return this.#path + WRITING;
  }

  /** Writes the manifest, and sees to it that all of it is on the disk. */
  async finish(manifest: Manifest): Promise<void> {
    const text = Buffer.from(JSON.stringify(manifest));
    const packed = await pack(new Uint8Array(text));
    const offset = this.#bytes;
    await this.#write(packed);
    await this.#write(endFrame({ offset, bytes: packed.length, sha256: sha256Of(text) }));
    await this.#file.sync();
    await this.#file.close();
  }

  /** Gives it its name: from now on it counts. */
  async name(): Promise<void> {
    await rename(this.writing_path, this.#path);
    const folder = await open(dirname(this.#path), "r");
    await folder.sync().catch(() => {});
    await folder.close();
  }

  /** Throws away what was written. Idempotent. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.writing_path, { force: true });
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
    this.#bytes += bytes.length;
  }
}
