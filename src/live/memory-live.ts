/**
 * The live view in this process. A row's TTL counts from its event time, by the clock that was passed in, and what is
 * dropped to make room is the row updated longest ago: the insertion order of a `Map` is that order, where a general
 * cache would count reads too and set aside room for its greatest size.
 */
import { LiveUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { LiveDeclaration, Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import {
  endsOf,
  keptUntil,
  type AppliedOffset,
  type LiveRow,
  type LiveStore,
  type LiveView,
  type PutResult,
} from "./live-store.ts";
import { isNewer } from "./newest.ts";

export interface MemoryLiveOptions {
  clock: Clock;
  /** Keys held per stream; `limits.live_keys_max` by default. */
  keys_max?: number;
}

export interface MemoryLive extends LiveStore {
  /** Keys of the stream that were dropped to make room, since the start. */
  evicted(stream: Stream): number;
}

interface Held {
  rows: Map<string, LiveRow>;
  /** Keys of rows that are not shown any more, and were named; they keep older rows out. */
  over: Set<string>;
  applied: number[];
  evicted: number;
  /** No row ends, or is forgotten, before this instant, ms: `expire` need not look. */
  ends_from_ms: number;
}

export const openMemoryLive = (options: MemoryLiveOptions): MemoryLive => new MemoryLiveStore(options);

class MemoryLiveStore implements MemoryLive {
  readonly #clock: Clock;
  readonly #keys_max: number;
  readonly #streams = new Map<string, Held>();
  #closed = false;

  constructor({ clock, keys_max = limits.live_keys_max }: MemoryLiveOptions) {
    this.#clock = clock;
    this.#keys_max = keys_max;
  }

  async put(stream: Stream, rows: readonly LiveRow[], applied: readonly AppliedOffset[]): Promise<PutResult> {
    const held = this.#held(stream);
    const now_ms = this.#clock.now();
    let written = 0;
    const live = liveOf(stream);
    for (const row of rows) if (this.#take(held, row, live, now_ms)) written++;
    for (const { partition, next_offset } of applied) {
      while (held.applied.length <= partition) held.applied.push(0);
      held.applied[partition] = Math.max(held.applied[partition]!, next_offset);
    }
    return { written, stale: rows.length - written };
  }

  async all(stream: Stream): Promise<LiveView> {
    const held = this.#held(stream);
    const live = liveOf(stream);
    const now_ms = this.#clock.now();
    const rows: LiveRow[] = [];
    for (const row of held.rows.values()) if (endsOf(live, row) > now_ms) rows.push(row);
    return { rows, applied: [...held.applied] };
  }

  async get(stream: Stream, key: string): Promise<LiveRow | null> {
    const row = this.#held(stream).rows.get(key);
    return row !== undefined && endsOf(liveOf(stream), row) > this.#clock.now() ? row : null;
  }

  async applied(stream: Stream): Promise<readonly number[]> {
    return [...this.#held(stream).applied];
  }

  async expire(stream: Stream): Promise<readonly string[]> {
    const held = this.#held(stream);
    const live = liveOf(stream);
    const now_ms = this.#clock.now();
    const ended: string[] = [];
    if (now_ms < held.ends_from_ms) return ended;
    let ends_from_ms = Infinity;
    for (const [key, row] of held.rows) {
      const is_over = held.over.has(key);
      const kept_ms = keptUntil(live, row);
      const next_ms = is_over ? kept_ms : endsOf(live, row);
      if (next_ms > now_ms || (!is_over && ended.length >= limits.expire_keys_max)) {
        ends_from_ms = Math.min(ends_from_ms, next_ms);
        continue;
      }
      if (!is_over) ended.push(key);
      if (kept_ms <= now_ms) drop(held, key);
      else {
        held.over.add(key);
        ends_from_ms = Math.min(ends_from_ms, kept_ms);
      }
    }
    held.ends_from_ms = ends_from_ms;
    return ended;
  }

  async clear(stream: Stream): Promise<void> {
    this.#held(stream);
    this.#streams.delete(stream.name);
  }

  evicted(stream: Stream): number {
    return this.#held(stream).evicted;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#streams.clear();
  }

  #take(held: Held, row: LiveRow, live: LiveDeclaration, now_ms: number): boolean {
    if (keptUntil(live, row) <= now_ms) return false;
    const ends_ms = endsOf(live, row);
    const before = held.rows.get(row.key);
    const shown = before !== undefined && !held.over.has(row.key);
    if (before !== undefined) {
      if (!isNewer(row, before)) return false;
      drop(held, row.key);
    } else if (held.rows.size >= this.#keys_max) {
      drop(held, held.rows.keys().next().value!);
      held.evicted++;
    }
    held.rows.set(row.key, row);
    // It comes after its end, and nobody was shown the key: there is nothing to take back.
    if (ends_ms <= now_ms && !shown) held.over.add(row.key);
    if (ends_ms < held.ends_from_ms) held.ends_from_ms = ends_ms;
    return true;
  }

  #held(stream: Stream): Held {
    if (this.#closed)
      throw new LiveUnavailableError(`Cannot use the live view of ${stream.name}: it is closed`);
    let held = this.#streams.get(stream.name);
    if (held === undefined) {
      held = { rows: new Map(), over: new Set(), applied: [], evicted: 0, ends_from_ms: Infinity };
      this.#streams.set(stream.name, held);
    }
    return held;
  }
}

function drop(held: Held, key: string): void {
  held.rows.delete(key);
  held.over.delete(key);
}

/** @throws {TypeError} for a stream that is declared without a live view. */
function liveOf(stream: Stream): LiveDeclaration {
  if (stream.live === null)
    throw new TypeError(`Cannot hold ${stream.name} live: its declaration says live: null`);
  return stream.live;
}
