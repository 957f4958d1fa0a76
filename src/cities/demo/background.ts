/** What the map shows under the roads: land, built-up areas, parks, water, lanes, names of places. */
import type { BackgroundKind, BackgroundShape } from "../../core/city.ts";
import type { Position } from "../../core/geo.ts";
import { outline, type Blob } from "./blob.ts";
import { length, simplify, type Line, type Point } from "./plane.ts";
import * as terrain from "./terrain.ts";

type Place = (p: Point) => Position;

export function background(lanes: readonly Line[], place: Place): BackgroundShape[] {
  const area = (kind: BackgroundKind, ring: Line, name?: string): BackgroundShape => ({
    kind,
    ...(name === undefined ? {} : { name }),
    geometry: { type: "Polygon", coordinates: [ring.map(place)] },
  });
  const blob = (kind: BackgroundKind, it: Blob, n: number): BackgroundShape =>
    area(kind, outline(it, n), it.name);
  const label = (name: string, at: Point): BackgroundShape => ({
    kind: "label",
    name,
    geometry: { type: "Point", coordinates: place(at) },
  });
  const [e, n] = terrain.EXTENT;
  return [
    area("land", [
      [-e, -n],
      [e, -n],
      [e, n],
      [-e, n],
      [-e, -n],
    ]),
    area("built", outline(terrain.builtUp, 120)),
    ...terrain.villages.map((v) => blob("built", v, 40)),
    ...terrain.woods.map((w) => blob("park", w, 64)),
    ...terrain.parks.map((p) => blob("park", p, 48)),
    area("water", riverBanks(), "River Vena"),
    blob("water", terrain.lake, 72),
    blob("water", terrain.harbour, 40),
    ...lanes.map((lane): BackgroundShape => ({
      kind: "street",
      geometry: { type: "LineString", coordinates: simplify(lane, 0.012).map(place) },
    })),
    ...terrain.districts.map((d) => label(d.name, d.centre)),
    ...terrain.villages.map((v) => label(v.name, v.centre)),
    ...[...terrain.woods, ...terrain.parks, terrain.lake, terrain.harbour].map((b) =>
      label(b.name, b.centre),
    ),
    label("River Vena", [-9.1, 1.95]),
    label("River Vena", [9.7, -0.9]),
  ];
}

/** Both banks as one ring, from the west edge of the map to its east edge. */
function riverBanks(): Point[] {
  const { river } = terrain;
  const left: Point[] = [];
  const right: Point[] = [];
  for (let i = 1; i + 1 < river.length; i++) {
    const [a, p, b] = [river[i - 1]!, river[i]!, river[i + 1]!];
    if (Math.abs(p[0]) > terrain.EXTENT[0] - 0.1) continue;
    const n = length(b[0] - a[0], b[1] - a[1]);
    const half = terrain.riverHalf(p[0]);
    const [nx, ny] = [(-(b[1] - a[1]) / n) * half, ((b[0] - a[0]) / n) * half];
    left.push([p[0] + nx, p[1] + ny]);
    right.push([p[0] - nx, p[1] - ny]);
  }
  // Its ends lie on the edge of the map.
  const east = terrain.EXTENT[0];
  for (const bank of [left, right]) {
    bank.unshift([-east, bank[0]![1]]);
    bank.push([east, bank.at(-1)![1]]);
  }
  const ring = [...simplify(left, 0.006), ...simplify(right, 0.006).reverse()];
  return [...ring, ring[0]!];
}
