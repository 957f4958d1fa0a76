/** Slow changes that neighbours share: a value per road at the corners of time slots, smooth between them. */
import { normal } from "./chance.ts";
import { diffused, standardised, type RoadGraph } from "./graph.ts";

const SLOTS_KEPT = 8;

export interface Noise {
  /** Values of about unit spread at an instant: `at(i)` for road i. */
  at(ms: number): (i: number) => number;
}

/** @param spread How far over neighbours it reaches; 0: each road on its own. */
export function slotNoise(graph: RoadGraph, seed: number, slot_ms: number, spread: number): Noise {
  const kept = new Map<number, Float64Array>();
  const corner = (slot: number): Float64Array => {
    const known = kept.get(slot);
    if (known !== undefined) return known;
    const raw = Float64Array.from(graph.near, (_, i) => normal(seed, i, slot));
    const values = spread === 0 ? standardised(raw) : diffused(raw, graph, spread);
    if (kept.size >= SLOTS_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(slot, values);
    return values;
  };
  return {
    at(ms) {
      const slot = Math.floor(ms / slot_ms);
      const t = ms / slot_ms - slot;
      const u = t * t * (3 - 2 * t);
      const from = corner(slot);
      const to = corner(slot + 1);
      return (i) => from[i]! * (1 - u) + to[i]! * u;
    },
  };
}

/** Nothing changes. */
export const still: Noise = { at: () => () => 0 };
