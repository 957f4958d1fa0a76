/** The newest state of each key, as the hub knows it: what conflation sends, and what it is ordered by. */
import type { Event } from "../core/event.ts";
import type { Bbox } from "../core/geo.ts";
import type { AnswerRow } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import { ttlOf, type Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import type { Channel } from "./channel.ts";

export interface KeyState {
  readonly stream: Stream;
  readonly key: string;
  /** Place in the ring of its newest change; −1 for a key that is watched but was not seen yet. */
  seq: number;
  /** Greatest event time seen, ms; orders states. −Infinity before the first. */
  event_time_ms: number;
  /** When its time to live is over, ms. */
  ends_ms: number;
  /** Until when it keeps older events of its key out, ms: not before `ends_ms`. */
  kept_ms: number;
  partition: number;
  offset: number;
  /** The newest event until its row is encoded; null after that, and while gone. */
  event: Event | null;
  json: string | null;
  gone: boolean;
  place: Bbox | null;
  /** Channels that asked for this very key. */
  watchers: Set<Channel> | null;
}

export type Present = (stream: Stream, event: Event) => AnswerRow;

/** States of one stream by key. A stream without a live view has events, not states: none replaces another. */
export class States {
  readonly #stream: Stream;
  readonly #byKey = new Map<string, KeyState>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): KeyState | undefined {
    return this.#byKey.get(key);
  }

  /** The state of a key, made empty where there is none: something to watch. */
  ensure(key: string): KeyState {
    let state = this.#byKey.get(key);
    if (state === undefined) {
      if (this.#byKey.size >= limits.live_keys_max) this.#makeRoom();
      state = emptyState(this.#stream, key);
      this.#byKey.set(key, state);
    }
    return state;
  }

  /**
   * Takes an event if it is news: newer than what the key has, and within its TTL. A key whose last state comes after its end
   * is gone with it.
   *
   * @returns The state that changed, or null when the event is old news.
   */
  accept(event: Event, now_ms: number): KeyState | null {
    const live = this.#stream.live;
    if (live === null) {
      const one = emptyState(this.#stream, event.key);
      one.watchers = this.#byKey.get(event.key)?.watchers ?? null;
      return take(one, event);
    }
    const kept_ms = event.event_time_ms + live.ttl_ms;
    if (kept_ms <= now_ms) return null;
    const state = this.ensure(event.key);
    if (!isNewer(event, state)) return null;
    take(state, event);
    state.ends_ms = event.event_time_ms + ttlOf(live, event.row);
    state.kept_ms = kept_ms;
    if (state.ends_ms > now_ms) return state;
    state.gone = true;
    state.event = null;
    return state;
  }

  /** Keys whose TTL is over but which were not said to be gone. */
  *expired(now_ms: number): Iterable<KeyState> {
    if (this.#stream.live === null) return;
    for (const state of this.#byKey.values()) {
      if (state.seq >= 0 && !state.gone && state.ends_ms <= now_ms) yield state;
    }
  }

  /** Forgets keys that are gone, unwatched, and no longer in the ring, once their old events' TTL is over as well. */
  forget(ring_base: number, now_ms: number): void {
    for (const [key, state] of this.#byKey) {
      const unseen = state.watchers === null && state.seq < ring_base && (state.gone || state.seq < 0);
      if (unseen && state.kept_ms <= now_ms) this.#byKey.delete(key);
    }
  }

  /** Drops the key seen first that nobody watches; its changes in the ring are void. */
  #makeRoom(): void {
    for (const [key, state] of this.#byKey) {
      if (state.watchers !== null) continue;
      state.seq = -1;
      this.#byKey.delete(key);
      return;
    }
  }
}

const emptyState = (stream: Stream, key: string): KeyState => ({
  stream,
  key,
  seq: -1,
  event_time_ms: -Infinity,
  ends_ms: -Infinity,
  kept_ms: -Infinity,
  partition: 0,
  offset: -1,
  event: null,
  json: null,
  gone: false,
  place: null,
  watchers: null,
});

function take(state: KeyState, event: Event): KeyState {
  state.event_time_ms = event.event_time_ms;
  state.partition = event.partition;
  state.offset = event.offset;
  state.event = event;
  state.json = null;
  state.gone = false;
  return state;
}

/** By event time, then by place in the log: the order that the live view keeps too. */
const isNewer = (event: Event, than: KeyState): boolean =>
  event.event_time_ms !== than.event_time_ms
    ? event.event_time_ms > than.event_time_ms
    : event.partition !== than.partition
      ? event.partition > than.partition
      : event.offset > than.offset;

/** The state's row as JSON; made once, when the first client needs it. Empty when there is none. */
export function rowJson(state: KeyState, present: Present, now_ms: number): string {
  if (state.json === null && state.event !== null) {
    const { stream, event } = state;
    state.json = JSON.stringify({
      ...present(stream, event),
      as_of: formatInstant(event.event_time_ms),
      stale: now_ms - event.event_time_ms > 3 * stream.expected_period_ms,
    });
    state.event = null;
  }
  return state.json ?? "";
}
