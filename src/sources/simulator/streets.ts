/** The roads as a way to drive: places along them, what meets where, and the quickest way from one place to another. */
import type { City } from "../../core/city.ts";
import type { Position } from "../../core/geo.ts";
import { planeOf, type Point } from "./plane.ts";

/** A place on a road: how far from the first vertex of its geometry. */
export interface Place {
  road: number;
  km: number;
}

/** A piece of one road, driven from one place of it to another. */
export interface Stretch {
  road: number;
  from_km: number;
  to_km: number;
}

export interface Streets {
  /** Of each road's geometry, km. */
  length_km: Float64Array;
  /** Of each road without other traffic, km/h. */
  free_kmh: Float64Array;
  /** x and y of a place, km, and which way the road leads there in the direction of its geometry, ° from north. */
  at(place: Place): { x: number; y: number; heading: number };
  /** The same as degrees. */
  position(place: Place): Position;
  /** The place on a road that is nearest to a position. */
  nearestTo(at: Position): Place;
  /** Hours that the quickest way takes without other traffic. */
  hours(from: Place, to: Place): number;
  /** The quickest way without other traffic, around the closed roads; null where there is none. */
  way(from: Place, to: Place, closed?: ReadonlySet<number>): Stretch[] | null;
}

/** For each node: hours to the goal, and the road to take. */
interface Tree {
  hours: Float64Array;
  next: Int16Array;
}

/** What each junction costs: a few seconds of waiting, hours. */
const JUNCTION_H = 5 / 3_600;
/** Trees are some KB each; a city of 2,000 junctions keeps them all. */
const TREES_MAX = 2_000;

export function streetsOf(city: City): Streets {
  const { roads } = city;
  const plane = planeOf(city);
  const lines: readonly (readonly Point[])[] = roads.map((r) => r.geometry.map((p) => plane.xy(p)));
  /** km from the first vertex to each. */
  const along = lines.map((line) => {
    const out = new Float64Array(line.length);
    for (let k = 1; k < line.length; k++)
      out[k] = out[k - 1]! + Math.hypot(line[k]![0] - line[k - 1]![0], line[k]![1] - line[k - 1]![1]);
    return out;
  });
  const length_km = Float64Array.from(along, (a) => a.at(-1)!);
  const free_kmh = Float64Array.from(roads, (r) => r.free_flow_speed);
  const cost = Float64Array.from(roads, (_, i) => length_km[i]! / free_kmh[i]! + JUNCTION_H);

  const numbers = new Map<string, number>();
  const nodeOf = (at: readonly number[]): number => {
    const key = at.join(" ");
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  };
  const ends = roads.map((r) => [nodeOf(r.geometry[0]!), nodeOf(r.geometry.at(-1)!)] as const);
  const meeting: number[][] = Array.from({ length: numbers.size }, () => []);
  for (const [i, both] of ends.entries()) for (const node of new Set(both)) meeting[node]!.push(i);
  const other = (road: number, node: number): number =>
    ends[road]![0] === node ? ends[road]![1] : ends[road]![0];

  const kept = new Map<number, Tree>();
  const towards = (goal: number, closed?: ReadonlySet<number>): Tree => {
    const known = closed === undefined ? kept.get(goal) : undefined;
    if (known !== undefined) return known;
    const tree = {
      hours: new Float64Array(meeting.length).fill(Infinity),
      next: new Int16Array(meeting.length).fill(-1),
    };
    tree.hours[goal] = 0;
    // Nodes whose neighbours may get a quicker way, first come first served.
    const open = [goal];
    const waits = new Uint8Array(meeting.length);
    for (let k = 0; k < open.length; k++) {
      const node = open[k]!;
      waits[node] = 0;
      for (const road of meeting[node]!) {
        if (closed?.has(road) === true) continue;
        const from = other(road, node);
        const hours = tree.hours[node]! + cost[road]!;
        if (hours >= tree.hours[from]!) continue;
        tree.hours[from] = hours;
        tree.next[from] = road;
        if (waits[from] === 0) open.push(from);
        waits[from] = 1;
      }
    }
    if (closed === undefined) {
      if (kept.size >= TREES_MAX) kept.delete(kept.keys().next().value!);
      kept.set(goal, tree);
    }
    return tree;
  };

  /** The best of the ways that leave a road by one end and come to the other by one of its ends. */
  function best(
    from: Place,
    to: Place,
    closed?: ReadonlySet<number>,
  ): { hours: number; exit: 0 | 1; entry: 0 | 1 } {
    let found: { hours: number; exit: 0 | 1; entry: 0 | 1 } = { hours: Infinity, exit: 0, entry: 0 };
    for (const entry of [0, 1] as const) {
      const tree = towards(ends[to.road]![entry], closed);
      const in_km = entry === 0 ? to.km : length_km[to.road]! - to.km;
      for (const exit of [0, 1] as const) {
        const out_km = exit === 0 ? from.km : length_km[from.road]! - from.km;
        const hours =
          out_km / free_kmh[from.road]! + tree.hours[ends[from.road]![exit]]! + in_km / free_kmh[to.road]!;
        if (hours < found.hours) found = { hours, exit, entry };
      }
    }
    return found;
  }

  const endKm = (road: number, end: 0 | 1): number => (end === 0 ? 0 : length_km[road]!);
  const direct = (from: Place, to: Place): boolean => from.road === to.road;

  return {
    length_km,
    free_kmh,
    at({ road, km }) {
      const line = lines[road]!;
      const to_here = along[road]!;
      let k = 1;
      while (k < line.length - 1 && to_here[k]! < km) k++;
      const [a, b] = [line[k - 1]!, line[k]!];
      const t = (km - to_here[k - 1]!) / (to_here[k]! - to_here[k - 1]! || 1);
      const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
      return { x: a[0] + dx * t, y: a[1] + dy * t, heading: (Math.atan2(dx, dy) * 180) / Math.PI };
    },
    position(place) {
      const { x, y } = this.at(place);
      return plane.place(x, y);
    },
    nearestTo(position) {
      const [x, y] = plane.xy(position);
      let found: Place = { road: 0, km: 0 };
      let least = Infinity;
      for (const [road, line] of lines.entries()) {
        for (let k = 1; k < line.length; k++) {
          const [a, b] = [line[k - 1]!, line[k]!];
          const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
          const t = Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1)));
          const far = Math.hypot(x - a[0] - dx * t, y - a[1] - dy * t);
          if (far < least)
            [least, found] = [far, { road, km: along[road]![k - 1]! + Math.hypot(dx, dy) * t }];
        }
      }
      return found;
    },
    hours: (from, to) =>
      direct(from, to) ? Math.abs(from.km - to.km) / free_kmh[from.road]! : best(from, to).hours,
    way(from, to, closed) {
      if (direct(from, to)) return [{ road: from.road, from_km: from.km, to_km: to.km }];
      const { hours, exit, entry } = best(from, to, closed);
      if (hours === Infinity) return null;
      const out: Stretch[] = [{ road: from.road, from_km: from.km, to_km: endKm(from.road, exit) }];
      const goal = ends[to.road]![entry];
      const tree = towards(goal, closed);
      for (let node = ends[from.road]![exit]; node !== goal;) {
        const road = tree.next[node]!;
        const forward = ends[road]![0] === node;
        out.push({ road, from_km: endKm(road, forward ? 0 : 1), to_km: endKm(road, forward ? 1 : 0) });
        node = other(road, node);
      }
      out.push({ road: to.road, from_km: endKm(to.road, entry), to_km: to.km });
      return out.filter((s) => s.from_km !== s.to_km);
    },
  };
}
