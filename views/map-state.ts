/**
 * The city's roads now, as little text as a page can carry: one character and two numbers per road, in the order of the
 * network's features. The script of the map reads it before its stream says more.
 */
import { congestionLevels, type CongestionLevel } from "../src/core/congestion.ts";
import type { City } from "../src/core/city.ts";
import type { CurrentRow } from "../src/serving/answer.ts";
import { instant, num } from "./format.ts";

export interface MapState {
  /** The log position that these rows hold at least. */
  cursor: string;
  now_ms: number;
  /** A road is stale when older than this. */
  stale_ms: number;
  /** A digit per road: index into `congestionLevels`; `-` for a road that has not reported. */
  levels: string;
  /** km/h, whole; 0 where there is none. */
  speeds: readonly number[];
  /** Age in seconds at `now_ms`. */
  ages_s: readonly number[];
  /** Roads that only events know, with a place: id, name, lng, lat, level, speed, age. */
  points: readonly (readonly [string, string, number, number, number, number, number])[];
}

const code = (row: CurrentRow): number =>
  congestionLevels.indexOf(row["congestion_level"] as CongestionLevel);

export function mapState(
  city: City,
  rows: readonly CurrentRow[],
  cursor: string,
  now_ms: number,
  stale_ms: number,
): MapState {
  const by_id = new Map(rows.map((row) => [row["road_id"], row]));
  const age = (row: CurrentRow): number =>
    Math.max(0, Math.round((now_ms - (instant(row.as_of) ?? 0)) / 1_000));
  const speed = (row: CurrentRow): number => Math.round(num(row["current_speed"]) ?? 0);
  let levels = "";
  const speeds: number[] = [];
  const ages_s: number[] = [];
  for (const road of city.roads) {
    const row = by_id.get(road.road_id);
    by_id.delete(road.road_id);
    levels += row === undefined ? "-" : String(code(row));
    speeds.push(row === undefined ? 0 : speed(row));
    ages_s.push(row === undefined ? 0 : age(row));
  }
  const points: MapState["points"][number][] = [];
  for (const row of by_id.values()) {
    const [lng, lat] = [num(row["longitude"]), num(row["latitude"])];
    if (lng === null || lat === null) continue;
    const id = String(row["road_id"]);
    points.push([id, String(row["road_name"] ?? id), lng, lat, code(row), speed(row), age(row)]);
  }
  return { cursor, now_ms, stale_ms, levels, speeds, ages_s, points };
}
