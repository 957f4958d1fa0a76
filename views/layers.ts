/** The layers of the map: what can be laid over the roads, each from one stream. */
import type { Stream } from "../src/core/stream.ts";
import { minutes } from "../src/core/time.ts";
import type { CurrentRow, Listed } from "../src/serving/answer.ts";
import { num } from "./format.ts";

export interface Layer {
  name: LayerName;
  label: string;
  /** Name of its stream. */
  stream: string;
  /** Fields that are drawn or told under the pointer. */
  fields: readonly string[];
}

export const layerNames = ["roads", "vehicles", "emergencies", "air", "weather", "cameras"] as const;
export type LayerName = (typeof layerNames)[number];

const layer = (name: LayerName, label: string, stream: string, fields: readonly string[] = []): Layer => ({
  name,
  label,
  stream,
  fields,
});

/** What moves, and what stands: the two groups of the map's toggles. */
export const layerGroups: readonly (readonly Layer[])[] = [
  [
    layer("roads", "Roads", "traffic"),
    layer("vehicles", "Vehicles", "vehicles", [
      "heading",
      "speed",
      "vehicle_type",
      "vehicle_label",
      "route_id",
    ]),
    layer("emergencies", "Emergencies", "emergencies", [
      "status",
      "severity",
      "emergency_type",
      "address",
      "vehicle_id",
      "hospital_id",
      "opened_at",
    ]),
  ],
  [
    layer("air", "Air", "readings", ["aqi_value", "aqi_category"]),
    layer("weather", "Weather", "weather", ["temperature", "condition", "wind_speed", "wind_direction"]),
    layer("cameras", "Cameras", "cameras", ["vehicles_n", "period_s"]),
  ],
];

export const layers: readonly Layer[] = layerGroups.flat();

/** What one sees who never chose: congestion, and what is urgent. */
const FIRST: readonly LayerName[] = ["roads", "emergencies"];

/** Names of an address or a cookie; what is none of ours is left out. Without any text, the first ones. */
export function layersNamed(text: string | undefined, first = FIRST): ReadonlySet<LayerName> {
  if (text === undefined) return new Set(first);
  const named = text.split(",");
  return new Set(layerNames.filter((name) => named.includes(name)));
}

/** Which rows of a stream lie on a map: those that its named list shows, the ended ones while they are live. */
export const listed = ({ live }: Stream): Listed =>
  live?.listed_ms === undefined ? {} : { max_age_ms: live.listed_ms };

/** Rows of a layer, with no more in them than is drawn. */
export interface LayerState {
  key: string;
  now_ms: number;
  /** A row is stale when older than this, and leaves the map when older than `listed_ms`. */
  stale_ms: number;
  listed_ms: number;
  rows: readonly Readonly<Record<string, unknown>>[];
}

export function layerState(
  { fields }: Layer,
  stream: Stream,
  rows: readonly CurrentRow[],
  now_ms: number,
): LayerState {
  const drawn = [stream.key, "as_of", "latitude", "longitude", ...fields];
  return {
    key: stream.key,
    now_ms,
    stale_ms: 3 * stream.expected_period_ms,
    listed_ms: stream.live?.listed_ms ?? stream.live?.ttl_ms ?? minutes(10),
    rows: rows
      .filter((row) => num(row["latitude"]) !== null && num(row["longitude"]) !== null)
      .map((row) => Object.fromEntries(drawn.map((name) => [name, row[name]]).filter(([, v]) => v !== null))),
  };
}
