/**
 * Gathers the records of concurrent calls for a few milliseconds and appends them together: one durable write
 * serves many requests. Per topic one append is in flight at a time, so records keep the order of the calls.
 */
import { LogUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Log, NewRecord } from "../log/log.ts";

interface Call {
  records: readonly NewRecord[];
  /** Records before this index are in the log, or in the append in flight. */
  taken: number;
  /** Next offset per partition that its appends reached. */
  applied: Map<number, number>;
  /** An append of it failed: what is left of it is not appended. */
  failed: boolean;
  resolve: (applied: ReadonlyMap<number, number>) => void;
  reject: (error: unknown) => void;
}

export class Gatherer {
  readonly #log: Pick<Log, "append">;
  readonly #topic: string;
  #waiting: Call[] = [];
  #waiting_records = 0;
  #appending = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(log: Pick<Log, "append">, topic: string) {
    this.#log = log;
    this.#topic = topic;
  }

  /**
   * Resolves when all records are durable, with the next offset per partition that the appends reached.
   *
   * @throws what the log's `append` throws: then a part may have been written.
   */
  append(records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>> {
    if (records.length === 0) return Promise.resolve(new Map());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, taken: 0, applied: new Map(), failed: false, resolve, reject });
      this.#waiting_records += records.length;
      if (this.#appending) return;
      if (this.#waiting_records >= limits.append_records_max) void this.#drain();
      else this.#timer ??= setTimeout(() => void this.#drain(), limits.gather_ms);
    });
  }

  async #drain(): Promise<void> {
    if (this.#appending) return;
    this.#appending = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#waiting.length > 0) {
      const { records, calls } = this.#take();
      if (records.length === 0) continue;
      try {
        const applied = await this.#log.append(this.#topic, records);
        for (const call of calls) {
          for (const [partition, next] of applied) call.applied.set(partition, next);
          if (call.taken === call.records.length) call.resolve(call.applied);
        }
      } catch (error) {
        // Who came meanwhile has waited for the same log: each would wait as long again, one after the other.
        const others = error instanceof LogUnavailableError ? this.#waiting.splice(0) : [];
        if (others.length > 0) this.#waiting_records = 0;
        for (const call of new Set([...calls, ...others])) {
          call.failed = true;
          call.reject(error);
        }
      }
    }
    this.#appending = false;
  }

  /** The next append's records, in order, and the calls they belong to. */
  #take(): { records: NewRecord[]; calls: Call[] } {
    const records: NewRecord[] = [];
    const calls: Call[] = [];
    let bytes = 0;
    const full = (): boolean =>
      records.length >= limits.append_records_max || bytes >= limits.batch_bytes_max;
    while (this.#waiting.length > 0 && !full()) {
      const call = this.#waiting[0]!;
      if (!call.failed) {
        calls.push(call);
        while (call.taken < call.records.length && !full()) {
          const record = call.records[call.taken++]!;
          bytes += record.value?.length ?? 0;
          records.push(record);
          this.#waiting_records--;
        }
        if (call.taken < call.records.length) break;
      } else this.#waiting_records -= call.records.length - call.taken;
      this.#waiting.shift();
    }
    return { records, calls };
  }
}
