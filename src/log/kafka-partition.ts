/** Reads one partition for one member, from the assignment to its end: position, batches in order, seek. */
import { limits } from "../core/limits.ts";
import type { Fetched } from "./kafka-fetch.ts";
import { BatchCursor, headAt, isIntact, type BatchHead } from "./kafka-records.ts";
import { Transactions, type Aborted } from "./kafka-transactions.ts";
import type { Consumer, ConsumeOptions, LogBatch, LogRecord } from "./log.ts";

/** A batch that comes damaged so often in a row is so on the broker's disk. */
const DAMAGED_MAX = 3;

export interface PartitionContext {
  options: ConsumeOptions;
  /** The consumer as the callback sees it, its commits bound to this assignment. */
  consumer: (reader: PartitionReader) => Consumer;
  /** Where to begin: position, commit, or `from`. Tried until the servers answer, or the reader is stopped. */
  start: (reader: PartitionReader) => Promise<number | null>;
  /** May batches be begun now? */
  settled: () => boolean;
  /** There is room for more, or there is a new place to read from. */
  hungry: () => void;
  monotonic: () => number;
  /** The batch that the former reader of this partition still has in its hands. */
  former: Promise<void>;
}

/** Bytes of one answer that wait, and how far they were read. */
interface Chunk {
  records: Buffer;
  at: number;
  aborted: readonly Aborted[];
}

export class PartitionReader {
  readonly topic: string;
  readonly partition: number;
  /** Settles when the loop has ended; rejects with what `onBatch` or `position` threw, or what cannot be read. */
  readonly done: Promise<void>;
  readonly #context: PartitionContext;
  #stopped = false;
  #lost = false;
  #wake: (() => void) | null = null;
  #failed: Error | null = null;
  #in_flight: Promise<void> = Promise.resolve();
  #since_ms: number | null = null;
  /** Next offset to ask for; null while the place to begin is not known. */
  #fetch_offset: number | null = null;
  /** Next offset to hand over. */
  #offset = 0;
  /** Offset up to which everything was handed over: what lies between was the broker's own. */
  #told = 0;
  #end_offset = 0;
  #chunks: Chunk[] = [];
  #ahead_bytes = 0;
  #cursor: BatchCursor | null = null;
  /** Met, but not begun: it begins the next batch, so that the gap before it can be seen. */
  #after_gap: BatchHead | null = null;
  /** What retention has taken before it could be fetched. */
  #jump: { from: number; to: number } | null = null;
  #transactions = new Transactions();
  #damaged = 0;
  #seek: number | null = null;

  constructor(topic: string, partition: number, context: PartitionContext) {
    this.topic = topic;
    this.partition = partition;
    this.#context = context;
    this.done = this.#run();
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get lost(): boolean {
    return this.#lost;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Since when the callback has had its batch, by the monotonic clock; null between batches. */
  get busy_since_ms(): number | null {
    return this.#since_ms;
  }

  /** Settles when the batch in flight is done, whatever became of it. */
  get in_flight(): Promise<void> {
    return this.#in_flight.catch(() => {});
  }

  /** The offset to fetch from; null before the place to begin is known, and while `ahead_max` packed bytes wait. */
  wants(ahead_max: number): number | null {
    return this.#stopped || this.isFull(ahead_max) ? null : this.#fetch_offset;
  }

  isFull(ahead_max: number): boolean {
    return !this.#stopped && this.#ahead_bytes >= ahead_max;
  }

  /**
   * What was fetched from `asked`; nothing is taken that was asked for before a seek.
   *
   * @returns false when it came damaged, and shall be asked for again.
   */
  give(asked: number, { records, end_offset, aborted }: Fetched): boolean {
    if (this.#stopped || asked !== this.#fetch_offset) return true;
    this.#end_offset = end_offset;
    let at = 0;
    let next = asked;
    let intact = true;
    try {
      for (let head = headAt(records, 0); head !== null; head = headAt(records, at)) {
        intact = isIntact(records, at, head.end);
        if (!intact) break;
        [at, next] = [head.end, head.next_offset];
      }
    } catch (error) {
      this.fail(this.#unreadable(next, error));
    }
    this.#damaged = intact || at > 0 ? 0 : this.#damaged + 1;
    if (this.#damaged === DAMAGED_MAX)
      this.fail(this.#unreadable(next, new Error("its bytes are not those of its checksum")));
    if (at === 0) return intact;
    this.#fetch_offset = Math.max(asked, next);
    this.#ahead_bytes += at;
    // Its own bytes: a slice would hold the whole answer, which may be of many partitions.
    this.#chunks.push({ records: Buffer.from(records.subarray(0, at)), at: 0, aborted });
    this.wake();
    return intact;
  }

  /** The log does not hold the place that was asked for: retention has passed it, or the log is another. */
  outOfRange(asked: number, start_offset: number, end_offset: number): void {
    if (asked !== this.#fetch_offset) return;
    if (asked > end_offset) {
      this.fail(
        new RangeError(
          `Cannot read ${this.name} from ${asked}: it ends at ${end_offset}. Was the log made anew?`,
        ),
      );
    } else if (asked < start_offset) {
      // What was fetched before is still handed over.
      this.#jump = { from: this.#jump?.from ?? asked, to: start_offset };
      this.#fetch_offset = start_offset;
      this.#context.hungry();
    }
  }

  seek(offset: number): void {
    this.#seek = offset;
    this.wake();
  }

  fail(error: Error): void {
    this.#failed ??= error;
    this.wake();
  }

  wake(): void {
    this.#wake?.();
  }

  /** Asks for no more; resolves when the batch in flight is done, whatever became of it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.in_flight;
  }

  /** The partition is another's now: what is in flight can no longer commit. */
  lose(): void {
    this.#lost = true;
    this.#stopped = true;
    this.wake();
  }

  async #run(): Promise<void> {
    const { options, settled, former, hungry } = this.#context;
    await former;
    const start = await this.#context.start(this);
    if (start === null || this.#stopped) return;
    this.#moveTo(start);
    const consumer = this.#context.consumer(this);
    while (!this.#stopped) {
      if (this.#seek !== null) {
        this.#moveTo(this.#seek);
        this.#seek = null;
      }
      const batch = settled() ? this.#next() : null;
      if (batch === null) {
        // What was fetched before is handed over first.
        if (this.#failed !== null) throw this.#failed;
        await this.#waitForMore();
        continue;
      }
      hungry();
      this.#since_ms = this.#context.monotonic();
      this.#in_flight = options.onBatch(batch, consumer);
      try {
        await this.#in_flight;
      } finally {
        this.#since_ms = null;
      }
      // What was fetched ahead would otherwise follow without letting anybody else run.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Until something was fetched, sought, lost, or the group has settled. */
  #waitForMore(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
      if (this.#stopped || this.#failed !== null || this.#seek !== null) this.#wake();
    });
  }

  #moveTo(offset: number): void {
    this.#offset = this.#told = this.#fetch_offset = offset;
    this.#chunks = [];
    this.#ahead_bytes = 0;
    this.#cursor = null;
    this.#after_gap = this.#jump = null;
    this.#transactions = new Transactions();
    this.#context.hungry();
  }

  /** The next batch of what was fetched, or null when there is none. */
  #next(): LogBatch | null {
    const records: LogRecord[] = [];
    let room = limits.batch_bytes_max;
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
      const unreadable = this.#unreadable(this.#offset, error);
      // What came before it is handed over; it is thrown when the next is asked for.
      if (records.length === 0) throw unreadable;
      this.#failed ??= unreadable;
    }
    // Nothing but the broker's own and what was given up: said too, else who counts offsets stays behind for ever.
    if (records.length === 0 && this.#offset <= this.#told) return null;
    const first_offset = Math.min(this.#told, records[0]?.offset ?? this.#told);
    this.#told = this.#offset;
    return {
      topic: this.topic,
      partition: this.partition,
      records,
      first_offset,
      next_offset: this.#offset,
      end_offset: Math.max(this.#end_offset, this.#offset),
    };
  }

  #nextHead(): BatchHead | null {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const head = headAt(chunk.records, chunk.at);
      if (head === null) {
        this.#chunks.shift();
        this.#ahead_bytes -= chunk.records.length;
        continue;
      }
      if (chunk.at === 0) this.#transactions.learn(chunk.aborted);
      chunk.at = head.end;
      if (head.next_offset <= this.#offset) continue;
      return head;
    }
    return null;
  }

  #unreadable(offset: number, error: unknown): Error {
    const said = error instanceof Error ? error.message : String(error);
    return new Error(`Cannot read ${this.name} at offset ${offset}: ${said}`, { cause: error });
  }
}
