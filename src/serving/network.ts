/** The city's roads by id, and where a row stands on the map. */
import type { City, Road } from "../core/city.ts";
import { boundsOf, type Bbox, type Position } from "../core/geo.ts";
import type { AnswerRow } from "../core/json.ts";
import type { Stream } from "../core/stream.ts";

export class Network {
  readonly roads: ReadonlyMap<string, Road>;
  readonly #bounds: ReadonlyMap<string, Bbox>;

  constructor(city: City) {
    this.roads = new Map(city.roads.map((road) => [road.road_id, road]));
    this.#bounds = new Map(city.roads.map((road) => [road.road_id, boundsOf(road.geometry)]));
  }

  /** Are the stream's keys roads? */
  static keys(stream: Stream): boolean {
    return stream.key === "road_id";
  }

  /** The road's line; null for what is no road of the network. */
  line(stream: Stream, key: string): readonly Position[] | null {
    return (Network.keys(stream) ? this.roads.get(key)?.geometry : undefined) ?? null;
  }

  /** The road's bounds, else the point that the row names; null where neither is known. */
  place(stream: Stream, key: string, row: AnswerRow | null): Bbox | null {
    const bounds = Network.keys(stream) ? this.#bounds.get(key) : undefined;
    if (bounds !== undefined) return bounds;
    const [lng, lat] = [row?.["longitude"], row?.["latitude"]];
    return typeof lng === "number" && typeof lat === "number" ? [lng, lat, lng, lat] : null;
  }
}
