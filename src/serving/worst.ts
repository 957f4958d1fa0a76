/** The roads on which most time is lost. */
import type { CongestionLevel } from "../core/congestion.ts";
import type { WorstRoad } from "./answer.ts";
import type { Network } from "./network.ts";
import type { ViewRow } from "./view.ts";

const WORST_MAX = 50;
/** Standing traffic would lose for ever: slower than this, km/h, counts as this. */
const SLOWEST_KMH = 1;

interface Ranked {
  road: WorstRoad;
  ratio: number;
}

/** Fresh roads before stale ones; by delay, then those of unknown length by the ratio of their speeds. */
export function worstRoads(network: Network, rows: readonly ViewRow[], max: number = WORST_MAX): WorstRoad[] {
  const ranked: Ranked[] = [];
  for (const one of rows) {
    const road = rankedOf(network, one);
    if (road !== null) ranked.push(road);
  }
  ranked.sort(
    ({ road: a, ratio: a_ratio }, { road: b, ratio: b_ratio }) =>
      Number(a.stale) - Number(b.stale) ||
      Number(a.delay_s === null) - Number(b.delay_s === null) ||
      (b.delay_s ?? 0) - (a.delay_s ?? 0) ||
      a_ratio - b_ratio ||
      (a.road_id < b.road_id ? -1 : 1),
  );
  return ranked.slice(0, max).map(({ road }) => road);
}

/** Null for a road that is free, or of which nobody knows how it is. */
function rankedOf(network: Network, { key, row, stale }: ViewRow): Ranked | null {
  const level = row["congestion_level"] as CongestionLevel;
  if (level === "free" || level === "unknown") return null;
  const road = network.roads.get(key);
  const current_speed = row["current_speed"] as number;
  const free_flow_speed = (row["free_flow_speed"] as number | null) ?? road?.free_flow_speed ?? null;
  const length_km = road?.length_km ?? null;
  const found: WorstRoad = {
    road_id: key,
    road_name: road?.road_name ?? (row["road_name"] as string | null) ?? key,
    congestion_level: level,
    current_speed,
    free_flow_speed,
    delay_s:
      length_km === null || free_flow_speed === null
        ? null
        : delay_s(length_km, current_speed, free_flow_speed),
    as_of: row.as_of,
    stale,
  };
  return { road: found, ratio: free_flow_speed === null ? 0 : current_speed / free_flow_speed };
}

function delay_s(length_km: number, speed: number, free_flow_speed: number): number {
  const lost_h = length_km / Math.max(speed, SLOWEST_KMH) - length_km / free_flow_speed;
  return Math.max(0, Math.round(lost_h * 3_600));
}
