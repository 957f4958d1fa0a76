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
