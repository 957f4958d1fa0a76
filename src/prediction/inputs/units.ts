/** The unit that a road's speeds are in for the network: a quarter of what is slow there. */
import type { RoadFacts } from "../model.ts";

/** Slow is below so many units, on every road. */
export const SLOW_UNITS = 4;

export const unitsOf = (roads: readonly RoadFacts[]): Float32Array<ArrayBuffer> =>
  Float32Array.from(roads, ({ congested_below }) =>
    congested_below > 0 ? congested_below / SLOW_UNITS : Number.NaN,
  );
