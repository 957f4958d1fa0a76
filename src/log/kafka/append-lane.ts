/** What waits to be appended: an append is cut into parts for its partitions, and the parts of a topic share a lane. */
import { recordBytes } from "./encode.ts";
import type { NewRecord } from "../log.ts";

/** Of one batch: under the 1 MiB that brokers take by default. */
export const BATCH_BYTES_MAX = 1_000_000;

export interface Append {
  left: number;
  reached: Map<number, number>;
  failed: boolean;
  until_ms: number;
  resolve: (reached: ReadonlyMap<number, number>) => void;
  reject: (error: Error) => void;
}

/** Records of one append for one partition, small enough for a batch. */
export interface Part {
  append: Append;
  records: readonly NewRecord[];
  bytes: number;
}

/** What waits for one topic; while one request is on its way, the rest gathers. */
export class Lane {
  readonly #queues = new Map<number, Part[]>();
  readonly #send: (queues: Map<number, Part[]>) => Promise<void>;
  #running: Promise<void> | null = null;

  constructor(send: (queues: Map<number, Part[]>) => Promise<void>) {
    this.#send = send;
  }

  put(partition: number, part: Part): void {
    const queue = this.#queues.get(partition);
    if (queue === undefined) this.#queues.set(partition, [part]);
    else queue.push(part);
    this.#running ??= this.#run();
  }

  idle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    // Appends of the same turn go together.
    await Promise.resolve();
    while (this.#queues.size > 0) {
      await this.#send(this.#queues);
      for (const [partition, queue] of this.#queues) {
        while (queue[0]?.append.failed === true) queue.shift();
        if (queue.length === 0) this.#queues.delete(partition);
      }
    }
    this.#running = null;
  }
}

/** Of its parts none is sent any more. Idempotent. */
export function fail(append: Append, error: Error): void {
  if (append.failed) return;
  append.failed = true;
  append.reject(error);
}

/** Records of one partition, cut into what fits a batch. */
export function cut(records: readonly NewRecord[]): { records: readonly NewRecord[]; bytes: number }[] {
  const parts: { records: NewRecord[]; bytes: number }[] = [];
  for (const record of records) {
    const bytes = recordBytes(record);
    const part = parts.at(-1);
    if (part === undefined || part.bytes + bytes > BATCH_BYTES_MAX) parts.push({ records: [record], bytes });
    else {
      part.records.push(record);
      part.bytes += bytes;
    }
  }
  return parts;
}
