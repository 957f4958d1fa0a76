/** What a client wants to hear of. */
import { intersects, type Bbox } from "../core/geo.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { Change } from "./ring.ts";

export interface Filter {
  /** At least one; each at most once. */
  streams: readonly Stream[];
  /** Only what is, or just was, here. What has no place is not here. */
  bbox: Bbox | null;
  /** Stream name → the only keys wanted of it. A stream that is not named is wanted whole. */
  keys: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Pairs of client and key that one process watches: 64 for each of the clients it may have. */
export const watched_max = limits.clients_max * 64;

/** Equal filters have equal ids, in whatever order they were asked. */
export function filterId({ streams, bbox, keys }: Filter): string {
  const names = streams.map((s) => s.name).sort();
  const asked = [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, set]) => [name, [...set].sort()]);
  return JSON.stringify([names, bbox, asked]);
}

export function matches({ bbox, keys, streams }: Filter, { state, reach }: Change): boolean {
  if (!streams.includes(state.stream)) return false;
  if (bbox !== null && (reach === null || !intersects(bbox, reach))) return false;
  return keys.get(state.stream.name)?.has(state.key) ?? true;
}

/** Is every stream limited to named keys whose newest state is all that counts? Then no ring needs to be searched. */
export const isByKey = ({ bbox, keys, streams }: Filter): boolean =>
  bbox === null && streams.every((s) => s.live !== null && keys.has(s.name));
