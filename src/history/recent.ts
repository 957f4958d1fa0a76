/**
 * What this process has stored a moment ago: repeats mostly follow soon, from a producer that tries again. Dropping them
 * here spares the direct way a conflict. It only ever says "surely stored"; what it does not know, the server decides.
 */
import type { Event } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import type { Arranged, Known } from "./order.ts";

/** Events remembered per stream, at least. */
const REMEMBERED = 20_000;
/** Events of one key and instant that are looked at. */
const SAME_TIME_MAX = 64;

/** One key's events, by event time; never empty. */
type OfKey = Event[];

/** Of one stream: two generations, of which the older is forgotten when the younger is full. */
class RecentEvents implements Known {
  #young = new Map<string, OfKey>();
  #old = new Map<string, OfKey>();
  #size = 0;

  /** Greatest event time known of a key: nothing after it is known, which is what nearly all events learn here. */
  newestOf(key: string): number {
    return Math.max(newest(this.#young.get(key)), newest(this.#old.get(key)));
  }

  knows(event: Event): boolean {
    return holds(this.#young.get(event.key), event) || holds(this.#old.get(event.key), event);
  }

  /** After the commit, never before. */
  remember({ events, groups }: Arranged): void {
    for (const { key, places } of groups) {
      if (places.length === 0) continue;
      const mine = this.#young.get(key) ?? [];
      const before_ms = newest(mine);
      for (const place of places) mine.push(events[place]!);
      if (events[places[0]!]!.event_time_ms < before_ms)
        mine.sort((a, b) => a.event_time_ms - b.event_time_ms);
      this.#young.set(key, mine);
      this.#size += places.length;
    }
    if (this.#size < REMEMBERED) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#size = 0;
  }
}

export class Recent {
  readonly #streams = new Map<Stream, RecentEvents>();
  #era = 0;

  /** Counts the connections that writers have made. */
  get era(): number {
    return this.#era;
  }

  of(stream: Stream): RecentEvents {
    let mine = this.#streams.get(stream);
    if (mine === undefined) this.#streams.set(stream, (mine = new RecentEvents()));
    return mine;
  }

  /**
   * Whenever something else than expected came of a batch. The writer's commits may be lost in a crash of the server,
   * together with their offsets: then what was surely stored is read again, and must not be taken for a repeat.
   */
  forget(stream: Stream): void {
    this.#streams.delete(stream);
  }

  /**
   * Whenever a writer has connected. The server may have crashed since what is remembered was committed, which nobody knows
   * whose connection is younger. What is remembered later, on older ones too, was committed while this one lived: should
   * the server crash then, this one ends with it.
   */
  connected(): void {
    this.#era++;
    this.#streams.clear();
  }
}

const newest = (mine: OfKey | undefined): number => mine?.at(-1)?.event_time_ms ?? -Infinity;

function holds(mine: OfKey | undefined, { event_time_ms, event_id }: Event): boolean {
  if (mine === undefined) return false;
  // The first that is not before it.
  let low = 0;
  for (let high = mine.length; low < high;) {
    const middle = (low + high) >> 1;
    if (mine[middle]!.event_time_ms < event_time_ms) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < low + SAME_TIME_MAX && mine[i]?.event_time_ms === event_time_ms; i++)
    if (mine[i]!.event_id === event_id) return true;
  return false;
}
