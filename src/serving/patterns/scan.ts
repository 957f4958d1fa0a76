/** A congestion scan: the windows of a corridor's roads in their order, with the episodes in them. */
import { limits } from "../../core/limits.ts";
import { NO_DATA } from "../../core/speed-percent.ts";
import { formatInstant } from "../../core/time.ts";
import type { Answer } from "../answer.ts";
import { share } from "../meta.ts";
import type { CongestionScan, ScanQuery, ScanSegment } from "../scan-answer.ts";
import type { Patterns } from "./asked.ts";
import type { Corridors } from "./corridors.ts";
import { episodeRow, readEpisodes } from "./episodes.ts";

export const scan = (
  patterns: Patterns,
  corridors: Corridors,
  query: ScanQuery,
): Promise<Answer<CongestionScan>> =>
  patterns.answer(async () => {
    const { from_ms, to_ms } = query;
    const { corridor_id, name, roads, length_km } = corridors.of(query.corridor, query.roads);
    const { history, patterns: store } = patterns.context;
    const size_ms = patterns.traffic.windows!.size_ms;
    const keys = roads.map((road) => road.road_id);
    const unique = [...new Set(keys)];
    const place = new Map(unique.map((key, i) => [key, i]));
    const steps: number[] = [];
    for (let at_ms = from_ms; at_ms < to_ms; at_ms += size_ms) steps.push(at_ms);
    const { without, told } = await patterns.chosen({ roads: unique, from_ms, to_ms });
    const [grid, found] = await Promise.all([
      history.speedGrid(patterns.traffic, { from_ms, to_ms, keys: unique }),
      store === undefined
        ? null
        : readEpisodes(patterns, {
            from_ms,
            to_ms,
            roads: unique,
            state: "all",
            sort: "started_at",
            limit: limits.list_rows_max,
          }),
    ]);
    const began = steps.filter((at_ms) => at_ms <= patterns.now_ms).length;
    let [at_km, cells_n] = [0, 0];
    let newest_ms: number | null = null;
    const segments = roads.map((road): ScanSegment => {
      const column = place.get(road.road_id)!;
      const percent = steps.map((at_ms, step) => {
        const value = grid[step * unique.length + column]!;
        if (value === NO_DATA || without.has(road.road_id)) return null;
        cells_n++;
        newest_ms = Math.max(newest_ms ?? -Infinity, at_ms + size_ms - 1);
        return value;
      });
      const from_km = at_km;
      at_km = metres(at_km + road.length_km);
      return { road_id: road.road_id, road_name: road.road_name, from_km, to_km: at_km, percent };
    });
    const rows = (found?.episodes ?? []).map((episode) => episodeRow(patterns, episode));
    const cells_expected = began * roads.length;
    const data: CongestionScan = {
      corridor_id,
      name: name === "" ? null : name,
      length_km,
      from: formatInstant(from_ms),
      to: formatInstant(to_ms),
      step_s: size_ms / 1_000,
      steps: steps.map(formatInstant),
      segments,
      episodes: segments.flatMap(({ road_id, from_km, to_km }) =>
        rows
          .filter((row) => row.road_id === road_id)
          .map(({ started_at, ended_at, end, worst_ratio, delay_s }) => ({
            road_id,
            started_at,
            ended_at,
            end,
            from_km,
            to_km,
            worst_ratio,
            delay_s,
          })),
      ),
      cells_n,
      cells_expected,
    };
    return {
      data,
      facts: {
        frontier_ms: found?.frontier_ms ?? null,
        merged: found !== null,
        coverage: share(cells_n, cells_expected),
        as_of_ms: newest_ms,
        told,
      },
    };
  });

const metres = (km: number): number => Math.round(km * 1_000) / 1_000;
