/** What the lower parts of a road's page are made from: each read at the same time, none of them for the upper parts. */
import type { Comparison } from "../../src/core/compare.ts";
import { limits } from "../../src/core/limits.ts";
import { slotFrom } from "../../src/core/rollup.ts";
import { formatInstant } from "../../src/core/time.ts";
import { dayStart, daysRead } from "../../views/road/days.ts";
import type { RoadHistoryProps } from "../../views/road/history.tsx";
import type { Frame } from "../../views/page.ts";
import { absent, type PageTools } from "./page.ts";

const DAYS_BACK = 28;
const EPISODES = 20;

/** @throws {ProblemError} not-found for a road that nothing knows. */
export async function roadHistory(
  { serving, city, traffic }: PageTools,
  frame: Frame,
  road_id: string,
  compare: Comparison | null,
): Promise<RoadHistoryProps> {
  const { patterns } = serving;
  const { zone } = city;
  const { now_ms } = frame;
  const from_ms = dayStart(now_ms, zone, DAYS_BACK);
  const to_ms = slotFrom(now_ms, "1h", zone);
  // Before all else: a road that there is not is told once.
  const road = city.roads.find((one) => one.road_id === road_id);
  const [windows, profile, reliability, episodes] = await Promise.all([
    serving.history(traffic, road_id, {
      from_ms: dayStart(now_ms, zone, daysRead(compare) - 1),
      to_ms: now_ms + 1,
      step: "5m",
      limit: limits.range_rows_max,
    }),
    patterns?.profile(road_id).catch(absent) ?? null,
    patterns?.reliability({ from_ms, to_ms, roads: [road_id], by: "road" }).catch(absent) ?? null,
    patterns
      ?.episodes({
        from_ms,
        to_ms: now_ms + 1,
        roads: [road_id],
        state: "all",
        sort: "started_at",
        limit: EPISODES,
      })
      .catch(absent) ?? null,
  ]);
  return {
    frame,
    road_id,
    road_name: road?.road_name ?? road_id,
    free_flow_speed: road?.free_flow_speed ?? null,
    compare,
    windows: windows.data,
    profile,
    reliability: reliability?.data[0] ?? null,
    episodes: episodes?.data ?? null,
    from: formatInstant(from_ms),
  };
}
