/** Share of the expected keys that are there and fresh. */
import { distance_km, distanceToLine_km, intersects } from "../core/geo.ts";
import type { Bbox } from "../core/geo.ts";
import { hasEnded, type Stream } from "../core/stream.ts";
import type { Listed, Near } from "./answer.ts";
import { share } from "./meta.ts";
import type { Network } from "./network.ts";
import type { View, ViewRow } from "./view.ts";

/** Which part of a stream's keys a list is about. */
export interface Part {
  keys: ReadonlySet<string> | null;
  bbox: Bbox | null;
  near: Near | null;
}

export const isWhole = ({ keys, bbox, near }: Part): boolean =>
  keys === null && bbox === null && near === null;

export function isInPart(
  network: Network,
  stream: Stream,
  part: Part,
  key: string,
  row: ViewRow | undefined,
): boolean {
  if (part.keys !== null && !part.keys.has(key)) return false;
  if (part.bbox === null && part.near === null) return true;
  const place =
    row === undefined
      ? network.place(stream, key, null)
      : (row.place ??= network.place(stream, key, row.row));
  if (place === null) return false;
  if (part.bbox !== null && !intersects(place, part.bbox)) return false;
  return part.near === null || isNear(network.line(stream, key), place, part.near);
}

/** A road is as near as the nearest place on it. */
const isNear = (line: ReturnType<Network["line"]>, [west, south]: Bbox, { at, radius_km }: Near): boolean =>
  (line === null ? distance_km(at, [west, south]) : distanceToLine_km(at, line)) <= radius_km;

/** Is a row on the list at an instant? An event of the near future is. */
export const isListed = (
  stream: Stream,
  { max_age_ms, active }: Listed,
  { event_time_ms, row }: Pick<ViewRow, "event_time_ms" | "row">,
  now_ms: number,
): boolean =>
  (max_age_ms === undefined || now_ms - event_time_ms <= max_age_ms) &&
  (active !== true || stream.live === null || !hasEnded(stream.live, row));

/** How many keys are expected: those known, and those that the view has beside them. */
export function expectedKeys(known: ReadonlySet<string>, view: View): number {
  let count = known.size;
  for (const key of view.by_key.keys()) if (!known.has(key)) count++;
  return count;
}

/** @param of What of the view the answer is about, the rows of its other pages too; of keys that come and go, no more is expected. */
export function coverageOf(
  network: Network,
  stream: Stream,
  part: Part,
  known: ReadonlySet<string>,
  view: View,
  of: { rows: number; fresh: number },
): number {
  if (stream.open_keys) return share(of.fresh, of.rows);
  if (isWhole(part)) return share(of.fresh, expectedKeys(known, view));
  const asked = part.keys ?? new Set([...known, ...view.by_key.keys()]);
  let expected = 0;
  for (const key of asked) if (isInPart(network, stream, part, key, view.by_key.get(key))) expected++;
  return share(of.fresh, expected);
}
