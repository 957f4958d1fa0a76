/** The city as a plane: kilometres east and north of its centre. Exact to some metres over a city. */
import type { City } from "../../core/city.ts";
import type { Position } from "../../core/geo.ts";

const KM_PER_DEGREE = 111.19508;

export type Point = readonly [x_km: number, y_km: number];

export interface Plane {
  xy(at: Position): Point;
  /** The place of a point, 5 decimals. */
  place(x: number, y: number): Position;
}

export function planeOf(city: City): Plane {
  const [lng, lat] = city.centre;
  const east = KM_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const five = (v: number): number => Math.round(v * 100_000) / 100_000;
  return {
    xy: (at) => [(at[0] - lng) * east, (at[1] - lat) * KM_PER_DEGREE],
    place: (x, y) => [five(lng + x / east), five(lat + y / KM_PER_DEGREE)],
  };
}
