/** A stored batch as a reader holds it: decoded once, when first asked for, however many groups read it. */
import { limits } from "../core/limits.ts";
import { decodeBatch } from "./batch-codec.ts";
import type { LogBatch, LogRecord } from "./log.ts";

/** What a decoded record takes in memory beside its value: the object, its view, its key. Measured roughly. */
const RECORD_OVERHEAD_BYTES = 250;

export class StoredRow {
  readonly base_offset: number;
  readonly next_offset: number;
  readonly timestamp_ms: number;
  readonly #plain: Uint8Array;
  #records: readonly LogRecord[] | null = null;

  constructor(plain: Uint8Array, base_offset: number, next_offset: number, timestamp_ms: number) {
    this.#plain = plain;
    this.base_offset = base_offset;
    this.next_offset = next_offset;
    this.timestamp_ms = timestamp_ms;
  }

  get records(): readonly LogRecord[] {
    this.#records ??= decodeBatch(this.#plain, this.base_offset, this.timestamp_ms);
    return this.#records;
  }

  get count(): number {
    return this.next_offset - this.base_offset;
  }

  /** Bytes as written, keys and headers with them. */
  get plain_bytes(): number {
    return this.#plain.length;
  }

  /** Bytes held in memory once it is decoded. */
  get held_bytes(): number {
    return this.#plain.length + RECORD_OVERHEAD_BYTES * this.count;
  }
}

/** Rows of one partition, one after the other, as one batch from `offset` on. */
export function joinRows(
  ref: { topic: string; partition: number },
  rows: readonly StoredRow[],
  offset: number,
  end_offset: number,
): LogBatch {
  const first = rows[0]!;
  const skipped = Math.max(0, offset - first.base_offset);
  const head = skipped === 0 ? first.records : first.records.slice(skipped);
  const records = rows.length === 1 ? head : [head, ...rows.slice(1).map((row) => row.records)].flat();
  const next_offset = rows.at(-1)!.next_offset;
  return {
    topic: ref.topic,
    partition: ref.partition,
    records,
    first_offset: first.base_offset + skipped,
    next_offset,
    end_offset: Math.max(end_offset, next_offset),
  };
}

/** How many of the rows, from `from` on, may be handed over together: always one, more within the limits. */
export function rowsTogether(rows: readonly StoredRow[], from: number): number {
  let count = 0;
  let bytes = 0;
  let n = from;
  for (; n < rows.length; n++) {
    const row = rows[n]!;
    if (n > from && row.base_offset !== rows[n - 1]!.next_offset) break;
    count += row.count;
    bytes += row.plain_bytes;
    if (n > from && (count > limits.batch_records_max || bytes > limits.batch_bytes_max)) break;
  }
  return n - from;
}
