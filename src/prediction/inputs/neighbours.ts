/**
 * The roads before and behind each road, by driving distance over the edges. Behind (downstream) is where its traffic goes, before
 * (upstream) where it comes from: the way there is shorter than the way back by more than `ASIDE_KM`. The other carriageway, as near
 * one way as the other, is neither. Where both ways are of one length, as in a network without directions, a road is on both sides.
 */
import { limits } from "../../core/limits.ts";
import type { RoadEdge } from "../model.ts";

/** Farther roads tell nothing in half an hour. */
const REACH_KM = 10;
const ASIDE_KM = 0.2;
/** Two ways of one length, but for rounding. */
const SAME_KM = 0.001;

export interface Neighbour {
  road: number;
  km: number;
}

export interface Neighbours {
  /** Nearest first; of two as near the one that comes first in the network. */
  downstream: readonly Neighbour[];
  upstream: readonly Neighbour[];
}

interface Arcs {
  first: Int32Array;
  to: Int32Array;
  km: Float64Array;
}

/** Edges by the road they leave, those that cannot be left out. */
function arcsOf(roads: number, edges: readonly RoadEdge[], from: (edge: RoadEdge) => [number, number]): Arcs {
  const first = new Int32Array(roads + 1);
  for (const edge of edges) first[from(edge)[0] + 1]!++;
  for (let road = 0; road < roads; road++) first[road + 1]! += first[road]!;
  const at = first.slice();
  const to = new Int32Array(edges.length);
  const km = new Float64Array(edges.length);
  for (const edge of edges) {
    const [source, target] = from(edge);
    const place = at[source]!++;
    to[place] = target;
    km[place] = edge.km;
  }
  return { first, to, km };
}

/** The nearest roads from one, by Dijkstra's algorithm with a binary heap of (km, road), up to the reach and `limits.neighbours_max`. */
function nearestFrom(start: number, { first, to, km }: Arcs, best: Float64Array): Map<number, number> {
  const settled = new Map<number, number>();
  const touched = [start];
  const heap: Neighbour[] = [{ road: start, km: 0 }];
  const before = (a: Neighbour, b: Neighbour): boolean => a.km < b.km || (a.km === b.km && a.road < b.road);
  best[start] = 0;
  while (heap.length > 0 && settled.size <= limits.neighbours_max) {
    const nearest = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, last)) break;
        heap[i] = heap[child]!;
        i = child;
      }
      heap[i] = last;
    }
    if (settled.has(nearest.road)) continue;
    settled.set(nearest.road, nearest.km);
    for (let arc = first[nearest.road]!; arc < first[nearest.road + 1]!; arc++) {
      const road = to[arc]!;
      const next = { road, km: nearest.km + km[arc]! };
      if (!(next.km <= REACH_KM) || next.km >= best[road]!) continue;
      best[road] = next.km;
      touched.push(road);
      let i = heap.push(next) - 1;
      while (i > 0 && before(next, heap[(i - 1) >> 1]!)) {
        heap[i] = heap[(i - 1) >> 1]!;
        i = (i - 1) >> 1;
      }
      heap[i] = next;
    }
  }
  for (const road of touched) best[road] = Infinity;
  settled.delete(start);
  return settled;
}

function onSide(there: ReadonlyMap<number, number>, back: ReadonlyMap<number, number>): Neighbour[] {
  const side: Neighbour[] = [];
  for (const [road, km] of there) {
    const way_back = back.get(road) ?? Infinity;
    if (km < way_back - ASIDE_KM || Math.abs(km - way_back) < SAME_KM) side.push({ road, km });
  }
  return side.sort((a, b) => a.km - b.km || a.road - b.road);
}

/** @param edges Those with a length that is no number or below 0, or an end outside the network, are left out. */
export function neighboursOf(roads: number, edges: readonly RoadEdge[]): Neighbours[] {
  const inside = (road: number): boolean => road >= 0 && road < roads;
  const good = edges.filter(({ from, to, km }) => km >= 0 && inside(from) && inside(to));
  const out = arcsOf(roads, good, ({ from, to }) => [from, to]);
  const back = arcsOf(roads, good, ({ from, to }) => [to, from]);
  const best = new Float64Array(roads).fill(Infinity);
  return Array.from({ length: roads }, (_, road) => {
    const there = nearestFrom(road, out, best);
    const here = nearestFrom(road, back, best);
    return { downstream: onSide(there, here), upstream: onSide(here, there) };
  });
}
