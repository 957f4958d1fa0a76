/** What the embedded adapters (PostgreSQL, in memory) give to the one consumer that they share. */
import type { Bell } from "./bell.ts";
import type { ConsumeOptions } from "./log.ts";
import type { Lease } from "./share.ts";
import type { StoredRow } from "./stored-row.ts";

export interface PartitionRef {
  partition_id: number;
  topic: string;
  partition: number;
}

/** Where batches come from. Errors of a server are `LogUnavailableError`: tried again. */
export interface RowSource {
  readonly bell: Bell;
  /**
   * Rows from the one that holds `offset` or follows it, as many as make one batch; none at the end.
   * @param since_ms No row of this partition that is wanted is older.
   */
  fetch(
    ref: PartitionRef,
    offset: number,
    since_ms: number,
  ): Promise<{ rows: readonly StoredRow[]; end_offset: number }>;
  /** The offset where `from` begins now. */
  startOffset(ref: PartitionRef, from: NonNullable<ConsumeOptions["from"]>): Promise<number>;
}

/** One member of a group. Errors of a server are `LogUnavailableError`: tried again. */
export interface Membership {
  /** Between two beats, ms. */
  readonly beat_ms: number;
  /** So long after a beat the member may believe that it holds what it held, ms. */
  readonly lease_ms: number;
  /** Says "alive", takes its share, and tells what it holds and what of that it should give back. */
  beat(): Promise<{ held: readonly Lease[]; give: readonly Lease[] }>;
  release(lease: Lease): Promise<void>;
  /** False when the lease is another's now. */
  commit(lease: Lease, next_offset: number): Promise<boolean>;
  /** Gives everything back. */
  leave(): Promise<void>;
  /** @returns what takes the listener off again. */
  onChange(wake: () => void): () => void;
}
