/** Where a row lies: the road's line where the row has a road, else the point it brings. */
import type { City } from "../src/core/city.ts";
import type { Stream } from "../src/core/stream.ts";
import type { RoadInfo } from "../src/serving/answer.ts";

export type Geometry = NonNullable<RoadInfo["geometry"]>;

export function geometryOf(
  stream: Stream,
  city: City,
): (row: Readonly<Record<string, unknown>>) => Geometry | null {
  const lines = new Map<string, Geometry>();
  if (stream.key === "road_id") {
    for (const road of city.roads)
      lines.set(road.road_id, { type: "LineString", coordinates: road.geometry });
  }
  return (row) => lines.get(String(row[stream.key])) ?? pointOf(row);
}

/** The point that a row names; null where it names none. */
export function pointOf(row: Readonly<Record<string, unknown>>): Geometry | null {
  const { longitude, latitude } = row;
  return typeof longitude === "number" && typeof latitude === "number"
    ? { type: "Point", coordinates: [longitude, latitude] }
    : null;
}
