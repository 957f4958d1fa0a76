/** What is decoded and waits for the writer: in order, bounded, taken in batches of one stream. */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { PartBatch } from "../history/history-store.ts";

/** One log batch of one partition. */
export interface Waiting {
  stream: Stream;
  part: PartBatch;
  /** Monotonic, ms. */
  since_ms: number;
}

const sizeOf = ({ part }: Waiting): number => part.events.length + part.dead.length;
const bytesOf = ({ part }: Waiting): number =>
  part.dead.reduce((n, letter) => n + (letter.payload?.length ?? 0), 0);
/** Dead letters go to the server as one text. */
const DEAD_BYTES_MAX = limits.batch_bytes_max;

export class PartQueue {
  #waiting: Waiting[] = [];
  #size = 0;
  #wake: () => void = () => {};
  #room: () => void = () => {};
  #changed = Promise.resolve();
  #drained = Promise.resolve();
  #closed = false;

  constructor() {
    this.#renew();
    this.#renewRoom();
  }

  /** Events and dead letters that wait. */
  get size(): number {
    return this.#size;
  }

  /** Since when the oldest waits. */
  get since_ms(): number | null {
    return this.#waiting[0]?.since_ms ?? null;
  }

  /** Settles when something was added or the queue was closed. */
  get changed(): Promise<void> {
    return this.#changed;
  }

  /** Settles when something was taken away or the queue was closed. */
  get drained(): Promise<void> {
    return this.#drained;
  }

  push(waiting: Waiting): void {
    if (this.#closed) return;
    this.#waiting.push(waiting);
    this.#size += sizeOf(waiting);
    this.#wake();
    this.#renew();
  }

  /** The next batch: the oldest one's stream, at most `limits.history_batch_events_max`, one part per partition. */
  take(): { stream: Stream; parts: PartBatch[] } | null {
    const first = this.#waiting[0];
    if (first === undefined) return null;
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    let size = 0;
    let bytes = 0;
    let full = false;
    for (const one of this.#waiting) {
      const fits =
        size + sizeOf(one) <= limits.history_batch_events_max && bytes + bytesOf(one) <= DEAD_BYTES_MAX;
      // Nothing overtakes: what comes after one that does not fit may be of the same partition.
      if (one.stream === first.stream && taken.length > 0 && !fits) full = true;
      if (one.stream !== first.stream || full) left.push(one);
      else {
        taken.push(one);
        size += sizeOf(one);
        bytes += bytesOf(one);
      }
    }
    this.#keep(left);
    return { stream: first.stream, parts: joined(taken) };
  }

  /** Forgets what waits of a partition. */
  drop(stream: Stream, partition: number): void {
    this.#keep(this.#waiting.filter((one) => one.stream !== stream || one.part.partition !== partition));
  }

  close(): void {
    this.#closed = true;
    this.#keep([]);
    this.#wake();
  }

  #keep(waiting: Waiting[]): void {
    this.#waiting = waiting;
    this.#size = waiting.reduce((n, one) => n + sizeOf(one), 0);
    this.#room();
    this.#renewRoom();
  }

  #renew(): void {
    ({ promise: this.#changed, resolve: this.#wake } = Promise.withResolvers<void>());
  }

  #renewRoom(): void {
    ({ promise: this.#drained, resolve: this.#room } = Promise.withResolvers<void>());
  }
}

/** Log batches that follow each other in a partition, as one. */
function joined(waiting: readonly Waiting[]): PartBatch[] {
  const parts = new Map<number, PartBatch>();
  for (const { part } of waiting) {
    const before = parts.get(part.partition);
    parts.set(
      part.partition,
      before === undefined
        ? part
        : {
            ...before,
            next_offset: part.next_offset,
            events: before.events.concat(part.events),
            dead: before.dead.concat(part.dead),
            last_record_hash: part.last_record_hash ?? before.last_record_hash,
          },
    );
  }
  return [...parts.values()];
}
