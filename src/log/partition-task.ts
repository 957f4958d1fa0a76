/** Reads one partition for one member, from the assignment to its end: position, batches in order, seek. */
import { FencedError, LogUnavailableError } from "../core/errors.ts";
import type { Membership, PartitionRef, RowSource } from "./backend.ts";
import { Wake } from "./bell.ts";
import type { Consumer, ConsumeOptions } from "./log.ts";
import type { Lease } from "./share.ts";
import { joinRows } from "./stored-row.ts";

export interface TaskContext {
  source: RowSource;
  membership: Membership;
  options: ConsumeOptions;
  /** The consumer as the callback sees it, its commits bound to this assignment. */
  consumer: Consumer;
  /** May this member still believe in its leases? */
  fresh: () => boolean;
}

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;

export class PartitionTask {
  readonly lease: Lease;
  readonly wake = new Wake();
  /** Settles when the loop has ended; rejects with what `onBatch` or `position` threw. */
  readonly done: Promise<void>;
  readonly #context: TaskContext;
  #stopped = false;
  #lost = false;
  #seek: number | null = null;
  #in_flight: Promise<void> = Promise.resolve();
  #backoff_ms = BACKOFF_MIN_MS;

  constructor(lease: Lease, start_offset: number | null, context: TaskContext) {
    this.lease = lease;
    this.#context = context;
    this.done = this.#run(start_offset);
  }

  seek(offset: number): void {
    this.#seek = offset;
    this.wake.ring();
  }

  /** Asks for no more; resolves when the batch in flight is done, whatever became of it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake.ring();
    await this.#in_flight.catch(() => {});
  }

  /** The partition is another's now: what is in flight can no longer commit. */
  lose(): void {
    this.#lost = true;
    this.#stopped = true;
    this.wake.ring();
  }

  async commit(next_offset: number): Promise<void> {
    const { topic, partition, generation } = this.lease;
    if (this.#lost || !(await this.#context.membership.commit(this.lease, next_offset))) {
      this.lose();
      throw new FencedError(
        `Cannot commit ${topic}-${partition} at ${next_offset} for ${this.#context.options.group}: generation ${generation} no longer holds it`,
      );
    }
  }

  async #run(start_offset: number | null): Promise<void> {
    const { source, options, fresh } = this.#context;
    const ref: PartitionRef = this.lease;
    const off = source.bell.onPartition(ref.partition_id, this.wake.ring);
    try {
      let position = await this.#firstOffset(start_offset);
      let since_ms = 0;
      // A position that was given, not reached by reading: it is looked up, as it may lie beyond the end of a log made anew.
      let given = true;
      while (!this.#stopped) {
        if (this.#seek !== null) {
          [position, since_ms, given] = [this.#seek, 0, true];
          this.#seek = null;
        }
        const end = source.bell.end(ref.partition_id);
        if (!fresh() || (!given && end <= position)) {
          await this.wake.wait();
          continue;
        }
        const got = await this.#retried(() => source.fetch(ref, position, since_ms));
        if (got === null || this.#stopped || this.#seek !== null) continue;
        if (got.rows.length === 0) {
          if (got.end_offset < position) throw beyondTheEnd(ref, position, got.end_offset);
          // What lay between was dropped by retention.
          // Unless news came while it was fetched: that is newer than what the fetch saw.
          if (source.bell.end(ref.partition_id) === end)
            source.bell.correct(ref.partition_id, got.end_offset);
          [position, given] = [got.end_offset, false];
          continue;
        }
        const batch = joinRows(ref, got.rows, position, got.end_offset);
        if (!fresh()) continue;
        this.#in_flight = options.onBatch(batch, this.#context.consumer);
        await this.#in_flight;
        [position, since_ms, given] = [batch.next_offset, got.rows.at(-1)!.timestamp_ms, false];
        // Batches from memory would otherwise follow each other without letting anybody else run.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      off();
    }
  }

  async #firstOffset(start_offset: number | null): Promise<number> {
    const { source, options } = this.#context;
    const known =
      (await options.position?.(this.lease.topic, this.lease.partition)) ??
      this.lease.committed_offset ??
      start_offset;
    if (known !== null) return known;
    while (!this.#stopped && this.#seek === null) {
      const offset = await this.#retried(() => source.startOffset(this.lease, options.from ?? "earliest"));
      if (offset !== null) return offset;
    }
    return this.#seek ?? 0;
  }

  /** Null after an error of the server, once it has waited: the caller looks again whether it goes on. */
  async #retried<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      this.#backoff_ms = BACKOFF_MIN_MS;
      return answer;
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
      if (!this.#stopped) await this.wake.wait(this.#backoff_ms);
      this.#backoff_ms = Math.min(BACKOFF_MAX_MS, this.#backoff_ms * 2);
      return null;
    }
  }
}

const beyondTheEnd = (ref: PartitionRef, position: number, end_offset: number): RangeError =>
  new RangeError(
    `Cannot read ${ref.topic}-${ref.partition} from ${position}: it ends at ${end_offset}. Was the log made anew?`,
  );
