/**
 * Writes one stream's newest rows to the live store, conflated: at once when the last flush is a while ago, else when
 * `flush_ms` have passed since. One flush at a time. While the store is away it is asked again and again, and what it
 * then gets is everything, as it may come back empty.
 */
import { LiveUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { AppliedOffset, LiveStore } from "../live/live-store.ts";
import { LiveLostError } from "../live/trouble.ts";
import type { NewestRows } from "./newest-rows.ts";

export interface LiveWriterOptions {
  stream: Stream;
  live: LiveStore;
  newest: NewestRows;
  clock: Clock;
  flush_ms: number;
  retry_ms: number;
  /** What is not the store's being away: the consumer must end with it. */
  onFault: (error: unknown) => void;
}

export class LiveWriter {
  flushes = 0;
  written = 0;
  refills = 0;
  available = true;
  /** Next offset per partition that `newest` holds. Sparse: only partitions that were read or primed. */
  readonly reached = new Map<number, number>();
  /** The same, of what the live store has been told. */
  readonly flushed = new Map<number, number>();
  readonly #options: LiveWriterOptions;
  #changed = new Set<string>();
  #whole = false;
  #news = false;
  #running: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #started_ms = -Infinity;
  #closed = false;
  /** This is the second try, right after the store was found emptied. */
  #again = false;

  constructor(options: LiveWriterOptions) {
    this.#options = options;
  }

  change(key: string): void {
    this.#changed.add(key);
  }

  /** All events before `next_offset` of the partition are in `newest`. Asks for a flush. */
  reach(partition: number, next_offset: number): void {
    this.reached.set(partition, Math.max(next_offset, this.reached.get(partition) ?? 0));
    this.#ask();
  }

  /** The log of this partition was made anew. */
  forget(partition: number): void {
    this.reached.delete(partition);
    this.flushed.delete(partition);
  }

  /** Writes what there is. @throws {LiveUnavailableError} */
  async flush(): Promise<void> {
    await this.#rest();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#news) await this.#run();
    await this.#rest();
    if (!this.available)
      throw new LiveUnavailableError(`Cannot write ${this.#options.stream.name}: the live store is away`);
  }

  /** Writes every row it has. @throws {LiveUnavailableError} */
  async refill(): Promise<void> {
    this.#whole = true;
    this.#news = true;
    await this.flush();
  }

  /** Asks the store what it holds: less than it was told means that it was emptied. */
  async check(): Promise<void> {
    const { live, stream } = this.#options;
    const applied = await live.applied(stream);
    for (const [partition, next_offset] of this.flushed) {
      if ((applied[partition] ?? 0) >= next_offset) continue;
      this.#whole = true;
      this.#ask();
      return;
    }
  }

  /** No flush starts by itself any more. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  open(): void {
    this.#closed = false;
  }

  #ask(): void {
    this.#news = true;
    this.#schedule(this.available ? this.#options.flush_ms : this.#options.retry_ms);
  }

  #schedule(apart_ms: number): void {
    if (this.#running !== null || this.#timer !== null || this.#closed) return;
    const wait_ms = this.#started_ms + apart_ms - this.#options.clock.monotonic();
    if (wait_ms <= 0) void this.#run();
    else this.#timer = setTimeout(() => ((this.#timer = null), void this.#run()), wait_ms);
  }

  /** Until no flush runs. */
  async #rest(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #run(): Promise<void> {
    this.#started_ms = this.#options.clock.monotonic();
    this.#running = this.#write()
      .catch((error: unknown) => {
        this.#whole = true;
        this.#news = true;
        // It works, but was emptied: it gets everything at once; if that fails too, after a pause like any other.
        const lost = error instanceof LiveLostError && this.available && !this.#again;
        this.#again = lost;
        if (lost) this.#started_ms = -Infinity;
        else if (error instanceof LiveUnavailableError) this.available = false;
        else this.#options.onFault(error);
      })
      .then(() => {
        this.#running = null;
        if (this.#news) this.#ask();
      });
    return this.#running;
  }

  async #write(): Promise<void> {
    const { live, stream, newest } = this.#options;
    const whole = this.#whole;
    const keys = whole ? [...newest.keys()] : [...this.#changed];
    const reached = [...this.reached];
    this.#changed = new Set();
    this.#whole = false;
    this.#news = false;
    // In chunks, and the position with the last: at no moment is it ahead of the rows.
    for (let from = 0; from === 0 || from < keys.length; from += limits.live_put_rows_max) {
      const last = from + limits.live_put_rows_max >= keys.length;
      const rows = newest.rows(keys.slice(from, from + limits.live_put_rows_max));
      const applied = last
        ? reached.map(([partition, next_offset]): AppliedOffset => ({ partition, next_offset }))
        : [];
      this.written += (await live.put(stream, rows, applied)).written;
    }
    for (const [partition, next_offset] of reached) this.flushed.set(partition, next_offset);
    this.available = true;
    this.#again = false;
    this.flushes++;
    if (whole) this.refills++;
  }
}
