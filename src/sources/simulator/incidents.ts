/**
 * Incidents: something blocks a road, a queue grows from it against the traffic, over the roads behind, and
 * after clearance the queue dissolves from its head. Which ones happen in a slot of time follows from the seed
 * and the slot alone, so any process at any time knows the same incidents.
 */
import type { City, RoadClass } from "../../core/city.ts";
import { chance, poisson } from "./chance.ts";
import { demandAt, demandDay } from "./demand.ts";
import type { RoadGraph } from "./graph.ts";

export interface Incident {
  /** Index of the blocked road. */
  road: number;
  start_ms: number;
  clear_ms: number;
  /** The road is closed until clearance. */
  closed: boolean;
  /** Share of the speed that is left in the queue. */
  left: number;
  /** How fast the queue's end moves back, km/h, and how far it may get, km. */
  growth_kmh: number;
  reach_km: number;
  /** The blocked road and those behind it: distance of the near end from the incident, km, and its share of the jam. */
  queue: readonly { road: number; from_km: number; to_km: number; share: number }[];
}

export interface Incidents {
  /** Those whose queue is not yet gone. */
  at(ms: number): readonly Incident[];
}

const SLOT_MS = 300_000;
const DURATION_MAX_MS = 70 * 60_000;
/** Speed of the queue's head once it may go, km/h. */
const DISCHARGE_KMH = 15;
const REACH_MAX_KM = 2.6;
const LIFE_MAX_MS = DURATION_MAX_MS + (REACH_MAX_KM / DISCHARGE_KMH) * 3_600_000 * 1.8;
const SLOTS_BACK = Math.ceil(LIFE_MAX_MS / SLOT_MS);
/** Incidents per slot and 1,000 roads: at rest, and for each unit of demand. */
const RATE = { rest: 0.04, demand: 0.6 };
/** How often a kilometre of a class sees one, relatively. */
const risk: Record<RoadClass, number> = {
  motorway: 1.3,
  trunk: 1.6,
  primary: 1.8,
  secondary: 1.2,
  tertiary: 0.7,
  residential: 0.35,
};

export function incidentsOf(city: City, graph: RoadGraph, seed: number): Incidents {
  const cumulated: number[] = [];
  let total = 0;
  for (const road of city.roads) cumulated.push((total += road.length_km * risk[road.road_class]));
  const kept = new Map<number, readonly Incident[]>();

  const inSlot = (slot: number): readonly Incident[] => {
    const known = kept.get(slot);
    if (known !== undefined) return known;
    const demand = demandAt(demandDay(city, slot * SLOT_MS), 0, 1, 1);
    const mean = ((RATE.rest + RATE.demand * demand) * city.roads.length) / 1_000;
    const made = Array.from({ length: poisson(mean, chance(seed, slot, 1)) }, (_, k) => {
      const draw = (what: number): number => chance(seed + 17 * what, slot, k + 2);
      const at = draw(1) * total;
      const road = cumulated.findIndex((sum) => sum > at);
      const start_ms = slot * SLOT_MS + Math.floor(draw(2) * SLOT_MS);
      const duration_ms = (8 + 62 * draw(3) ** 1.6) * 60_000;
      const reach_km = REACH_MAX_KM * (0.25 + 0.75 * Math.min(1, demand)) * (0.4 + 0.6 * draw(4));
      const small =
        city.roads[road]!.road_class === "residential" || city.roads[road]!.road_class === "tertiary";
      return {
        road,
        start_ms,
        clear_ms: start_ms + duration_ms,
        closed: small && draw(5) < 0.3,
        left: 0.14 + 0.3 * draw(6),
        growth_kmh: (2 + 5 * draw(7)) * (0.2 + 0.8 * Math.min(1, demand)),
        reach_km,
        queue: queueBehind(city, graph, road, draw(8) < 0.5 ? 0 : 1, reach_km),
      };
    });
    if (kept.size > SLOTS_BACK * 4) kept.delete(kept.keys().next().value!);
    kept.set(slot, made);
    return made;
  };

  return {
    at(ms) {
      const out: Incident[] = [];
      const last = Math.floor(ms / SLOT_MS);
      for (let slot = last - SLOTS_BACK; slot <= last; slot++) {
        for (const it of inSlot(slot)) if (it.start_ms <= ms && queueAt(it, ms) !== null) out.push(it);
      }
      return out;
    },
  };
}

/** The part of the way behind the incident that stands, km from it; null before it began and once it is gone. */
export function queueAt(it: Incident, ms: number): readonly [head_km: number, end_km: number] | null {
  if (ms < it.start_ms) return null;
  const hours = (from: number): number => Math.max(0, ms - from) / 3_600_000;
  // Cars still join at the end while the head dissolves, only fewer.
  const grown = it.growth_kmh * (hours(it.start_ms) - hours(it.clear_ms) * 0.6);
  const end = Math.min(it.reach_km, grown);
  const head = DISCHARGE_KMH * hours(it.clear_ms);
  return head > end ? null : [head, end];
}

/** Roads behind one end of the blocked road, nearest first. Most of the jam stays on the same street. */
function queueBehind(
  city: City,
  graph: RoadGraph,
  road: number,
  end: 0 | 1,
  reach_km: number,
): Incident["queue"] {
  const queue = [{ road, from_km: 0, to_km: city.roads[road]!.length_km, share: 1 }];
  const seen = new Set([road]);
  const open = [{ road, end, at_km: city.roads[road]!.length_km, share: 1 }];
  while (open.length > 0) {
    open.sort((a, b) => a.at_km - b.at_km);
    const { road: from, end: side, at_km, share } = open.shift()!;
    for (const next of graph.ends[from]![side]) {
      if (seen.has(next)) continue;
      seen.add(next);
      const straight = city.roads[next]!.road_name === city.roads[from]!.road_name;
      const part = share * (straight ? 0.97 : 0.72);
      const length = city.roads[next]!.length_km;
      if (part < 0.35 || at_km > reach_km) continue;
      queue.push({ road: next, from_km: at_km, to_km: at_km + length, share: part });
      const far = graph.ends[next]![0].includes(from) ? 1 : 0;
      open.push({ road: next, end: far, at_km: at_km + length, share: part });
    }
  }
  return queue;
}
