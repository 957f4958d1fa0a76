/** Panels of what recurs on roads: bottlenecks, episodes, reliability, and a congestion scan. */
import { ProblemError } from "../../src/core/errors.ts";
import { hours } from "../../src/core/time.ts";
import type { Answer } from "../../src/serving/answer.ts";
import type {
  BottleneckRow,
  CorridorRow,
  EpisodeRow,
  ReliabilityRow,
  RoadPatterns,
  RoadsAsked,
} from "../../src/serving/episode-answer.ts";
import { BottlenecksPanel } from "../../views/analytics/bottlenecks.tsx";
import { EpisodesPanel } from "../../views/analytics/episodes.tsx";
import type { PanelContext } from "../../views/analytics/panel.tsx";
import { ReliabilityPanel } from "../../views/analytics/reliability.tsx";
import { ScanChart, ScanPanel, type ScanData } from "../../views/analytics/scan.tsx";
import type { Table } from "../analytics-tables.ts";
import { apiUrl, panel, type AnalyticsPanel, type Asked } from "./analytics-panel.ts";
import { keptPatterns } from "./kept-patterns.ts";

const ROWS = 15;
const SCAN_MS = hours(24);
const STEP_MS = 300_000;

function patternsOf({ serving }: Asked): RoadPatterns {
  if (serving.patterns === undefined)
    throw new ProblemError({ name: "unavailable", detail: "There is no history of episodes here" });
  return keptPatterns(serving.patterns);
}
const roadsOf = ({ query }: PanelContext): RoadsAsked => (query.roads === null ? {} : { roads: query.roads });
const rangeOf = ({ query: { from_ms, to_ms } }: PanelContext) => ({ from_ms, to_ms });
/** All columns that rows have, in their order. */
const flat = <R extends object>(
  columns: readonly (keyof R & string)[],
): Readonly<Record<string, Table<readonly R[]>>> => ({
  rows: { columns, rows: (data) => data },
});

export const patternPanels: readonly AnalyticsPanel[] = [
  panel<readonly BottleneckRow[]>({
    name: "bottlenecks",
    title: "Bottlenecks",
    ask: (asked) =>
      patternsOf(asked).bottlenecks({ ...rangeOf(asked.context), ...roadsOf(asked.context), limit: ROWS }),
    draw: (context, rows, csv) => <BottlenecksPanel context={context} rows={rows} csv={csv()} />,
    tables: flat<BottleneckRow>([
      "rank",
      "rank_before",
      "rank_change",
      "road_id",
      "road_name",
      "district",
      "length_km",
      "episodes_n",
      "delay_s",
      "delay_s_before",
      "vehicle_hours",
      "minutes",
      "median_minutes",
      "longest_minutes",
      "worst_ratio",
      "frequent_hour",
      "frequent_hour_n",
      "going_on",
      "newest_started_at",
    ]),
    api: (context) => apiUrl(context, "bottlenecks", { limit: String(ROWS) }, ["days", "compare"]),
  }),
  panel<readonly EpisodeRow[]>({
    name: "episodes",
    title: "Episodes",
    ask: (asked) =>
      patternsOf(asked).episodes({
        ...rangeOf(asked.context),
        ...roadsOf(asked.context),
        state: "all",
        sort: "delay",
        limit: ROWS,
      }),
    draw: (context, rows, csv) => <EpisodesPanel context={context} rows={rows} csv={csv()} />,
    tables: flat<EpisodeRow>([
      "road_id",
      "road_name",
      "started_at",
      "ended_at",
      "end",
      "minutes",
      "worst_ratio",
      "worst_at",
      "delay_s",
      "mean_delay_s",
      "vehicle_hours",
      "counted_share",
      "windows_n",
      "windows_expected",
      "coverage",
    ]),
    api: (context) =>
      apiUrl(context, "episodes", { sort: "delay", limit: String(ROWS) }, ["days", "compare"]),
  }),
  panel<readonly ReliabilityRow[]>({
    name: "reliability",
    title: "Reliability",
    ask: (asked) => {
      const { weekdays, without_holidays } = asked.context.query;
      return patternsOf(asked).reliability({
        ...rangeOf(asked.context),
        ...roadsOf(asked.context),
        ...(weekdays.length === 0 ? {} : { weekdays }),
        without_holidays,
        by: "road",
      });
    },
    draw: (context, rows, csv) => <ReliabilityPanel context={context} rows={rows} csv={csv()} />,
    tables: flat<ReliabilityRow>([
      "road_id",
      "road_name",
      "length_km",
      "mean_travel_time_s",
      "free_flow_travel_time_s",
      "p95_travel_time_s",
      "travel_time_index",
      "planning_time_index",
      "buffer_index",
      "congested_share",
      "delay_vehicle_hours",
      "n",
      "windows_n",
      "windows_expected",
      "coverage",
    ]),
    api: (context) => apiUrl(context, "reliability", { by: "road" }, ["compare"]),
  }),
  panel<ScanData>({
    name: "scan",
    title: "Congestion scan",
    ask: scanOf,
    draw: (context, data, csv) => <ScanPanel context={context} data={data} csv={csv()} />,
    chart: {
      unit: ({ scan }) =>
        `${scan?.name ?? "no corridor"}, ${scan?.length_km ?? 0} km: speed in % of free flow; darkest stands; framed: episodes; hatched: not measured`,
      draw: (context, { scan }) => (scan === null ? <></> : <ScanChart scan={scan} context={context} />),
    },
    tables: {
      cells: {
        columns: ["window_start", "road_id", "road_name", "from_km", "to_km", "percent"],
        rows: ({ scan }) =>
          scan === null
            ? []
            : scan.segments.flatMap(({ percent, ...segment }) =>
                scan.steps.map((window_start, i) => ({
                  window_start,
                  ...segment,
                  percent: percent[i] ?? null,
                })),
              ),
      },
    },
    api: (context, { scan }) =>
      scan === null
        ? "/api/corridors"
        : apiUrl(
            context,
            "congestion-scan",
            { corridor: scan.corridor_id ?? "", from: scan.from, to: scan.to },
            ["roads", "days", "compare"],
          ),
  }),
];

/** The corridor that is asked for, else the one that the first chosen road or the worst bottleneck lies on; the range's last day. */
async function scanOf(asked: Asked): Promise<Answer<ScanData>> {
  const { query, now_ms } = asked.context;
  const patterns = patternsOf(asked);
  const { data: corridors, meta } = await patterns.corridors();
  const chosen =
    corridors.find(({ corridor_id }) => corridor_id === query.corridor) ?? (await likely(asked, corridors));
  if (chosen === undefined) return { data: { scan: null, corridors }, meta };
  const to_ms = Math.ceil(Math.min(query.to_ms, now_ms) / STEP_MS) * STEP_MS;
  // A range that has not begun is one step long.
  const from_ms = Math.min(
    to_ms - STEP_MS,
    Math.ceil(Math.max(query.from_ms, to_ms - SCAN_MS) / STEP_MS) * STEP_MS,
  );
  const scan = await patterns.scan({ corridor: chosen.corridor_id, roads: null, from_ms, to_ms });
  return { data: { scan: scan.data, corridors }, meta: scan.meta };
}

async function likely(asked: Asked, corridors: readonly CorridorRow[]): Promise<CorridorRow | undefined> {
  const { context } = asked;
  const on = (road_id: string): CorridorRow | undefined =>
    corridors.find(({ roads }) => roads.includes(road_id));
  const first = context.query.roads?.map(on).find((corridor) => corridor !== undefined);
  if (first !== undefined) return first;
  const { data } = await patternsOf(asked).bottlenecks({ ...rangeOf(context), limit: ROWS });
  return data.map(({ road_id }) => on(road_id)).find((corridor) => corridor !== undefined) ?? corridors[0];
}
