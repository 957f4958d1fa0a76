/** Share of the expected keys that are there and fresh. */
import type { Bbox } from "../core/geo.ts";
import { intersects } from "../core/geo.ts";
import type { Stream } from "../core/stream.ts";
import { share } from "./meta.ts";
import type { Network } from "./network.ts";
import type { View, ViewRow } from "./view.ts";

/** Which part of a stream's keys a list is about. */
export interface Part {
  keys: ReadonlySet<string> | null;
  bbox: Bbox | null;
}

export function isInPart(
  network: Network,
  stream: Stream,
  part: Part,
  key: string,
  row: ViewRow | undefined,
): boolean {
  if (part.keys !== null && !part.keys.has(key)) return false;
  if (part.bbox === null) return true;
  const place = network.place(stream, key, row?.row ?? null);
  return place !== null && intersects(place, part.bbox);
}

/** How many keys are expected: those known, and those that the view has beside them. */
export function expectedKeys(known: ReadonlySet<string>, view: View): number {
  let count = known.size;
  for (const key of view.by_key.keys()) if (!known.has(key)) count++;
  return count;
}

export function coverageOf(
  network: Network,
  stream: Stream,
  part: Part,
  known: ReadonlySet<string>,
  view: View,
): number {
  if (part.keys === null && part.bbox === null) return share(view.fresh, expectedKeys(known, view));
  const asked = part.keys ?? new Set([...known, ...view.by_key.keys()]);
  let expected = 0;
  let fresh = 0;
  for (const key of asked) {
    const row = view.by_key.get(key);
    if (!isInPart(network, stream, part, key, row)) continue;
    expected++;
    if (row !== undefined && !row.stale) fresh++;
  }
  return share(fresh, expected);
}
