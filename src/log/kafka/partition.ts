/** Reads one partition for one member, from the assignment to its end: position, batches in order, seek. */
import { limits } from "../../core/limits.ts";
import type { Fetched } from "./fetch.ts";
import { FetchedBatches } from "./fetched.ts";
import { headAt, isIntact } from "./records.ts";
import type { KafkaTail, TailReader } from "./tail.ts";
import type { Consumer, ConsumeOptions, LogBatch } from "../log.ts";

/** A batch that comes damaged so often in a row is so on the broker's disk. */
const DAMAGED_MAX = 3;
/** Who is ahead of another reader of this process waits no longer for it, before each batch, whatever becomes of it. */
const WAIT_FOR_OTHERS_MS = 50;
/** So much, bytes of values, it hands over at once while the other is still behind. */
const AHEAD_BYTES = 64 * 1024;

export interface PartitionContext {
  options: ConsumeOptions;
  /** What other readers of this process have unpacked. */
  tail: KafkaTail;
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

export class PartitionReader {
  readonly topic: string;
  readonly partition: number;
  /** Settles when the loop has ended; rejects with what `onBatch` or `position` threw, or what cannot be read. */
  readonly done: Promise<void>;
  readonly #context: PartitionContext;
  readonly #tail: TailReader;
  /** It did not fetch, as others have unpacked what comes next. */
  #follows = false;
  #stopped = false;
  #lost = false;
  #wake: (() => void) | null = null;
  #failed: Error | null = null;
  #in_flight: Promise<void> = Promise.resolve();
  #since_ms: number | null = null;
  /** Next offset to ask for; null while the place to begin is not known. */
  #fetch_offset: number | null = null;
  readonly #ahead: FetchedBatches;
  #damaged = 0;
  #seek: number | null = null;

  constructor(topic: string, partition: number, context: PartitionContext) {
    this.topic = topic;
    this.partition = partition;
    this.#context = context;
    this.#ahead = new FetchedBatches(topic, partition);
    this.#tail = context.tail.join(this.name, () => {
      this.#fetchAgain();
      this.wake();
    });
    this.done = this.#run().finally(() => this.#tail.leave());
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

  /** Others have unpacked what comes next: it may want to fetch again at any moment. */
  get follows(): boolean {
    return !this.#stopped && this.#follows;
  }

  /**
   * The offset to fetch from; null before the place to begin is known, while `ahead_max` packed bytes wait, and while
   * others have unpacked what comes next.
   */
  wants(ahead_max: number): number | null {
    if (this.#stopped || this.#fetch_offset === null || this.isFull(ahead_max)) return null;
    this.#follows = this.#tail.covers(this.#fetch_offset);
    return this.#follows ? null : this.#fetch_offset;
  }

  isFull(ahead_max: number): boolean {
    return !this.#stopped && this.#ahead.bytes >= ahead_max;
  }

  /**
   * What was fetched from `asked`; nothing is taken that was asked for before a seek.
   *
   * @returns false when it came damaged, and shall be asked for again.
   */
  give(asked: number, { records, end_offset, aborted }: Fetched): boolean {
    if (this.#stopped || asked !== this.#fetch_offset) return true;
    this.#ahead.end_offset = end_offset;
    // Another was faster.
    if (this.#tail.covers(asked)) return true;
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
      this.fail(this.#ahead.unreadable(next, error));
    }
    this.#damaged = intact || at > 0 ? 0 : this.#damaged + 1;
    if (this.#damaged === DAMAGED_MAX)
      this.fail(this.#ahead.unreadable(next, new Error("its bytes are not those of its checksum")));
    if (at === 0) return intact;
    this.#fetch_offset = Math.max(asked, next);
    this.#ahead.add(records.subarray(0, at), aborted);
    this.wake();
    return intact;
  }

  /** The log does not hold the place that was asked for: retention has passed it, or the log is another. */
  outOfRange(asked: number, start_offset: number, end_offset: number): void {
    if (asked !== this.#fetch_offset) return;
    this.forget();
    if (asked > end_offset) {
      this.fail(
        new RangeError(
          `Cannot read ${this.name} from ${asked}: it ends at ${end_offset}. Was the log made anew?`,
        ),
      );
    } else if (asked < start_offset) {
      // What was fetched before is still handed over.
      this.#ahead.missing(asked, start_offset);
      this.#fetch_offset = start_offset;
      this.#context.hungry();
    }
  }

  /** What others have unpacked may be of another log. */
  forget(): void {
    this.#tail.clear();
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
    this.#tail.leave();
    this.wake();
    await this.in_flight;
  }

  /** The partition is another's now: what is in flight can no longer commit. */
  lose(): void {
    this.#lost = true;
    this.#stopped = true;
    this.#tail.leave();
    this.wake();
  }

  async #run(): Promise<void> {
    const { options, settled, former, hungry } = this.#context;
    await former;
    const start = await this.#context.start(this);
    if (start === null || this.#stopped) return;
    this.#moveTo(start);
    const consumer = this.#context.consumer(this);
    let waited = false;
    while (!this.#stopped) {
      if (this.#seek !== null) {
        this.#moveTo(this.#seek);
        this.#seek = null;
      }
      let batch: LogBatch | null = null;
      if (settled() && (batch = this.#follow()) === null) {
        const { is_ahead } = this.#tail;
        if (is_ahead && !waited) {
          waited = true;
          await this.#waitForOthers();
          continue;
        }
        batch = this.#ahead.next(is_ahead ? AHEAD_BYTES : limits.batch_bytes_max);
        if (batch !== null) this.#tail.put(batch);
      }
      if (batch === null) {
        this.#fetchAgain();
        // What was fetched before is handed over first.
        if (this.#failed !== null) throw this.#failed;
        await this.#waitForMore();
        continue;
      }
      waited = false;
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

  /** Until who is behind has come nearer, but not for ever: it may hang. */
  async #waitForOthers(): Promise<void> {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      this.wake();
    }, WAIT_FOR_OTHERS_MS);
    while (!over && !this.#stopped && this.#failed === null && this.#seek === null && this.#tail.is_ahead)
      await this.#waitForMore();
    clearTimeout(timer);
  }

  #moveTo(offset: number): void {
    this.#fetch_offset = offset;
    this.#ahead.restart(offset);
    this.#tail.moveTo(offset);
    this.#context.hungry();
  }

  /** What it did not fetch because others had it is there no longer. */
  #fetchAgain(): void {
    if (!this.#follows || (this.#fetch_offset !== null && this.#tail.covers(this.#fetch_offset))) return;
    this.#follows = false;
    this.#context.hungry();
  }

  /** The next batch of what others have unpacked. What was fetched of it is passed over. */
  #follow(): LogBatch | null {
    const batch = this.#tail.next();
    if (batch === null) return null;
    const { next_offset } = batch;
    if (this.#fetch_offset === null || this.#fetch_offset < next_offset) {
      this.#fetch_offset = next_offset;
      this.#ahead.restart(next_offset);
    } else {
      this.#ahead.passOver(next_offset);
    }
    this.#tail.moveTo(next_offset);
    return { ...batch, end_offset: Math.max(batch.end_offset, this.#ahead.end_offset) };
  }
}
