/** Where the archive lies: a folder, or a bucket of any S3. Objects are small enough to be held in memory, and are there whole or not at all. */

export interface ArchiveTarget {
  /** As it was configured: `/var/archive`, `s3://bucket/prefix`. */
  location: string;
  /** Writes, and takes away again, a small object. @throws {ArchiveError} */
  check(): Promise<void>;
  /** Resolves once it is durable; until then what was there before is there. @throws {ArchiveError} */
  put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** @returns null for nothing. @throws {ArchiveError} */
  get(path: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Paths of the objects below a folder (which ends in `/`), sorted. @throws {ArchiveError} */
  list(folder: string): Promise<readonly string[]>;
  /** Nothing where there is nothing. @throws {ArchiveError} */
  remove(path: string): Promise<void>;
}

/** The archive cannot be written or read, or does not hold what it should; the message says which object, and why. */
export class ArchiveError extends Error {
  override name = "ArchiveError";
  /** Trying again may help: its server is away. */
  readonly away: boolean;
  constructor(message: string, { away = false, ...options }: ErrorOptions & { away?: boolean } = {}) {
    super(message, options);
    this.away = away;
  }
}
