import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { Road, RoadClass } from "../../core/city.ts";
import { boundsOf, contains, intersects, lineLength_km, type Position } from "../../core/geo.ts";
import { cities } from "../index.ts";
import { demo, makeCity } from "./index.ts";
import { crossing } from "./plane.ts";

const city = demo();
const byId = new Map(city.roads.map((r) => [r.road_id, r]));
const isBridge = (r: Road): boolean => / (Bridge|Viaduct)\b/.test(r.road_name);
const hash = (it: unknown): string =>
  createHash("sha256").update(JSON.stringify(it)).digest("hex").slice(0, 16);
const ends = (r: Road): string[] => [String(r.geometry[0]), String(r.geometry.at(-1))];
const wet = (r: Road): boolean =>
  water.some((w) => w.geometry.type === "Polygon" && touchesRing(r.geometry, w.geometry.coordinates[0]!));
const count = (kind: string): number => city.background.filter((b) => b.kind === kind).length;
const k = (p: Position): Position => [p[0] * 100, p[1] * 100];
const water = city.background.filter((b) => b.kind === "water");

test("the demo is the first city, and has exactly 1,247 roads with unique ids", () => {
  expect(Object.keys(cities)[0]).toBe("demo");
  expect(cities["demo"]!()).toBe(city);
  expect(city.roads).toHaveLength(1_247);
  expect(byId.size).toBe(1_247);
  expect([city.roads[0]!.road_id, city.roads.at(-1)!.road_id]).toEqual(["demo_0001", "demo_1247"]);
});

test("it is the same city each time, and the one that people know by now", () => {
  expect(hash(makeCity())).toBe(hash(city));
  expect(hash(city.roads)).toBe("caa2799c75f79d3a");
});

test("all roads are one connected network; neighbours are mutual, and share an end", () => {
  const seen = new Set([city.roads[0]!.road_id]);
  const open = [city.roads[0]!];
  for (let road = open.pop(); road !== undefined; road = open.pop()) {
    for (const id of road.neighbours) {
      if (seen.has(id)) continue;
      seen.add(id);
      open.push(byId.get(id)!);
    }
  }
  expect(seen.size).toBe(1_247);
  for (const road of city.roads) {
    expect(new Set(road.neighbours).size).toBe(road.neighbours.length);
    for (const id of road.neighbours) {
      const other = byId.get(id)!;
      expect(other.neighbours).toContain(road.road_id);
      expect(ends(other).some((e) => ends(road).includes(e))).toBe(true);
    }
  }
  // And the other way round: who shares an end is a neighbour.
  const at = new Map<string, Road[]>();
  for (const r of city.roads) for (const e of ends(r)) at.set(e, [...(at.get(e) ?? []), r]);
  for (const meeting of at.values()) {
    for (const a of meeting) for (const b of meeting) if (a !== b) expect(a.neighbours).toContain(b.road_id);
  }
});

test("lengths are those of the geometry within 1 %, of 3 to 8 positions with 5 decimals, inside the bounds", () => {
  for (const road of city.roads) {
    expect(Math.abs(road.length_km / lineLength_km(road.geometry) - 1)).toBeLessThan(0.01);
    expect(road.geometry.length).toBeGreaterThanOrEqual(3);
    expect(road.geometry.length).toBeLessThanOrEqual(8);
    for (const p of road.geometry) {
      expect(contains(city.bounds, p)).toBe(true);
      for (const v of p) expect(Math.round(v * 1e5) / 1e5).toBe(v);
    }
  }
  for (const shape of city.background) {
    const { geometry: g } = shape;
    const all =
      g.type === "Point" ? [g.coordinates] : g.type === "LineString" ? g.coordinates : g.coordinates.flat();
    for (const p of all) expect(contains(city.bounds, p)).toBe(true);
  }
  expect(contains(city.bounds, city.centre)).toBe(true);
});

test("every class is there, with a speed that suits it; every road has a name and a district", () => {
  const usual: Record<RoadClass, [number, number]> = {
    motorway: [100, 130],
    trunk: [70, 100],
    primary: [40, 80],
    secondary: [40, 60],
    tertiary: [30, 50],
    residential: [20, 30],
  };
  expect(new Set<string>(city.roads.map((r) => r.road_class))).toEqual(new Set<string>(Object.keys(usual)));
  for (const r of city.roads) {
    expect(r.free_flow_speed).toBeGreaterThanOrEqual(usual[r.road_class][0]);
    expect(r.free_flow_speed).toBeLessThanOrEqual(usual[r.road_class][1]);
    expect(r.road_name.length).toBeGreaterThan(3);
    expect(r.district.length).toBeGreaterThan(2);
  }
  const names = new Set(city.roads.map((r) => r.road_name));
  expect(names.size).toBeGreaterThan(250);
  const labels = new Set(city.background.filter((b) => b.kind === "label").map((b) => b.name));
  for (const r of city.roads) expect(labels.has(r.district)).toBe(true);
});

test("no road is in the water but on a bridge, and each bridge is over it", () => {
  const bridges = city.roads.filter(isBridge);
  expect(bridges.length).toBeGreaterThanOrEqual(8);
  expect(new Set(bridges.map((b) => b.road_name)).size).toBe(bridges.length);
  for (const b of bridges) expect([b.road_name, wet(b)]).toEqual([b.road_name, true]);
  expect(city.roads.filter((r) => !isBridge(r) && wet(r)).map((r) => r.road_id)).toEqual([]);
});

test("roads meet at junctions only", () => {
  const boxes = city.roads.map((r) => boundsOf(r.geometry));
  const found: string[] = [];
  for (let i = 0; i < city.roads.length; i++) {
    for (let j = i + 1; j < city.roads.length; j++) {
      if (!intersects(boxes[i]!, boxes[j]!)) continue;
      const [a, b] = [city.roads[i]!, city.roads[j]!];
      const shared = [a.geometry[0]!, a.geometry.at(-1)!].filter((p) =>
        [b.geometry[0]!, b.geometry.at(-1)!].some((q) => near(p, q, 1e-9)),
      );
      for (const at of crossings(a.geometry, b.geometry)) {
        if (!shared.some((p) => near(p, at, 0.00008))) found.push(`${a.road_id} ${b.road_id}`);
      }
    }
  }
  expect(found).toEqual([]);
});

describe("the background", () => {
  test("has all kinds, some hundred lanes, and rings that close", () => {
    expect([count("land"), count("water")]).toEqual([1, 3]);
    for (const kind of ["park", "built", "label"]) expect(count(kind)).toBeGreaterThan(5);
    expect(count("street")).toBeGreaterThan(500);
    expect(count("street")).toBeLessThan(2_000);
    for (const { geometry } of city.background) {
      if (geometry.type !== "Polygon") continue;
      for (const ring of geometry.coordinates) expect(ring.at(-1)).toEqual(ring[0]);
    }
  });

  test("is small enough to send: under 60 KB compressed", () => {
    expect(Bun.gzipSync(JSON.stringify(city.background)).length).toBeLessThan(60_000);
  });
});

const near = (a: Position, b: Position, by: number): boolean =>
  Math.abs(a[0] - b[0]) <= by && Math.abs(a[1] - b[1]) <= by;

function crossings(a: readonly Position[], b: readonly Position[]): Position[] {
  const out: Position[] = [];
  for (let i = 0; i + 1 < a.length; i++) {
    for (let j = 0; j + 1 < b.length; j++) {
      // Degrees are scaled up: the determinant's threshold is meant for kilometres.
      const hit = crossing(k(a[i]!), k(a[i + 1]!), k(b[j]!), k(b[j + 1]!));
      if (hit !== null)
        out.push([
          a[i]![0] + (a[i + 1]![0] - a[i]![0]) * hit[0],
          a[i]![1] + (a[i + 1]![1] - a[i]![1]) * hit[0],
        ]);
    }
  }
  return out;
}

function touchesRing(line: readonly Position[], ring: readonly Position[]): boolean {
  return line.some((p) => inRing(p, ring)) || crossings(line, ring).length > 0;
}

function inRing([x, y]: Position, ring: readonly Position[]): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!;
    const [xj, yj] = ring[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
