import { expect, test } from "bun:test";
import { distance_km, type Position } from "../../core/geo.ts";
import { demo } from "./index.ts";

const city = demo();
const water = city.background.flatMap(({ kind, geometry }) =>
  kind === "water" && geometry.type === "Polygon" ? [geometry.coordinates[0]!] : [],
);

/** Is a point within a ring? (Even-odd rule.) */
function within([x, y]: Position, ring: readonly Position[]): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [a, b] = [ring[i]!, ring[j]!];
    if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

test("the demo city has ten hospitals, beside main roads, on the land, spread over the city", () => {
  expect(city.hospitals).toHaveLength(10);
  expect(new Set(city.hospitals.map((h) => h.hospital_id)).size).toBe(10);
  expect(new Set(city.hospitals.map((h) => h.name)).size).toBe(10);
  const main = city.roads.filter((r) => r.road_class === "primary" || r.road_class === "secondary");
  for (const { at } of city.hospitals) {
    expect(water.some((ring) => within(at, ring))).toBe(false);
    const near = Math.min(...main.flatMap((r) => r.geometry.map((p) => distance_km(p, at))));
    expect(near).toBeGreaterThan(0.03);
    expect(near).toBeLessThan(0.5);
    const others = city.hospitals.filter((h) => h.at !== at).map((h) => distance_km(h.at, at));
    expect(Math.min(...others)).toBeGreaterThan(1);
  }
});
