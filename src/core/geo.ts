/** WGS 84 geometry, no more of it than the platform needs. */

/** `[lng, lat]` in degrees, GeoJSON's order (RFC 7946). */
export type Position = readonly [lng: number, lat: number];

/** west, south, east, north in degrees; west ≤ east, south ≤ north (no box across the antimeridian). */
export type Bbox = readonly [west: number, south: number, east: number, north: number];

/** Mean Earth radius, km (IUGG). */
const EARTH_KM = 6371.0088;

const rad = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance by the haversine formula, km. Its error against the ellipsoid is below 0.6 %. */
export function distance_km(a: Position, b: Position): number {
  const dLat = rad(b[1] - a[1]);
  const dLng = rad(b[0] - a[0]);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a[1])) * Math.cos(rad(b[1])) * Math.sin(dLng / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

export function lineLength_km(line: readonly Position[]): number {
  let sum = 0;
  for (let i = 1; i < line.length; i++) sum += distance_km(line[i - 1]!, line[i]!);
  return sum;
}

export function boundsOf(line: readonly Position[]): Bbox {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lng, lat] of line) {
    if (lng < west) west = lng;
    if (lng > east) east = lng;
    if (lat < south) south = lat;
    if (lat > north) north = lat;
  }
  return [west, south, east, north];
}

/** Do two boxes touch? Borders count. */
export const intersects = (a: Bbox, b: Bbox): boolean =>
  a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1];

export const contains = (box: Bbox, [lng, lat]: Position): boolean =>
  lng >= box[0] && lng <= box[2] && lat >= box[1] && lat <= box[3];

/** How far a point is from a line, km. Flat around the point: right to 0.1 % within 200 km, up to 65° of latitude. */
export function distanceToLine_km(at: Position, line: readonly Position[]): number {
  const flat = flatAround_km(at);
  let least = Infinity;
  let a: Flat | null = null;
  for (const position of line) {
    const b = flat(position);
    least = Math.min(least, squareToSegment([0, 0], a ?? b, b));
    a = b;
  }
  return Math.sqrt(least);
}

/** A place on a plane, in the plane's unit. */
export type Flat = readonly [x: number, y: number];

/** Equirectangular projection around a place: x to the east and y to the north of it, km. */
export function flatAround_km([lng0, lat0]: Position): (position: Position) => Flat {
  const km_per_degree = rad(1) * EARTH_KM;
  // Degrees of longitude grow shorter on the way: those half-way count.
  return ([lng, lat]) => [
    (lng - lng0) * km_per_degree * Math.cos(rad((lat0 + lat) / 2)),
    (lat - lat0) * km_per_degree,
  ];
}

/** Square of how far `p` is from the segment from `a` to `b`, in the plane's unit. */
export function squareToSegment([px, py]: Flat, [ax, ay]: Flat, [bx, by]: Flat): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  const along = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length2));
  return (px - (ax + along * dx)) ** 2 + (py - (ay + along * dy)) ** 2;
}

/** The `n` nearest of some places, nearest first. `distance_km` is the great circle's. */
export const nearest = <P extends { at: Position }>(
  places: readonly P[],
  at: Position,
  n: number,
): readonly { place: P; distance_km: number }[] =>
  places
    .map((place) => ({ place, distance_km: distance_km(at, place.at) }))
    .sort((a, b) => a.distance_km - b.distance_km)
    .slice(0, n);
