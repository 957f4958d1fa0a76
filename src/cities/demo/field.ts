/**
 * Which way streets run at each place: a raster of directions, computed once. Districts pull streets into their
 * own grid, banks and shores along the water, the centre towards itself, and a little noise makes them bend.
 *
 * A direction without a sense is the vector (cos 2θ, sin 2θ): such vectors can be added and interpolated.
 */
import { level, shoreDistance, type Blob } from "./blob.ts";
import { clamp, cos, degrees, length, noise, sin, smooth, type Point } from "./plane.ts";
import * as terrain from "./terrain.ts";

const CELL = 0.25;
const [EAST, NORTH] = terrain.EXTENT;
const NX = Math.ceil((EAST * 2) / CELL) + 2;
const NY = Math.ceil((NORTH * 2) / CELL) + 2;

export interface Field {
  /** Unit vector of the street direction; the other family of streets runs across it. */
  direction(x: number, y: number): Point;
  /** km to the nearest bank, negative in the water. */
  water(x: number, y: number): number;
  /** `level` of the city's built-up area, of the nearest park and village: below 1 is inside. */
  city(x: number, y: number): number;
  park(x: number, y: number): number;
  village(x: number, y: number): number;
}

function rasterOf(value: (x: number, y: number) => number): Float64Array {
  const out = new Float64Array(NX * NY);
  for (let j = 0; j < NY; j++) {
    for (let i = 0; i < NX; i++) out[j * NX + i] = value(i * CELL - EAST, j * CELL - NORTH);
  }
  return out;
}

function nearest(blobs: readonly Blob[]): (x: number, y: number) => number {
  return (x, y) => {
    let least = Infinity;
    for (const blob of blobs) least = Math.min(least, level(blob, x, y));
    return least;
  };
}

export function makeField(): Field {
  const wet = rasterOf((x, y) => terrain.waterDistance(x, y, 0.9));
  const c2 = new Float64Array(NX * NY);
  const s2 = rasterOf((x, y) => {
    const at = Math.round((y + NORTH) / CELL) * NX + Math.round((x + EAST) / CELL);
    const [c, s] = tensor(x, y, wet[at]!);
    c2[at] = c;
    return s;
  });
  const city = rasterOf((x, y) => level(terrain.builtUp, x, y));
  const park = rasterOf(nearest(terrain.parks));
  const village = rasterOf(nearest(terrain.villages));
  return {
    direction(x, y) {
      const c = sample(c2, x, y);
      const s = sample(s2, x, y);
      const n = length(c, s) || 1;
      const dx = Math.sqrt(Math.max(0, (1 + c / n) / 2));
      const dy = Math.sqrt(Math.max(0, (1 - c / n) / 2));
      return [dx, s < 0 ? -dy : dy];
    },
    water: (x, y) => sample(wet, x, y),
    city: (x, y) => sample(city, x, y),
    park: (x, y) => sample(park, x, y),
    village: (x, y) => sample(village, x, y),
  };
}

function sample(values: Float64Array, x: number, y: number): number {
  const fx = clamp((x + EAST) / CELL, 0, NX - 1.001);
  const fy = clamp((y + NORTH) / CELL, 0, NY - 1.001);
  const i = Math.floor(fx);
  const j = Math.floor(fy);
  const u = fx - i;
  const v = fy - j;
  const at = j * NX + i;
  return (
    (values[at]! * (1 - u) + values[at + 1]! * u) * (1 - v) +
    (values[at + NX]! * (1 - u) + values[at + NX + 1]! * u) * v
  );
}

const grids = terrain.districts.map((d) => ({
  x: d.centre[0],
  y: d.centre[1],
  reach2: d.reach * d.reach,
  c: cos(2 * degrees(d.turn)),
  s: sin(2 * degrees(d.turn)),
}));

function tensor(x: number, y: number, water_km: number): [number, number] {
  let c = 0;
  let s = 0;
  for (const d of grids) {
    const q = 1 + ((x - d.x) * (x - d.x) + (y - d.y) * (y - d.y)) / d.reach2;
    const pull = 1 / (q * q * q);
    c += pull * d.c;
    s += pull * d.s;
  }
  const r2 = x * x + y * y;
  const towards = 0.1 * smooth(Math.sqrt(r2), 1.2, 5);
  c += (towards * (x * x - y * y)) / (r2 || 1);
  s += (towards * 2 * x * y) / (r2 || 1);
  if (water_km < 0.9) {
    const [tx, ty] = bank(x, y);
    const pull = 2.2 * (1 - clamp(water_km, 0, 0.9) / 0.9) ** 2;
    c += pull * (tx * tx - ty * ty);
    s += pull * 2 * tx * ty;
  }
  // Old streets wind, planned ones hardly do.
  const old = 1 - smooth(Math.sqrt(r2), 0.7, 1.7);
  const bend = 0.3 * noise(x * 0.45, y * 0.45, 11) + old * 0.5 * noise(x * 2.2, y * 2.2, 12);
  const [cb, sb] = [cos(2 * bend), sin(2 * bend)];
  return [c * cb - s * sb, c * sb + s * cb];
}

/** Direction of the nearest bank. */
function bank(x: number, y: number): Point {
  let best = 1.5;
  let along: Point = [1, 0];
  const { river } = terrain;
  const [from, to] = terrain.riverNear(x, 1.2);
  for (let i = from; i < to; i++) {
    const p = river[i]!;
    const d = length(x - p[0], y - p[1]) - 0.12;
    if (d >= best) continue;
    best = d;
    const [a, b] = [river[Math.max(0, i - 3)]!, river[Math.min(river.length - 1, i + 3)]!];
    along = [b[0] - a[0], b[1] - a[1]];
  }
  for (const shore of [terrain.lake, terrain.harbour]) {
    const d = shoreDistance(shore, x, y);
    if (d >= best) continue;
    best = d;
    const e = 0.02;
    along = [
      shoreDistance(shore, x, y - e) - shoreDistance(shore, x, y + e),
      shoreDistance(shore, x + e, y) - shoreDistance(shore, x - e, y),
    ];
  }
  const n = length(along[0], along[1]) || 1;
  return [along[0] / n, along[1] / n];
}
