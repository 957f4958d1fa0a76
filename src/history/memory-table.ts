/** One stream's raw rows, windows and days in memory. */
import type { Event } from "../core/event.ts";
import { answerRow } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { columnsOf, foldWindows, windowStart, type KeptWindow } from "../core/window.ts";
import type { RangeQuery, RawRow, RowPlace } from "./history-store.ts";
import { missing, nameOf } from "./partitions.ts";
import { rawFromMs, spanMs, windowFloorMs } from "./retention.ts";

interface Held extends Pick<Event, "event_id" | "key" | "event_time_ms" | "row"> {
  source: string;
  received_at_ms: number;
  partition: number;
  offset: number;
}

export class MemoryTable {
  readonly #stream: Stream;
  #rows = new Map<string, Held>();
  readonly #windows = new Map<string, KeptWindow>();
  /** Days and months that were made ahead. */
  #spans: { from_ms: number; to_ms: number }[] = [];
  #dropped = 0;
  #newest_ms: number | null = null;
  /** Windows that begin before it went, for good. */
  #floor_ms = -Infinity;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Rows ever inserted: those there are, and those that retention took. */
  get count(): number {
    return this.#rows.size + this.#dropped;
  }

  /** @returns false for an identity that is there already: the first stored wins. */
  insert(event: Event): boolean {
    const { key, event_id, event_time_ms, row, source, received_at_ms, partition, offset } = event;
    const id = `${event_time_ms} ${key.length} ${key} ${event_id}`;
    if (this.#rows.has(id)) return false;
    const held = { key, event_id, event_time_ms, row, source, received_at_ms, partition, offset };
    this.#rows.set(id, held);
    this.#newest_ms = Math.max(this.#newest_ms ?? event_time_ms, event_time_ms);
    this.#fold(held);
    return true;
  }

  raw(query: RangeQuery): RawRow[] {
    const all = [...this.#rows.values()].map((held) => ({ held, place: placeOf(held) }));
    return pageOf(all, query).map(({ held }) => this.#answer(held));
  }

  windows(query: RangeQuery): KeptWindow[] {
    const all = [...this.#windows.values()].map((window) => ({
      window,
      place: { time_ms: window.window_start_ms, key: window.key, event_id: "" },
    }));
    return pageOf(all, query).map(({ window }) => ({ ...window, kept: { ...window.kept } }));
  }

  /** All kept windows that begin in a range, in no order. */
  within({ from_ms, to_ms }: Pick<RangeQuery, "from_ms" | "to_ms">): KeptWindow[] {
    return [...this.#windows.values()].filter(
      ({ window_start_ms: at }) => at >= from_ms && at < to_ms && at >= this.#floor_ms,
    );
  }

  latest(keys?: readonly string[]): RawRow[] {
    const asked = keys === undefined ? null : new Set(keys);
    const newest = new Map<string, Held>();
    for (const held of this.#rows.values()) {
      if (asked !== null && !asked.has(held.key)) continue;
      const before = newest.get(held.key);
      if (before === undefined || isLater(held, before)) newest.set(held.key, held);
    }
    return [...newest.values()].sort((a, b) => textOrder(a.key, b.key)).map((held) => this.#answer(held));
  }

  /** Windows outlive raw rows, so they know keys that have been silent for longer. */
  keys(): string[] {
    const from = this.#stream.windows === null ? this.#rows : this.#windows;
    const keys = new Set<string>();
    for (const { key } of from.values()) keys.add(key);
    return [...keys].sort(textOrder).slice(0, limits.live_keys_max);
  }

  recompute(from_ms: number, to_ms: number): KeptWindow[] {
    const window = this.#stream.windows;
    if (window === null) return [];
    const begin = (ms: number): number => Math.ceil(ms / window.size_ms) * window.size_ms;
    const [from, to] = [begin(from_ms), begin(to_ms)];
    const rows = [...this.#rows.values()].filter(
      (r) => r.event_time_ms >= Math.max(from, this.#floor_ms) && r.event_time_ms < to,
    );
    return foldWindows(window, rows);
  }

  ensurePartitions(stream: Stream, from_ms: number, to_ms: number): void {
    this.#spans.push(...missing(this.#spans, from_ms, to_ms, spanMs(stream)));
  }

  /** As in SQL: whole spans go, what never had one, and windows of which no raw row is left. @returns names of the spans. */
  retain(stream: Stream, now_ms: number): string[] {
    const keep_from_ms = rawFromMs(stream, now_ms);
    if (keep_from_ms === -Infinity) return [];
    const over = this.#spans.filter((span) => span.to_ms <= keep_from_ms);
    this.#spans = this.#spans.filter((span) => span.to_ms > keep_from_ms);
    const before = this.#rows.size;
    this.#rows = new Map([...this.#rows].filter(([, { event_time_ms: at }]) => at >= keep_from_ms));
    this.#dropped += before - this.#rows.size;
    const raw_from_ms = this.#spans.reduce((least, span) => Math.min(least, span.from_ms), keep_from_ms);
    this.#dropWindows(stream, now_ms, raw_from_ms);
    return over.map((span) => nameOf(stream.history.table, span)).sort();
  }

  #dropWindows({ windows }: Stream, now_ms: number, raw_from_ms: number): void {
    if (windows === null) return;
    const floor_ms = windowFloorMs(windows, { now_ms, newest_ms: this.#newest_ms, raw_from_ms });
    this.#floor_ms = Math.max(this.#floor_ms, floor_ms);
    for (const [id, { window_start_ms }] of this.#windows)
      if (window_start_ms < this.#floor_ms) this.#windows.delete(id);
  }

  #fold({ key, event_time_ms, row }: Held): void {
    const declared = this.#stream.windows;
    if (declared === null) return;
    const window_start_ms = windowStart(event_time_ms, declared.size_ms);
    if (window_start_ms < this.#floor_ms) return;
    const id = `${window_start_ms} ${key}`;
    let window = this.#windows.get(id);
    if (window === undefined) this.#windows.set(id, (window = { key, window_start_ms, kept: {} }));
    for (const { column, add } of columnsOf(declared))
      window.kept[column] = add(window.kept[column] ?? null, row);
  }

  #answer({ row, ...held }: Held): RawRow {
    return { ...held, row: answerRow(this.#stream, { ...held, row }) };
  }
}

const placeOf = ({ event_time_ms, key, event_id }: Held): RowPlace => ({
  time_ms: event_time_ms,
  key,
  event_id,
});

const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const placeOrder = (a: RowPlace, b: RowPlace): number =>
  a.time_ms - b.time_ms || textOrder(a.key, b.key) || textOrder(a.event_id, b.event_id);

/** Of equal event times the later place in the log wins, as in the live view. */
const isLater = (a: Held, b: Held): boolean =>
  a.event_time_ms !== b.event_time_ms
    ? a.event_time_ms > b.event_time_ms
    : a.partition !== b.partition
      ? a.partition > b.partition
      : a.offset > b.offset;

function pageOf<T extends { place: RowPlace }>(all: readonly T[], query: RangeQuery): T[] {
  const { from_ms, to_ms, key, limit, after } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.range_rows_max)
    throw new RangeError(`Cannot read ${limit} rows: 1 to ${limits.range_rows_max}`);
  const sign = query.descending === true ? -1 : 1;
  return all
    .filter(
      ({ place }) =>
        place.time_ms >= from_ms &&
        place.time_ms < to_ms &&
        (key === undefined || place.key === key) &&
        (after === undefined || sign * placeOrder(place, after) > 0),
    )
    .sort((a, b) => sign * placeOrder(a.place, b.place))
    .slice(0, limit);
}
