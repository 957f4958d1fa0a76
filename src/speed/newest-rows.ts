/**
 * The newest event of each key of a stream, in memory: what the live store is written from, and filled again from when
 * it comes back empty. Bounded; rows are made from events only when they are about to be written.
 */
import type { Event } from "../core/event.ts";
import { answerRow } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { keptUntil, type LiveRow } from "../live/live-store.ts";
import { isNewer } from "../live/newest.ts";

type Held = { made: LiveRow } | Event;

export class NewestRows {
  /** Keys dropped to make room, since the start: those updated longest ago. */
  evicted = 0;
  readonly #stream: Stream;
  readonly #keys_max: number;
  readonly #held = new Map<string, Held>();
  #ends_from_ms = Infinity;

  constructor(stream: Stream, keys_max: number = limits.live_keys_max) {
    this.#stream = stream;
    this.#keys_max = keys_max;
  }

  get size(): number {
    return this.#held.size;
  }

  keys(): Iterable<string> {
    return this.#held.keys();
  }

  /** Takes an event or a row if it is the newest of its key and may keep older ones out: one that has ended before it came, too. */
  take(news: Event | LiveRow, now_ms: number): boolean {
    const ends_ms = this.#endsOf(news);
    if (ends_ms <= now_ms) return false;
    const before = this.#held.get(news.key);
    if (before !== undefined) {
      if (!isNewer(news, "made" in before ? before.made : before)) return false;
      this.#held.delete(news.key);
    } else if (this.#held.size >= this.#keys_max) {
      this.#held.delete(this.#held.keys().next().value!);
      this.evicted++;
    }
    this.#held.set(news.key, "event_id" in news ? news : { made: news });
    if (ends_ms < this.#ends_from_ms) this.#ends_from_ms = ends_ms;
    return true;
  }

  /** Rows of those of the keys that are still held. */
  rows(keys: readonly string[]): LiveRow[] {
    const rows: LiveRow[] = [];
    for (const key of keys) {
      const held = this.#held.get(key);
      if (held === undefined) continue;
      if ("made" in held) rows.push(held.made);
      else {
        const made = liveRow(this.#stream, held);
        // In its place: being read is not being updated.
        this.#held.set(key, { made });
        rows.push(made);
      }
    }
    return rows;
  }

  #endsOf(news: Event | LiveRow): number {
    return keptUntil(this.#stream.live!, news);
  }

  /** Forgets keys whose TTL is over. */
  sweep(now_ms: number): void {
    if (now_ms < this.#ends_from_ms) return;
    this.#ends_from_ms = Infinity;
    for (const [key, held] of this.#held) {
      const ends_ms = this.#endsOf("made" in held ? held.made : held);
      if (ends_ms <= now_ms) this.#held.delete(key);
      else if (ends_ms < this.#ends_from_ms) this.#ends_from_ms = ends_ms;
    }
  }
}

const liveRow = (stream: Stream, event: Event): LiveRow => ({
  key: event.key,
  event_time_ms: event.event_time_ms,
  partition: event.partition,
  offset: event.offset,
  source: event.source,
  row: answerRow(stream, event),
});
