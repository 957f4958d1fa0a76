/** Neighbours as arrays for the loop over roads: the nearest on each side, and bands of distance with falling weights. */
import { limits } from "../../core/limits.ts";
import type { RoadEdge } from "../model.ts";
import { BANDS_KM, NEAREST } from "./names.ts";
import { neighboursOf, type Neighbour } from "./neighbours.ts";

export interface Around {
  /** `roads × 2 sides × NEAREST`: downstream, then upstream; −1 where there is none. */
  near: Int32Array;
  near_km: Float32Array;
  /** Where the members of `(road · 2 + side) · bands + band` begin in `member` and `weight`. */
  first: Int32Array;
  member: Int32Array;
  weight: Float32Array;
}

/** A band's weight falls to a third over so many km. */
const FALL_KM = 2;

export function aroundOf(roads: number, edges: readonly RoadEdge[]): Around {
  const near = new Int32Array(roads * 2 * NEAREST).fill(-1);
  const near_km = new Float32Array(roads * 2 * NEAREST).fill(Number.NaN);
  const first = [0];
  const member: number[] = [];
  const weight: number[] = [];
  const addSide = (side: readonly Neighbour[], place: number): void => {
    for (const [i, { road, km }] of side.slice(0, NEAREST).entries()) {
      near[place * NEAREST + i] = road;
      near_km[place * NEAREST + i] = km;
    }
    for (const [band, up_to] of BANDS_KM.entries()) {
      const over = band === 0 ? -1 : BANDS_KM[band - 1]!;
      const members = side.filter(({ km }) => km > over && km <= up_to).slice(0, limits.neighbours_band_max);
      for (const { road, km } of members) {
        member.push(road);
        weight.push(Math.exp(-km / FALL_KM));
      }
      first.push(member.length);
    }
  };
  for (const [road, { downstream, upstream }] of neighboursOf(roads, edges).entries()) {
    addSide(downstream, road * 2);
    addSide(upstream, road * 2 + 1);
  }
  return {
    near,
    near_km,
    first: Int32Array.from(first),
    member: Int32Array.from(member),
    weight: Float32Array.from(weight),
  };
}
