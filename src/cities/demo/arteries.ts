/** The roads that were planned: the two rings, the ways out, the axes of the old town, the quays. */
import type { RoadClass } from "../../core/city.ts";
import { level, makeBlob, outline } from "./blob.ts";
import { radials, type Radial } from "./radials.ts";
import { along, curve, degrees, distance, length, type Line, type Point } from "./plane.ts";
import { river, riverHalf } from "./terrain.ts";

/** A drawn street before it is cut into segments at its crossings. */
export interface Street {
  line: Line;
  road_class: RoadClass;
  /** Empty: named later, from its district. */
  name: string;
  /** Crosses the water. */
  bridge: boolean;
}

const street = (line: Line, road_class: RoadClass, name = ""): Street => ({
  line,
  road_class,
  name,
  bridge: false,
});

const innerRing = makeBlob("Inner Ring", [0.05, 0.05], 1.95, 1.06, 0, [
  [2, 0.04, 0.9],
  [3, 0.05, 2.2],
  [4, 0.03, 0.5],
]);

const outerRing = makeBlob("Outer Ring", [0.2, -0.1], 8.15, 1.07, 12, [
  [2, 0.03, 0.5],
  [3, 0.035, 1.1],
  [5, 0.018, 2],
]);

export function arteries(): Street[] {
  const ring = outline(outerRing, 220);
  const streets: Street[] = [
    ...quarters(ring, 45, "motorway", [
      "A9 Outer Ring East",
      "A9 Outer Ring North",
      "A9 Outer Ring West",
      "A9 Outer Ring South",
    ]),
    // Its quarters meet away from the river: a bridge is of one piece.
    ...quarters(outline(innerRing, 110), 30, "trunk", ["East Ring", "North Ring", "West Ring", "South Ring"]),
  ];
  for (const radial of radials) {
    const line = radialLine(radial);
    const at = line.findIndex((p) => level(outerRing, p[0], p[1]) > 1);
    // Both go 30 m over the ring, so that both surely meet it; the ends are trimmed later.
    const [over, under] = around(line[at - 1]!, line[at]!);
    streets.push(street([...line.slice(0, at - 1), over], radial.inside, radial.name));
    const rest = ended(line.slice(at + 1), radial.outside === "motorway" ? 15 : 11.3);
    streets.push(street([under, ...rest], radial.outside, radial.outside_name));
  }
  streets.push(
    street(
      curve(
        [
          [0.23, 2.15],
          [0.12, 1.5],
          [0.2, 0.75],
          [0.05, 0.1],
          [0.02, -0.5],
          [0.12, -1],
          [0.2, -1.5],
          [0.22, -2.05],
        ],
        0.06,
      ),
      "primary",
      "Market Street",
    ),
    street(
      curve(
        [
          [-2.5, 0.05],
          [-1.5, 0.28],
          [-0.8, 0.1],
          [0.05, 0.1],
          [0.9, 0.3],
          [1.5, 0.2],
          [2.35, 0.35],
        ],
        0.06,
      ),
      "primary",
      "High Street",
    ),
    street(quay(1, -4.6, 3.2), "secondary", "North Quay"),
    street(quay(-1, -4.4, 3.4), "secondary", "South Embankment"),
    // A belt between the rings, in the north only: the south never got its half.
    street(
      curve(
        [
          [-4.95, 1.9],
          [-4.55, 2.9],
          [-3.3, 4.05],
          [-1.7, 3.6],
          [0.3, 4.35],
          [2.2, 4.4],
          [4, 4],
          [4.9, 2.6],
          [5.05, 2.15],
        ],
        0.08,
      ),
      "primary",
      "Belt Avenue",
    ),
    street(
      curve(
        [
          [-11.4, -2.5],
          [-10.2, -2.2],
          [-9, -2],
          [-8, -2.1],
          [-6.4, -1.75],
          [-5.4, -1.9],
        ],
        0.08,
      ),
      "secondary",
      "Grauburg Road",
    ),
    street(
      curve(
        [
          [11.1, -4],
          [10.2, -3.55],
          [9.2, -2.9],
          [8, -2.75],
          [6.6, -2.1],
          [5.2, -2],
        ],
        0.08,
      ),
      "secondary",
      "Fallow Road",
    ),
    street(
      curve(
        [
          [-3.4, 6.87],
          [-3, 6.2],
          [-1.2, 5.5],
          [0.4, 5.1],
        ],
        0.08,
      ),
      "secondary",
      "Highfield Road",
    ),
    street(
      curve(
        [
          [4.97, -5.98],
          [4.5, -5.2],
          [3.2, -4.6],
          [2.4, -3.4],
        ],
        0.08,
      ),
      "secondary",
      "Millbrook Road",
    ),
  );
  return streets;
}

function radialLine(radial: Radial): Point[] {
  const angle = degrees(radial.angle);
  const [ux, uy] = along(angle, 1);
  const at = (r: number, side: number): Point => [ux * r - uy * side, uy * r + ux * side];
  const [mid, far] = radial.swing;
  const start = radial.start ?? [at(1.5, 0), at(3, mid * 0.6)];
  const whole = curve(
    [...start, at(4.8, mid), at(6.6, 0), at(8.2, far * 0.5), at(10.3, far), at(12.4, 0), at(15, -far)],
    0.08,
  );
  return whole.filter((p) => level(innerRing, p[0], p[1]) > 0.92);
}

/** The places 30 m beyond and before the outer ring on the way from `a` to `b`, which lie on its two sides. */
function around(a: Point, b: Point): [beyond: Point, before: Point] {
  const [la, lb] = [level(outerRing, a[0], a[1]), level(outerRing, b[0], b[1])];
  const t = (1 - la) / (lb - la);
  const d = distance(a, b);
  const [ux, uy] = [(b[0] - a[0]) / d, (b[1] - a[1]) / d];
  const at = (off: number): Point => [a[0] + ux * (t * d + off), a[1] + uy * (t * d + off)];
  return [at(0.03), at(-0.03)];
}

/** Ends inside the map, and this far from the centre. */
const ended = (line: Line, reach_km: number): Point[] =>
  line.filter(
    (p) => p[0] > -12.9 && p[0] < 12.9 && p[1] > -11.5 && p[1] < 11.5 && length(p[0], p[1]) < reach_km,
  );

/** A closed ring in four named lines, a quarter each, that meet at their ends. */
function quarters(ring: Line, before: number, road_class: RoadClass, names: readonly string[]): Street[] {
  const n = ring.length - 1;
  const from = (q: number): number => Math.round((q / 4 - before / 360) * n);
  return names.map((name, q) => {
    const line: Point[] = [];
    for (let i = from(q); i <= from(q + 1); i++) line.push(ring[(i + n) % n]!);
    return street(line, road_class, name);
  });
}

/** Along the bank, so far behind it that there is room for the bridgeheads. */
function quay(side: 1 | -1, west: number, east: number): Point[] {
  const out: Point[] = [];
  for (let i = 3; i + 3 < river.length; i += 2) {
    const p = river[i]!;
    if (p[0] < west || p[0] > east) continue;
    const [a, b] = [river[i - 3]!, river[i + 3]!];
    const n = length(b[0] - a[0], b[1] - a[1]);
    const off = side * (riverHalf(p[0]) + 0.115);
    out.push([p[0] - ((b[1] - a[1]) / n) * off, p[1] + ((b[0] - a[0]) / n) * off]);
  }
  return out;
}
