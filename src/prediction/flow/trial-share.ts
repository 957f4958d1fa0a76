/** Which roads a model on trial is shown for: the same ones for as long as their ids and the share are the same. */
import { hash32 } from "../../core/identity.ts";

/** Where a road stands between 0 and 1, evenly over roads: FNV-1a, mixed as MurmurHash3 ends, because ids differ in their last letters. */
export function placeOf(road_id: string): number {
  let h = hash32(road_id);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
