/** The roads that are predicted: the city's, and whatever else reports; each has a column for as long as this process runs. */
import { limits } from "../../core/limits.ts";
import type { Row } from "../../core/event.ts";

/** What a road that is not in the network says of itself. */
export interface Stranger {
  road_id: string;
  /** What it reported last as its speed without traffic, km/h; null where it reports none. */
  free_flow_speed: number | null;
  latitude: number | null;
  longitude: number | null;
}

export class KnownRoads {
  readonly #columns: Map<string, number>;
  /** By column. */
  readonly keys: string[];
  readonly #own: number;
  readonly #strangers: Stranger[] = [];
  /** How often there was something new to tell of the roads: one more, or what one says of itself for the first time. */
  changes = 0;

  /** @param all Of the city, in the order of its network, which has the first `limits.model_roads_max`. */
  constructor(all: readonly string[]) {
    const road_ids = all.slice(0, limits.model_roads_max);
    this.#columns = new Map(road_ids.map((road_id, column) => [road_id, column]));
    this.keys = [...road_ids];
    this.#own = road_ids.length;
  }

  get size(): number {
    return this.#columns.size;
  }

  /** Those that are not the city's, in the order of their columns. */
  get strangers(): readonly Stranger[] {
    return this.#strangers;
  }

  /** The column of a road; a new one for a road never seen. Null where there are `limits.model_roads_max` already: no model speaks for more. */
  columnOf(road_id: string, row: Row | null): number | null {
    const column = this.#columns.get(road_id);
    if (column !== undefined) {
      if (column >= this.#own && row !== null) this.#learn(this.#strangers[column - this.#own]!, row);
      return column;
    }
    if (this.#columns.size >= limits.model_roads_max) return null;
    const stranger = { road_id, free_flow_speed: null, latitude: null, longitude: null };
    this.changes++;
    if (row !== null) this.#learn(stranger, row);
    this.#strangers.push(stranger);
    this.keys.push(road_id);
    this.#columns.set(road_id, this.#columns.size);
    return this.#columns.size - 1;
  }

  #learn(stranger: Stranger, row: Row): void {
    for (const name of ["free_flow_speed", "latitude", "longitude"] as const) {
      const value = row[name];
      if (typeof value !== "number") continue;
      if (stranger[name] === null) this.changes++;
      stranger[name] = value;
    }
  }
}
