/** From events to changes: what is news, of which key, where, and how far the log was read. */
import type { Event } from "../core/event.ts";
import type { Bbox } from "../core/geo.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { Positions } from "./resume.ts";
import type { Change, Ring } from "./ring.ts";
import { States, type KeyState } from "./state.ts";

interface ChangesOptions {
  streams: readonly Stream[];
  clock: Clock;
  ring: Ring;
  positions: Positions;
  placeOf: (stream: Stream, key: string, row: Event["row"]) => Bbox | null;
  /** Told of each change once it is in the ring. */
  concern: (change: Change) => void;
}

export class Changes {
  readonly #options: ChangesOptions;
  readonly states: ReadonlyMap<Stream, States>;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.states = new Map(options.streams.map((stream) => [stream, new States(stream)]));
  }

  /** Keys known, of all streams. */
  get keys(): number {
    let n = 0;
    for (const states of this.states.values()) n += states.size;
    return n;
  }

  publish(stream: Stream, events: readonly Event[], partition: number, next_offset: number): void {
    const { clock, ring, positions, placeOf } = this.#options;
    const at_ms = clock.monotonic();
    const wall_ms = clock.now();
    const read = positions.next(stream, partition) ?? 0;
    const states = this.#of(stream);
    const first = ring.head;
    ring.evict(at_ms);
    for (const event of events) {
      // The log delivers at least once.
      if (event.backfill || event.offset < read) continue;
      const state = states.accept(event, wall_ms);
      if (state === null) continue;
      const place = placeOf(stream, event.key, event.row);
      this.#change(state, joined(state.place, place), at_ms);
      state.place = place;
    }
    positions.advance(stream, partition, next_offset, ring.head > first ? first : null);
    positions.evict(ring.base);
  }

  gone(stream: Stream, keys: readonly string[]): void {
    const { clock, ring, positions } = this.#options;
    for (const key of keys) {
      const state = this.#of(stream).ensure(key);
      if (state.gone || state.ends_ms > clock.now()) continue;
      state.gone = true;
      state.event = state.json = null;
      positions.mark(stream, state.partition, ring.head);
      this.#change(state, state.place, clock.monotonic());
    }
  }

  /** Says of keys that their TTL has ended, and forgets what nobody can be owed any more. */
  tidy(): void {
    const { clock, ring, positions } = this.#options;
    for (const [stream, states] of this.states) {
      const over = Array.from(states.expired(clock.now()), (state) => state.key);
      if (over.length > 0) this.gone(stream, over);
    }
    ring.evict(clock.monotonic());
    positions.evict(ring.base);
    for (const states of this.states.values()) states.forget(ring.base, clock.now());
  }

  #change(state: KeyState, reach: Bbox | null, at_ms: number): void {
    this.#options.concern(this.#options.ring.push(state, reach, at_ms));
  }

  #of(stream: Stream): States {
    const states = this.states.get(stream);
    if (states === undefined)
      throw new TypeError(`Cannot push stream ${stream.name}: the hub was not made with it`);
    return states;
  }
}

/** Both boxes in one. */
function joined(a: Bbox | null, b: Bbox | null): Bbox | null {
  if (a === null || b === null || a === b) return b ?? a;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
