/** The city's roads by index, with what lies at either end of each. */
import type { Road } from "../../core/city.ts";
import type { Position } from "../../core/geo.ts";

export interface RoadGraph {
  /** All neighbours. */
  near: readonly (readonly number[])[];
  /** Neighbours at the road's first and at its last vertex. */
  ends: readonly (readonly [first: readonly number[], last: readonly number[]])[];
}

const same = (a: Position, b: Position): boolean => a[0] === b[0] && a[1] === b[1];

export function roadGraph(roads: readonly Road[]): RoadGraph {
  const index = new Map(roads.map((road, i) => [road.road_id, i]));
  const near = roads.map((road) =>
    road.neighbours.map((id) => index.get(id)!).filter((i) => i !== undefined),
  );
  const ends = roads.map((road, i) => {
    const meets = (at: Position): number[] =>
      near[i]!.filter((j) => same(roads[j]!.geometry[0]!, at) || same(roads[j]!.geometry.at(-1)!, at));
    return [meets(road.geometry[0]!), meets(road.geometry.at(-1)!)] as const;
  });
  return { near, ends };
}

/**
 * Values mixed with those of the neighbours, `times` over, then scaled to a standard deviation of 1: what is
 * near each other becomes alike.
 */
export function diffused(values: Float64Array, graph: RoadGraph, times: number): Float64Array {
  let from = values;
  for (let k = 0; k < times; k++) {
    const to = new Float64Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const near = graph.near[i]!;
      let sum = from[i]! * 2;
      for (const j of near) sum += from[j]!;
      to[i] = sum / (near.length + 2);
    }
    from = to;
  }
  return standardised(from);
}

export function standardised(values: Float64Array): Float64Array {
  let sum = 0;
  let squares = 0;
  for (const v of values) {
    sum += v;
    squares += v * v;
  }
  const mean = sum / values.length;
  const spread = Math.sqrt(squares / values.length - mean * mean) || 1;
  return values.map((v) => (v - mean) / spread);
}
