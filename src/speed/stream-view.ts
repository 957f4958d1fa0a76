/** One stream in the speed layer: records in, newest rows kept, progress told. */
import type { CityRules } from "../core/city.ts";
import { decodeRecords } from "../core/records.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { LiveRow, LiveStore } from "../live/live-store.ts";
import type { LogBatch, LogRecord } from "../log/log.ts";
import type { KnownRows } from "./known-rows.ts";
import { LiveWriter } from "./live-writer.ts";
import { NewestRows } from "./newest-rows.ts";
import type { SpeedProgress } from "./progress.ts";
import { Rate } from "./rate.ts";

export interface StreamViewOptions {
  stream: Stream;
  live: LiveStore;
  city: CityRules;
  clock: Clock;
  flush_ms: number;
  retry_ms: number;
  keys_max?: number;
  onFault: (error: unknown) => void;
}

/** Records handled without a pause: about 2 ms. */
const SLICE = 500;
/** For so long, ms, what was primed is not asked for again. */
const PRIMED_MS = 10_000;

export class StreamView {
  readonly stream: Stream;
  readonly newest: NewestRows;
  readonly writer: LiveWriter;
  /** Per partition: what the group was told last. */
  readonly committed = new Map<number, number>();
  readonly #city: CityRules;
  readonly #clock: Clock;
  readonly #rate: Rate;
  readonly #ends = new Map<number, { behind: number; newest_ms: number }>();
  #primed_ms = -Infinity;
  #events = 0;
  #skipped = 0;
  #stale = 0;

  constructor(options: StreamViewOptions) {
    const { stream, clock } = options;
    if (stream.live === null)
      throw new TypeError(`Cannot keep ${stream.name} live: its declaration says live: null`);
    this.stream = stream;
    this.#city = options.city;
    this.#clock = clock;
    this.#rate = new Rate(clock);
    this.newest = new NewestRows(stream, options.keys_max);
    this.writer = new LiveWriter({ ...options, newest: this.newest });
  }

  async fold(batch: LogBatch): Promise<void> {
    const { records, partition } = batch;
    for (let from = 0; from < records.length; from += SLICE) {
      if (from > 0) await new Promise<void>((done) => setImmediate(done));
      this.#slice(records.slice(from, from + SLICE), partition);
    }
    this.#ends.set(partition, {
      behind: Math.max(0, batch.end_offset - batch.next_offset),
      newest_ms: records.at(-1)?.timestamp_ms ?? this.#clock.now(),
    });
    this.writer.reach(partition, batch.next_offset);
  }

  /** Rows known from elsewhere, and the position that they hold at least. */
  prime(rows: readonly LiveRow[], applied: readonly number[]): void {
    const now_ms = this.#clock.now();
    this.#primed_ms = this.#clock.monotonic();
    for (const row of rows) if (this.newest.take(row, now_ms)) this.writer.change(row.key);
    for (const [partition, next_offset] of applied.entries()) this.writer.reach(partition, next_offset);
  }

  /** The same, of one partition. Written also if the live store held it: it may have been emptied since it was asked. */
  primeOne(partition: number, { rows, applied }: KnownRows): void {
    const now_ms = this.#clock.now();
    for (const row of rows)
      if (row.partition === partition && this.newest.take(row, now_ms)) this.writer.change(row.key);
    this.writer.reach(partition, applied[partition] ?? 0);
  }

  /** Was all of it known from elsewhere a moment ago? */
  primedJustNow(): boolean {
    return this.#clock.monotonic() - this.#primed_ms < PRIMED_MS;
  }

  /** Called now and then, with the partitions that are read here: the lag of others is not ours. */
  measure(partitions: readonly number[]): void {
    this.#rate.measure(this.#events);
    for (const partition of this.#ends.keys())
      if (!partitions.includes(partition)) this.#ends.delete(partition);
  }

  progress(): SpeedProgress {
    const { flushes, written, refills, available, flushed } = this.writer;
    const behind = [...this.#ends.values()].filter((end) => end.behind > 0);
    return {
      stream: this.stream.name,
      keys: this.newest.size,
      evicted: this.newest.evicted,
      events: this.#events,
      events_per_s: this.#rate.per_s,
      skipped: this.#skipped,
      stale: this.#stale,
      flushes,
      written,
      refills,
      live_available: available,
      lag_events: behind.reduce((sum, end) => sum + end.behind, 0),
      lag_ms:
        behind.length === 0
          ? 0
          : Math.max(0, this.#clock.now() - Math.min(...behind.map((e) => e.newest_ms))),
      applied: Array.from({ length: Math.max(-1, ...flushed.keys()) + 1 }, (_, p) => flushed.get(p) ?? 0),
    };
  }

  #slice(records: readonly LogRecord[], partition: number): void {
    const now_ms = this.#clock.now();
    for (const decoded of decodeRecords(this.stream, partition, records, { city: this.#city, now_ms })) {
      if (!decoded.ok) this.#skipped++;
      else {
        this.#events++;
        if (this.newest.take(decoded.event, now_ms)) this.writer.change(decoded.event.key);
        else this.#stale++;
      }
    }
  }
}
