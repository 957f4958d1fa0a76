/** The order in which rows are written, which of them repeat each other, and which are late. */
import type { Event } from "../core/event.ts";
import type { PartBatch } from "./history-store.ts";

/**
 * A batch, and the order in which it is written. Events are named by their places: what is done with every one of them
 * (encoding, folding) is done as they came, because so they lie in memory, and read in key order they cost twice as much.
 */
export interface Arranged {
  /** As they came. */
  events: readonly Event[];
  /** Event times by place, ms. */
  times_ms: Float64Array;
  /** By key, in the order of the primary key: neighbours in it are written together, and two writers meet their common rows in one order. */
  groups: readonly KeyGroup[];
}

export interface KeyGroup {
  key: string;
  /** Places of the events that are written, by event time; of equal times in the order they came. */
  places: readonly number[];
}

/** Grouping first is cheaper than one large sort. */
export function arranged(events: readonly Event[]): Arranged {
  const times_ms = new Float64Array(events.length);
  const of_key = new Map<string, number[]>();
  for (let place = 0; place < events.length; place++) {
    const { key, event_time_ms } = events[place]!;
    times_ms[place] = event_time_ms;
    const places = of_key.get(key);
    if (places === undefined) of_key.set(key, [place]);
    else places.push(place);
  }
  const groups = [...of_key.keys()].sort().map((key): KeyGroup => {
    const places = of_key.get(key)!;
    if (!isInTime(places, times_ms)) places.sort((a, b) => times_ms[a]! - times_ms[b]!);
    return { key, places };
  });
  return { events, times_ms, groups };
}

function isInTime(places: readonly number[], times_ms: Float64Array): boolean {
  for (let i = 1; i < places.length; i++) if (times_ms[places[i]!]! < times_ms[places[i - 1]!]!) return false;
  return true;
}

/** What is surely stored already. */
export interface Known {
  /** Greatest event time known of a key; −Infinity of one that is not. */
  newestOf(key: string): number;
  knows(event: Event): boolean;
}

/** Without the events that repeat another of the batch, of which the first stays, or one that is surely stored. */
export function withoutRepeats(all: Arranged, recent: Known | null): Arranged {
  return { ...all, groups: all.groups.map((group) => freshOf(group, all, recent)) };
}

function freshOf(group: KeyGroup, { events, times_ms }: Arranged, recent: Known | null): KeyGroup {
  const { key, places } = group;
  const known_to_ms = recent?.newestOf(key) ?? -Infinity;
  let kept: number[] | null = null;
  // Identities that share key and event time stand together: mostly there is one.
  let ids: Set<string> | null = null;
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    const time_ms = times_ms[place]!;
    let repeat = false;
    if (i > 0 && times_ms[places[i - 1]!] === time_ms) {
      const { event_id } = events[place]!;
      ids ??= new Set([events[places[i - 1]!]!.event_id]);
      repeat = ids.has(event_id);
      ids.add(event_id);
    } else ids = null;
    if (!repeat && time_ms <= known_to_ms) repeat = recent!.knows(events[place]!);
    if (repeat) kept ??= places.slice(0, i);
    else kept?.push(place);
  }
  return kept === null ? group : { key, places: kept };
}

/** Without some places. */
export const without = (all: Arranged, places: ReadonlySet<number>): Arranged => ({
  ...all,
  groups: all.groups.map(({ key, places: mine }) => ({
    key,
    places: mine.filter((place) => !places.has(place)),
  })),
});

/** All places, in the order in which they are written. */
export function placesOf({ events, groups }: Arranged): Int32Array {
  const order = new Int32Array(events.length);
  let n = 0;
  for (const { places } of groups) for (let i = 0; i < places.length; i++) order[n++] = places[i]!;
  return order.subarray(0, n);
}

/**
 * Events below what the partition's watermark was when they came, less the lateness. Counted along the log, so that it
 * does not depend on how the log is cut into batches.
 *
 * @param watermark_ms Of before the batch; null if it is not known here.
 */
export function lateEvents(
  { events }: Pick<PartBatch, "events">,
  lateness_ms: number,
  watermark_ms: number | null,
): Set<Event> {
  const late = new Set<Event>();
  let newest_ms = watermark_ms ?? -Infinity;
  for (const event of events) {
    if (event.event_time_ms > newest_ms) newest_ms = event.event_time_ms;
    else if (!event.backfill && event.event_time_ms < newest_ms - lateness_ms) late.add(event);
  }
  return late;
}
