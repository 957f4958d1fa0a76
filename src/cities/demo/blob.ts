/** Round organic shapes: lakes, parks, woods, built-up areas. */
import { along, cos, degrees, length, sin, type Point } from "./plane.ts";

export interface Blob {
  name: string;
  centre: Point;
  /** Mean radius, km. */
  radius: number;
  /** Longer axis over shorter, and its direction as a unit vector. */
  stretch: number;
  way: Point;
  /** Bays and headlands: how many, and their depth as a share of the radius, in phase and across it. */
  lobes: readonly (readonly [k: number, re: number, im: number])[];
}

/** @param lobes `[how many, depth as a share of the radius, phase in radians]` */
export const makeBlob = (
  name: string,
  centre: Point,
  radius: number,
  stretch: number,
  turn_degrees: number,
  lobes: readonly (readonly [k: number, depth: number, phase: number])[],
): Blob => ({
  name,
  centre,
  radius,
  stretch,
  way: along(degrees(turn_degrees), 1),
  lobes: lobes.map(([k, depth, phase]) => [k, depth * cos(phase), depth * sin(phase)]),
});

/** Where a point lies: 0 the centre, 1 the shore, above 1 outside. */
export function level(blob: Blob, x: number, y: number): number {
  const dx = x - blob.centre[0];
  const dy = y - blob.centre[1];
  const u = (dx * blob.way[0] + dy * blob.way[1]) / blob.stretch;
  const v = (dy * blob.way[0] - dx * blob.way[1]) * blob.stretch;
  const r = length(u, v);
  // Far off the shape does not matter, and this is asked very often.
  if (r < 1e-9 || r > blob.radius * 2) return r / blob.radius;
  return r / (blob.radius * shape(blob, u / r, v / r));
}

/** Distance to the shore, km, positive outside. Good near the shore. */
export const shoreDistance = (blob: Blob, x: number, y: number): number =>
  (level(blob, x, y) - 1) * blob.radius;

// cos(k·angle) of a unit vector by repeated rotation: no inverse function is needed.
function shape(blob: Blob, c: number, s: number): number {
  let sum = 1;
  for (const lobe of blob.lobes) {
    let re = 1;
    let im = 0;
    for (let i = 0; i < lobe[0]; i++) {
      const turned = re * c - im * s;
      im = re * s + im * c;
      re = turned;
    }
    sum += re * lobe[1] - im * lobe[2];
  }
  return sum;
}

/** The shore as a closed ring, counter-clockwise, first point = last. */
export function outline(blob: Blob, n: number): Point[] {
  const ring: Point[] = [];
  const [ct, st] = blob.way;
  for (let i = 0; i < n; i++) {
    const [c, s] = along(degrees((360 * i) / n), 1);
    const r = blob.radius * shape(blob, c, s);
    const u = c * r * blob.stretch;
    const v = (s * r) / blob.stretch;
    ring.push([blob.centre[0] + u * ct - v * st, blob.centre[1] + u * st + v * ct]);
  }
  ring.push(ring[0]!);
  return ring;
}
