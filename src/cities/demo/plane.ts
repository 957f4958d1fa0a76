/**
 * Geometry of a plane in kilometres, x east and y north of the city's centre, with a seeded generator.
 *
 * Only `+ - * /` and `Math.sqrt` are used: IEEE 754 fixes their results, so the same seed makes the same city
 * on every machine. `Math.sin` may differ in its last bit from one to the next, and a street would turn elsewhere.
 */
export type Point = readonly [x_km: number, y_km: number];
export type Line = readonly Point[];

const { PI } = Math;

/** Sine within 1e-9 for |a| < 100. */
export function sin(a: number): number {
  const turns = Math.round(a / PI);
  const r = a - turns * PI;
  const q = r * r;
  const s =
    r * (1 - (q / 6) * (1 - (q / 20) * (1 - (q / 42) * (1 - (q / 72) * (1 - (q / 110) * (1 - q / 156))))));
  return turns % 2 === 0 ? s : -s;
}

export const cos = (a: number): number => sin(a + PI / 2);
export const degrees = (d: number): number => (d * PI) / 180;
export const along = (angle: number, r: number): Point => [cos(angle) * r, sin(angle) * r];

export const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);
export const distance = (a: Point, b: Point): number => length(b[0] - a[0], b[1] - a[1]);
export const clamp = (v: number, low: number, high: number): number => (v < low ? low : v > high ? high : v);

/** 0 below `from`, 1 above `to`, smooth between. */
export function smooth(v: number, from: number, to: number): number {
  const t = clamp((v - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}

export function lineLength(line: Line): number {
  let sum = 0;
  for (let i = 1; i < line.length; i++) sum += distance(line[i - 1]!, line[i]!);
  return sum;
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number in [-1, 1] that belongs to a lattice point. */
function latticeValue(ix: number, iy: number, seed: number): number {
  let h = Math.imul(ix, 374_761_393) ^ Math.imul(iy, 668_265_263) ^ Math.imul(seed, 2_246_822_519);
  h = Math.imul(h ^ (h >>> 13), 1_274_126_177);
  return ((h ^ (h >>> 16)) >>> 0) / 2_147_483_648 - 1;
}

/** Smooth noise in [-1, 1] with features of about one unit. */
export function noise(x: number, y: number, seed: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const u = smooth(x - ix, 0, 1);
  const v = smooth(y - iy, 0, 1);
  const low = latticeValue(ix, iy, seed) * (1 - u) + latticeValue(ix + 1, iy, seed) * u;
  const high = latticeValue(ix, iy + 1, seed) * (1 - u) + latticeValue(ix + 1, iy + 1, seed) * u;
  return low * (1 - v) + high * v;
}

/** Smooth curve through all points (Catmull-Rom), about one vertex per `step_km`. */
export function curve(through: Line, step_km: number): Point[] {
  const out: Point[] = [];
  for (let i = 0; i + 1 < through.length; i++) {
    const [p0, p1] = [through[Math.max(0, i - 1)]!, through[i]!];
    const [p2, p3] = [through[i + 1]!, through[Math.min(through.length - 1, i + 2)]!];
    const n = Math.max(1, Math.round(distance(p1, p2) / step_km));
    for (let k = 0; k < n; k++) {
      const t = k / n;
      const at = (axis: 0 | 1): number =>
        0.5 *
        (2 * p1[axis] +
          t * (p2[axis] - p0[axis]) +
          t * t * (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) +
          t * t * t * (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]));
      out.push([at(0), at(1)]);
    }
  }
  out.push(through.at(-1)!);
  return out;
}

/** The point at a distance from the line's start. */
export function pointAt(line: Line, at_km: number): Point {
  let left = at_km;
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1]!, line[i]!];
    const d = distance(a, b);
    if (left <= d && d > 0) return [a[0] + ((b[0] - a[0]) * left) / d, a[1] + ((b[1] - a[1]) * left) / d];
    left -= d;
  }
  return line.at(-1)!;
}

/** Where `a b` and `c d` cross: fractions along each, or null. */
export function crossing(a: Point, b: Point, c: Point, d: Point): [t: number, u: number] | null {
  const rx = b[0] - a[0];
  const ry = b[1] - a[1];
  const sx = d[0] - c[0];
  const sy = d[1] - c[1];
  const det = rx * sy - ry * sx;
  if (det > -1e-12 && det < 1e-12) return null;
  const t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / det;
  if (t < 0 || t > 1) return null;
  const u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / det;
  return u < 0 || u > 1 ? null : [t, u];
}

/** Keeps the vertices that matter: none lies further than `tolerance_km` from the line left (Douglas-Peucker). */
export function simplify(line: Line, tolerance_km: number): Point[] {
  if (line.length < 3) return [...line];
  const a = line[0]!;
  const b = line.at(-1)!;
  const span = distance(a, b);
  let worst = 0;
  let at = 0;
  for (let i = 1; i + 1 < line.length; i++) {
    const p = line[i]!;
    const cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
    const off = span < 1e-9 ? distance(a, p) : Math.abs(cross) / span;
    if (off > worst) [worst, at] = [off, i];
  }
  if (worst <= tolerance_km) return [a, b];
  return [
    ...simplify(line.slice(0, at + 1), tolerance_km).slice(0, -1),
    ...simplify(line.slice(at), tolerance_km),
  ];
}
