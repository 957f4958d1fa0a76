/** The network's roads, and those that only events know. */
import type { Road } from "../core/city.ts";
import { intersects, type Bbox } from "../core/geo.ts";
import { limits } from "../core/limits.ts";
import type { AnswerRow } from "../core/json.ts";
import type { Stream } from "../core/stream.ts";
import { minutes } from "../core/time.ts";
import type { Answer, RoadInfo } from "./answer.ts";
import type { Context } from "./context.ts";
import { Kept } from "./kept.ts";
import { metaOf } from "./meta.ts";
import { pageToken, readPageToken } from "./page-token.ts";
import type { View } from "./view.ts";

export interface RoadsQuery {
  bbox?: Bbox;
  limit?: number;
  cursor?: string;
}

const LIST = "roads";

export class Roads {
  readonly #context: Context;
  readonly #stream: Stream;
  readonly #network: ReadonlyMap<string, RoadInfo>;
  /** Roads that history knows by their events alone. */
  readonly #beside: Kept<ReadonlyMap<string, RoadInfo>>;

  constructor(context: Context, stream: Stream) {
    this.#context = context;
    this.#stream = stream;
    this.#network = new Map(context.city.roads.map((road) => [road.road_id, ofNetwork(road)]));
    this.#beside = new Kept<ReadonlyMap<string, RoadInfo>>({
      clock: context.clock,
      fresh_ms: minutes(1),
      usable_ms: Infinity,
      load: async () => {
        const keys = [...(await context.known.fresh(stream))].filter((key) => !this.#network.has(key));
        const rows = await context.history.latest(stream, keys.slice(0, limits.list_rows_max));
        return new Map(rows.map(({ key, row }) => [key, ofEvents(key, row)]));
      },
    });
  }

  /** Null for a road that neither the network nor any event knows. @throws {HistoryUnavailableError} */
  async find(road_id: string): Promise<RoadInfo | null> {
    const road = this.#network.get(road_id);
    if (road !== undefined) return road;
    const [row] = await this.#context.history.latest(this.#stream, [road_id]);
    return row === undefined ? ((await this.#beside.get()).get(road_id) ?? null) : ofEvents(road_id, row.row);
  }

  async list(query: RoadsQuery): Promise<Answer<readonly RoadInfo[]>> {
    const { context, stream } = { context: this.#context, stream: this.#stream };
    const after =
      query.cursor === undefined ? null : (readPageToken(LIST, query.cursor, ["string"])[0] as string);
    const limit = Math.min(query.limit ?? limits.list_rows_max, limits.list_rows_max);
    const view = await context.views.get(stream);
    const { bbox } = query;
    const data: RoadInfo[] = [];
    let more = false;
    for (const road of this.#all(view, await this.#known())) {
      if (after !== null && road.road_id <= after) continue;
      if (bbox !== undefined) {
        const place = context.network.place(stream, road.road_id, pointOf(road));
        if (place === null || !intersects(place, bbox)) continue;
      }
      if (data.length === limit) {
        more = true;
        break;
      }
      data.push(road);
    }
    const meta = metaOf({
      stream,
      cursor: await context.cursors.format({ [stream.name]: view.position }),
      layer: view.layer,
      now_ms: context.clock.now(),
      as_of_ms: view.newest_ms,
      coverage: 1,
      next_cursor: more ? pageToken(LIST, [data.at(-1)!.road_id]) : undefined,
      attribution: context.city.attribution,
    });
    return { data, meta };
  }

  /** Roads of the network and of events, by id. */
  #all(view: View, beside: ReadonlyMap<string, RoadInfo>): RoadInfo[] {
    const roads = new Map([...beside, ...this.#network]);
    for (const { key, row } of view.rows) if (!roads.has(key)) roads.set(key, ofEvents(key, row));
    return [...roads.values()].sort((a, b) => (a.road_id < b.road_id ? -1 : 1));
  }

  /** The list does without history: the network and the live roads are there. */
  async #known(): Promise<ReadonlyMap<string, RoadInfo>> {
    return this.#beside.get().catch(() => new Map<string, RoadInfo>());
  }
}

const ofNetwork = ({ geometry, ...road }: Road): RoadInfo => ({
  ...road,
  geometry: { type: "LineString", coordinates: geometry },
});

function ofEvents(road_id: string, row: AnswerRow): RoadInfo {
  const [lng, lat] = [row["longitude"], row["latitude"]];
  const [name, free] = [row["road_name"], row["free_flow_speed"]];
  return {
    road_id,
    road_name: typeof name === "string" ? name : road_id,
    road_class: null,
    district: null,
    free_flow_speed: typeof free === "number" ? free : null,
    length_km: null,
    geometry:
      typeof lng === "number" && typeof lat === "number" ? { type: "Point", coordinates: [lng, lat] } : null,
    neighbours: [],
  };
}

const pointOf = ({ geometry }: RoadInfo): AnswerRow | null =>
  geometry?.type === "Point"
    ? { longitude: geometry.coordinates[0], latitude: geometry.coordinates[1] }
    : null;
