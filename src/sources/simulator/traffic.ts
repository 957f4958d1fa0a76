/**
 * Traffic that behaves, as a pure function of seed and time: demand by hour, day and place, roads with their own
 * character, neighbours slowed together, incidents with queues, rain. Nothing is carried from one moment to the next,
 * so a restart goes on where it was and history joins the present without a seam.
 */
import type { City, RoadClass } from "../../core/city.ts";
import { distance_km } from "../../core/geo.ts";
import { chance, normal } from "./chance.ts";
import { demandAt, demandDay } from "./demand.ts";
import { diffused, roadGraph } from "./graph.ts";
import { incidentsOf, queueAt, type Incident } from "./incidents.ts";
import { slotNoise, still, type Noise } from "./noise.ts";
import { planeOf } from "./plane.ts";
import { weatherOf, type Weather } from "./weather.ts";

/** All roads at one second. Roads are indices of `city.roads`. */
export interface Moment {
  /** km/h, 0 to 1.15 × free flow. */
  speed(road: number): number;
  closed(road: number): boolean;
  /** All that are. */
  closures: ReadonlySet<number>;
  /** Share of its speed that an incident's queue leaves it; 1 without. */
  queue(road: number): number;
  /** Demand over capacity, 0 to about 1.5: how full it is. */
  load(road: number): number;
}

export interface Traffic {
  /** The moment's whole second counts: what is asked twice within it answers the same. */
  at(ms: number): Moment;
  /** The same without what changes within a minute or two. */
  trendAt(ms: number): Moment;
  /** km/h of every road. */
  speedsAt(ms: number): Float64Array;
  incidentsAt(ms: number): readonly Incident[];
}

/** How near to its capacity a class is driven at a full peak, on the scale where 1 is capacity. */
const fullness: Record<RoadClass, number> = {
  motorway: 0.99,
  trunk: 1.05,
  primary: 1.06,
  secondary: 0.99,
  tertiary: 0.88,
  residential: 0.8,
};

/** Speed left at a load (the BPR curve of transport planning): 1 empty, 0.85 at capacity. */
const speedLeft = (x: number): number => 1 / (1 + 0.18 * x * x * x * x);

const FASTEST = 1.15;

/** @param sky The weather that slows it; the city's own unless said otherwise. */
export function createTraffic(
  city: City,
  seed: number,
  sky: Pick<Weather, "slowing"> = weatherOf(city, seed),
): Traffic {
  const { roads } = city;
  const plane = planeOf(city);
  const places = roads.map((r) => plane.xy(r.geometry[r.geometry.length >> 1]!));
  const graph = roadGraph(roads);
  const incidents = incidentsOf(city, graph, seed);
  const own = (what: number, times: number): Float64Array => {
    const raw = Float64Array.from(roads, (_, i) => normal(seed + 1_000 * what, i, what));
    return times === 0 ? raw : diffused(raw, graph, times);
  };
  const [shared, single, shifts, mornings, evenings] = [
    own(1, 3),
    own(2, 0),
    own(3, 4),
    own(4, 4),
    own(5, 4),
  ];
  const furthest_km = Math.max(
    1,
    ...roads.map((r) => distance_km(city.centre, r.geometry[r.geometry.length >> 1]!)),
  );
  const central = roads.map(
    (r) => 1 - distance_km(city.centre, r.geometry[r.geometry.length >> 1]!) / furthest_km,
  );

  const capacity = Float64Array.from(
    roads,
    (road, i) =>
      fullness[road.road_class] * (0.9 + 0.2 * central[i]!) * Math.exp(0.24 * shared[i]! + 0.13 * single[i]!),
  );
  // Those who live outside drive in the morning; in the evening the centre empties.
  const morning = roads.map((_, i) => 1.2 - 0.4 * central[i]! + 0.16 * mornings[i]!);
  const evening = roads.map((_, i) => 0.76 + 0.44 * central[i]! + 0.16 * evenings[i]!);
  const shift_h = shifts.map((s) => 0.22 * s);
  const empty = roads.map((_, i) => 0.97 + 0.08 * chance(seed, i, 99));

  const spells = slotNoise(graph, seed + 21, 4 * 3_600_000, 8);
  const waves = slotNoise(graph, seed + 22, 20 * 60_000, 3);
  const flicker = slotNoise(graph, seed + 23, 120_000, 1);
  const grain = slotNoise(graph, seed + 24, 20_000, 0);

  let last: { second: number; moment: Moment } | null = null;
  const at = (ms: number): Moment => {
    const second = Math.floor(ms / 1_000);
    if (last?.second !== second) last = { second, moment: momentAt(second * 1_000, flicker, grain) };
    return last.moment;
  };

  const momentAt = (ms: number, minute: Noise, second: Noise): Moment => {
    const day = demandDay(city, ms);
    const [w1, w2, w3, w4] = [spells.at(ms), waves.at(ms), minute.at(ms), second.at(ms)];
    const slowing = sky.slowing(ms);
    const queues = new Map<number, number>();
    const closed = new Set<number>();
    for (const it of incidents.at(ms)) {
      for (const [road, left] of slowed(it, ms)) queues.set(road, Math.min(queues.get(road) ?? 1, left));
      if (it.closed && ms < it.clear_ms) closed.add(it.road);
    }
    const queue = (i: number): number => queues.get(i) ?? 1;
    const load = (i: number): number =>
      capacity[i]! *
      demandAt(day, shift_h[i]!, morning[i]!, evening[i]!) *
      (1 + 0.06 * w1(i) + 0.07 * w2(i) + 0.03 * w3(i));
    return {
      speed(i) {
        if (closed.has(i)) return 0;
        const wet = slowing(places[i]![0], places[i]![1]);
        const ratio = empty[i]! * speedLeft(load(i)) * wet * queue(i) * (1 + 0.012 * w4(i) + 0.008 * w3(i));
        return Math.max(0, Math.min(FASTEST, ratio)) * roads[i]!.free_flow_speed;
      },
      closed: (i) => closed.has(i),
      closures: closed,
      queue,
      load,
    };
  };

  return {
    at,
    trendAt: (ms) => momentAt(ms, still, still),
    speedsAt(ms) {
      const moment = at(ms);
      return Float64Array.from(roads, (_, i) => moment.speed(i));
    },
    incidentsAt: (ms) => incidents.at(ms),
  };
}

/** Share of its speed that an incident leaves each road of its queue: by how much of the road stands. */
function* slowed(it: Incident, ms: number): Generator<[road: number, left: number]> {
  const standing = queueAt(it, ms);
  if (standing === null) return;
  const [head, end] = standing;
  for (const part of it.queue) {
    const covered = (Math.min(end, part.to_km) - Math.max(head, part.from_km)) / (part.to_km - part.from_km);
    if (covered > 0) yield [part.road, 1 - Math.min(1, covered) * part.share * (1 - it.left)];
  }
}
