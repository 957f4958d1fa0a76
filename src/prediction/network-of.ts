/**
 * The network that models are told of, made from a city's roads, and from roads that report but are no part of it: those of a
 * recording, or plain sensors.
 */
import { levelRatios } from "../core/congestion.ts";
import type { City, Road } from "../core/city.ts";
import type { Position } from "../core/geo.ts";
import { limits } from "../core/limits.ts";
import type { SpeedMatrix } from "../core/speed-matrix.ts";
import type { RoadEdge, RoadFacts, RoadNetwork } from "./model.ts";
import { NearestPoints } from "./nearest-points.ts";

/** A road that the city does not know. */
export interface ExtraRoad {
  road_id: string;
  /** km/h, as it reports it or as it was measured; null where nobody knows: then nothing is said of it. */
  free_flow_speed: number | null;
  at: Position | null;
}

export type CityOfRoads = Pick<City, "roads" | "zone" | "holidays">;

/** Class of roads that the city does not know. */
const EXTRA_CLASS = "sensor";
/** Of the free flow: nobody drives faster on the mean of five minutes. */
const SPEED_MAX_RATIO = 1.5;
/** A sensor is tied to so many roads, no farther away. */
const NEAREST = 6;
const NEAREST_KM = 10;
/** Share of the measured speeds below free flow: Highway Capacity Manual's 85th percentile. */
const FREE_FLOW_SHARE = 0.85;
/** Fewer measured steps say nothing of free flow: an hour. */
const FREE_FLOW_STEPS_MIN = 12;

/** @param extra Those that the city knows are passed over. At most `limits.model_roads_max` with the city's; the rest is left out. */
export function networkOf(city: CityOfRoads, extra: readonly ExtraRoad[] = []): RoadNetwork {
  const own = city.roads.slice(0, limits.model_roads_max);
  const known = new Map(city.roads.map((road, column) => [road.road_id, column]));
  const others = [...new Map(extra.map((road) => [road.road_id, road])).values()]
    .filter(({ road_id }) => !known.has(road_id))
    .sort((a, b) => (a.road_id < b.road_id ? -1 : 1))
    .slice(0, Math.max(0, limits.model_roads_max - own.length));
  const roads = [
    ...own.map(({ road_id, free_flow_speed, road_class }) => factsOf(road_id, free_flow_speed, road_class)),
    ...others.map(({ road_id, free_flow_speed }) => factsOf(road_id, free_flow_speed, EXTRA_CLASS)),
  ];
  return {
    roads,
    edges: [...edgesOf(own, known), ...edgesByDistance(own, others)],
    zone: city.zone,
    holidays: city.holidays,
  };
}

const factsOf = (road_id: string, free: number | null, road_class: string): RoadFacts => ({
  road_id,
  // None where free flow is not known: models say nothing of such a road.
  congested_below: free === null ? 0 : free * levelRatios.moderate,
  speed_max: free === null ? limits.speed_kmh_max : Math.min(limits.speed_kmh_max, free * SPEED_MAX_RATIO),
  road_class,
});

/** Roads that share an end, both ways: the city does not say which way is driven. */
function edgesOf(roads: readonly Road[], known: ReadonlyMap<string, number>): RoadEdge[] {
  const edges = new Map<number, RoadEdge>();
  for (const [from, { neighbours, length_km }] of roads.entries()) {
    for (const name of neighbours) {
      const to = known.get(name);
      if (to === undefined || to === from || to >= roads.length) continue;
      const km = (length_km + roads[to]!.length_km) / 2;
      edges.set(from * roads.length + to, { from, to, km });
      edges.set(to * roads.length + from, { from: to, to: from, km });
    }
  }
  return [...edges.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}

/** A sensor and what is nearest to it, as the crow flies, both ways. */
function edgesByDistance(roads: readonly Road[], extra: readonly ExtraRoad[]): RoadEdge[] {
  const points = [
    ...roads.map(({ geometry }) => geometry[Math.floor(geometry.length / 2)] ?? null),
    ...extra.map(({ at }) => at),
  ];
  const edges = new Map<number, RoadEdge>();
  const near = new NearestPoints(points);
  for (let from = roads.length; from < points.length; from++) {
    for (const { to, km } of near.of(from, NEAREST, NEAREST_KM)) {
      edges.set(from * points.length + to, { from, to, km });
      edges.set(to * points.length + from, { from: to, to: from, km });
    }
  }
  return [...edges.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}

/**
 * Columns of a matrix that the city does not know, with their free flow as measured: the 85th percentile.
 *
 * @param places Where they report to be.
 */
export function measuredRoads(
  city: Pick<City, "roads">,
  matrix: SpeedMatrix,
  places: ReadonlyMap<string, Position>,
): readonly ExtraRoad[] {
  const known = new Set(city.roads.map(({ road_id }) => road_id));
  const { keys, steps, speeds } = matrix;
  return keys.flatMap((road_id, column): ExtraRoad[] => {
    if (known.has(road_id)) return [];
    const measured: number[] = [];
    for (let step = 0; step < steps; step++) {
      const speed = speeds[step * keys.length + column]!;
      if (speed >= 0) measured.push(speed);
    }
    measured.sort((a, b) => a - b);
    const free = measured[Math.floor(FREE_FLOW_SHARE * measured.length)] ?? 0;
    const enough = measured.length >= FREE_FLOW_STEPS_MIN && free > 0;
    return [{ road_id, free_flow_speed: enough ? free : null, at: places.get(road_id) ?? null }];
  });
}
