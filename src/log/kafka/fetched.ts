/** What one reader has fetched of its partition and not handed over yet: packed batches in, batches of records out. */
import { limits } from "../../core/limits.ts";
import { BatchCursor, headAt, type BatchHead } from "./records.ts";
import { Transactions, type Aborted } from "./transactions.ts";
import type { LogBatch, LogRecord } from "../log.ts";

/** Bytes of one answer that wait, and how far they were read. */
interface Chunk {
  records: Buffer;
  at: number;
  aborted: readonly Aborted[];
}

export class FetchedBatches {
  /** End of the partition, as the broker told it last. */
  end_offset = 0;
  readonly #topic: string;
  readonly #partition: number;
  /** Next offset to hand over. */
  #offset = 0;
  /** Offset up to which everything was handed over: what lies between was the broker's own. */
  #told = 0;
  #chunks: Chunk[] = [];
  #bytes = 0;
  #cursor: BatchCursor | null = null;
  /** Met, but not begun: it begins the next batch, so that the gap before it can be seen. */
  #after_gap: BatchHead | null = null;
  /** What retention has taken before it could be fetched. */
  #jump: { from: number; to: number } | null = null;
  #transactions = new Transactions();
  /** What came before it was handed over; it is thrown when the next is asked for. */
  #failed: Error | null = null;

  constructor(topic: string, partition: number) {
    this.#topic = topic;
    this.#partition = partition;
  }

  /** Packed, of what waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whole batches of one answer, that follow what was added before. */
  add(records: Buffer, aborted: readonly Aborted[]): void {
    this.#bytes += records.length;
    // Its own bytes: a slice would hold the whole answer, which may be of many partitions.
    this.#chunks.push({ records: Buffer.from(records), at: 0, aborted });
  }

  /** Retention has taken what was asked for: what is added now begins at `to`. */
  missing(asked: number, to: number): void {
    this.#jump = { from: this.#jump?.from ?? asked, to };
  }

  /** Anew from an offset, without what was added before. */
  restart(offset: number): void {
    this.#offset = this.#told = offset;
    this.#chunks = [];
    this.#bytes = 0;
    this.#cursor = null;
    this.#after_gap = this.#jump = null;
    this.#transactions = new Transactions();
  }

  /** What was added of what lies before an offset is not handed over: others have unpacked it. */
  passOver(offset: number): void {
    this.#offset = this.#told = offset;
    if (this.#cursor !== null && this.#cursor.head.next_offset <= offset) this.#cursor = null;
    if (this.#after_gap !== null && this.#after_gap.next_offset <= offset) {
      this.#transactions.passesOver(this.#after_gap);
      this.#after_gap = null;
    }
  }

  /**
   * The next batch of up to `room` bytes of values, or null when there is none.
   *
   * @throws what cannot be read; what comes before it is handed over first.
   */
  next(room: number): LogBatch | null {
    const records: LogRecord[] = [];
    if (this.#failed !== null) throw this.#failed;
    try {
      for (;;) {
        if (this.#cursor === null) {
          const head = this.#after_gap ?? this.#nextHead();
          this.#after_gap = null;
          if (head === null) break;
          // Retention has passed us: its gap comes after what was fetched before.
          if (this.#jump !== null && this.#offset >= this.#jump.from) {
            if (records.length > 0) {
              this.#after_gap = head;
              break;
            }
            this.#offset = this.#told = this.#jump.to;
            this.#jump = null;
          }
          // The broker's own records belong to the batch that follows them: they leave no gap. What was taken does.
          if (head.base_offset > this.#offset) {
            if (records.length > 0) {
              this.#after_gap = head;
              break;
            }
            this.#told = head.base_offset;
          }
          if (this.#transactions.passesOver(head)) {
            this.#offset = Math.max(this.#offset, head.next_offset);
            continue;
          }
          this.#cursor = new BatchCursor(head);
        }
        const cursor = this.#cursor;
        room -= cursor.take(records, this.#offset, room);
        if (!cursor.done) {
          this.#offset = records.at(-1)!.offset + 1;
          break;
        }
        this.#offset = Math.max(this.#offset, cursor.head.next_offset);
        this.#cursor = null;
        if (room <= 0 || records.length >= limits.batch_records_max) break;
      }
    } catch (error) {
      const unreadable = this.unreadable(this.#offset, error);
      // What came before it is handed over; it is thrown when the next is asked for.
      if (records.length === 0) throw unreadable;
      this.#failed ??= unreadable;
    }
    // Nothing but the broker's own and what was given up: said too, else who counts offsets stays behind for ever.
    if (records.length === 0 && this.#offset <= this.#told) return null;
    const first_offset = Math.min(this.#told, records[0]?.offset ?? this.#told);
    this.#told = this.#offset;
    return {
      topic: this.#topic,
      partition: this.#partition,
      records,
      first_offset,
      next_offset: this.#offset,
      end_offset: Math.max(this.end_offset, this.#offset),
    };
  }

  #nextHead(): BatchHead | null {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const head = headAt(chunk.records, chunk.at);
      if (head === null) {
        this.#chunks.shift();
        this.#bytes -= chunk.records.length;
        continue;
      }
      if (chunk.at === 0) this.#transactions.learn(chunk.aborted);
      chunk.at = head.end;
      if (head.next_offset > this.#offset) return head;
      // Others have unpacked it; whose transactions begin and end there counts for what follows.
      this.#transactions.passesOver(head);
    }
    return null;
  }

  unreadable(offset: number, error: unknown): Error {
    const said = error instanceof Error ? error.message : String(error);
    return new Error(`Cannot read ${this.#topic}-${this.#partition} at offset ${offset}: ${said}`, {
      cause: error,
    });
  }
}
