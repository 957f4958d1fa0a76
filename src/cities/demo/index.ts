/**
 * Arteria, the demo city: made from a seed, the same on every machine. 1,247 named road segments, a river with its
 * bridges, two rings and the ways out, districts with grids of their own, and the background to draw them on.
 */
import type { City, Road, RoadClass } from "../../core/city.ts";
import { lineLength_km, type Position } from "../../core/geo.ts";
import { arteries } from "./arteries.ts";
import { background } from "./background.ts";
import { cutLong, exactly } from "./exact.ts";
import { makeField } from "./field.ts";
import { networkOf, rank, type Edge } from "./graph.ts";
import { Growth } from "./growth.ts";
import { hospitalsOf } from "./hospitals.ts";
import { nameRoads } from "./names.ts";
import { cos, degrees, length, type Point } from "./plane.ts";
import { disentangled, shaped } from "./shape.ts";
import { districtAt, EXTENT, villages } from "./terrain.ts";
import { level } from "./blob.ts";
import { cutAtWater } from "./water-cut.ts";

export const ROADS = 1_247;
const SEED = 7;
const CENTRE: Position = [11, 48.2];
const KM_PER_DEGREE = 111.19508;
/** Where streets beside the arteries cross the river: x, km. */
const CROSSINGS = [-5.7, -4, -2.7, -0.75, 0.95, 2.75, 4.3, 6.2];

let made: City | null = null;

/** The city; made on first use. */
export const demo = (): City => (made ??= makeCity());

/** Makes it anew, some 0.3 s of work: for `demo()`, and for tests of its sameness. */
export function makeCity(): City {
  const field = makeField();
  const growth = new Growth(field, SEED);
  const planned = arteries();
  for (const street of planned) growth.plant(street);
  const streets = [...planned, ...growth.bridges(CROSSINGS), ...growth.roads()].flatMap((s) =>
    cutAtWater(s, field),
  );
  const network = disentangled(shaped(cutLong(networkOf(streets))));
  const { graph, given_up } = exactly(ROADS, network);
  const edges = shaped(graph).edges.sort(
    (a, b) => rank[a.road_class] - rank[b.road_class] || a.street - b.street || a.order - b.order,
  );
  const names = nameRoads(edges, streets, SEED);
  const lanes = [...growth.lanes().map((s) => s.line), ...given_up.map((e) => e.line)];
  const [southWest, northEast] = [place([-EXTENT[0], -EXTENT[1]]), place(EXTENT)];
  return {
    city_id: "demo",
    name: "Arteria",
    zone: "Europe/Berlin",
    rush_hours: [
      [7, 9],
      [17, 19],
    ],
    peak_hours: [
      [6, 10],
      [16, 20],
    ],
    holidays: [
      "2026-01-01",
      "2026-01-06",
      "2026-04-03",
      "2026-04-06",
      "2026-05-01",
      "2026-05-14",
      "2026-05-25",
      "2026-10-03",
      "2026-12-25",
      "2026-12-26",
      "2027-01-01",
      "2027-01-06",
      "2027-03-26",
      "2027-03-29",
      "2027-05-01",
      "2027-05-06",
      "2027-05-17",
      "2027-10-03",
      "2027-12-25",
      "2027-12-26",
    ],
    centre: CENTRE,
    bounds: [...southWest, ...northEast],
    roads: roadsOf(edges, names),
    hospitals: hospitalsOf(edges, place),
    background: background(lanes, place),
    attribution: ["Arteria is a made-up city"],
  };
}

function roadsOf(edges: readonly Edge[], names: ReadonlyMap<Edge, string>): Road[] {
  const ids = new Map(edges.map((e, i) => [e, `demo_${String(i + 1).padStart(4, "0")}`]));
  const at = new Map<number, Edge[]>();
  for (const e of edges) for (const n of [e.from, e.to]) at.set(n, [...(at.get(n) ?? []), e]);
  return edges.map((e) => {
    const geometry = e.line.map(place);
    const near = new Set([...at.get(e.from)!, ...at.get(e.to)!].filter((other) => other !== e));
    const middle = e.line[e.line.length >> 1]!;
    return {
      road_id: ids.get(e)!,
      road_name: names.get(e)!,
      road_class: e.road_class,
      district: villages.find((v) => level(v, middle[0], middle[1]) < 1.3)?.name ?? districtAt(middle).name,
      free_flow_speed: freeFlow(e.road_class, middle),
      length_km: Math.round(lineLength_km(geometry) * 1_000) / 1_000,
      geometry,
      neighbours: [...near].map((other) => ids.get(other)!).sort(),
    };
  });
}

/** km/h by class: in the middle of the city, in the city, outside it. */
const freeFlows: Record<RoadClass, readonly [middle: number, city: number, outside: number]> = {
  motorway: [110, 110, 120],
  trunk: [70, 90, 90],
  primary: [40, 60, 80],
  secondary: [40, 50, 60],
  tertiary: [30, 40, 40],
  residential: [30, 30, 30],
};

function freeFlow(road_class: RoadClass, [x, y]: Point): number {
  const r = length(x, y);
  return freeFlows[road_class][r < 2.2 ? 0 : r < 8.9 ? 1 : 2];
}

const five = (v: number): number => Math.round(v * 100_000) / 100_000;

/** The equirectangular projection's inverse: exact enough over a city, the same on every machine. */
function place([x, y]: Point): Position {
  return [
    five(CENTRE[0] + x / (KM_PER_DEGREE * cos(degrees(CENTRE[1])))),
    five(CENTRE[1] + y / KM_PER_DEGREE),
  ];
}
