/**
 * Windows of traffic as episodes need them: those that are slow, and the first after a slow one. What is left out changes no episode
 * (`core/episodes.test.ts`), and is nine windows of ten.
 */
import type { Kept } from "../../core/aggregate.ts";
import { roadWindow, type RoadFacts, type RoadWindow } from "../../core/episodes.ts";
import type { Stream } from "../../core/stream.ts";
import { textArray } from "../array-text.ts";
import type { Counting } from "./pattern-store.ts";
import type { Ask } from "../rollups/facts.ts";
import { SqlParameters } from "../sql-parameters.ts";
import { floorSql, literal, msSql, plain } from "../sql-text.ts";

export interface SlowWanted {
  from_ms: number;
  to_ms: number;
  /** All where it is missing. */
  keys?: readonly string[];
  /** Ratios up to this are slow. */
  upto: number;
  roads: ReadonlyMap<string, RoadFacts>;
  counting: Counting | null;
}

/** Ratios are the same doubles in SQL and here but for their last digits. */
const SLACK = 1e-9;

/** By road, in order of time. */
export async function readSlowWindows(
  ask: Ask,
  stream: Stream,
  wanted: SlowWanted,
): Promise<ReadonlyMap<string, readonly RoadWindow[]>> {
  const { from_ms, to_ms, roads } = wanted;
  const out = new Map<string, RoadWindow[]>();
  if (from_ms >= to_ms) return out;
  const parameters = new SqlParameters();
  const text = slowSql(stream, wanted, parameters);
  const rows = await ask.unsafe<{ key: string; cells: string }[]>(text, parameters.values, {
    prepare: false,
  });
  for (const { key, cells } of rows) {
    const free_flow_speed = roads.get(key)?.free_flow_speed ?? null;
    const windows: RoadWindow[] = [];
    for (const cell of cells.split(";")) {
      const [start, n, sum, free_n, free_sum, vehicles] = cell.split(",").map(Number);
      const kept: Record<string, Kept> = {
        n: n!,
        current_speed_sum: sum!,
        free_flow_speed_n: free_n!,
        free_flow_speed_sum: free_sum!,
      };
      const window = roadWindow(start!, kept, vehicles ?? null, free_flow_speed);
      if (window !== null) windows.push(window);
    }
    out.set(key, windows);
  }
  return out;
}

/** A road is one row: a hundred thousand small rows would cost the driver a second. */
function slowSql(stream: Stream, wanted: SlowWanted, parameters: SqlParameters): string {
  const { from_ms, to_ms, keys, upto, counting } = wanted;
  const [from, to] = [parameters.time(from_ms), parameters.time(to_ms)];
  const key = plain(stream.key);
  const of_keys =
    keys === undefined ? "" : ` and w.${key} = any(${parameters.add(textArray(keys), "text[]")})`;
  const slow = parameters.add(upto + SLACK, "double precision");
  const counted =
    counting === null || counting.road_of.size === 0
      ? null
      : countedSql(counting, stream.windows!.size_ms, from, to, parameters);
  return `with ${counted === null ? "" : `counted (road, start, vehicles) as materialized (${counted}), `}rated as (
  select w.${key} as key, w.window_start, w.n, w.current_speed_sum as sum, w.free_flow_speed_n as free_n, w.free_flow_speed_sum as free_sum,
    case when w.free_flow_speed_sum > 0 then w.current_speed_sum::float8 * w.free_flow_speed_n / (w.free_flow_speed_sum::float8 * w.n) else 0 end as ratio
  from ${plain(stream.windows!.table)} w
  where w.window_start >= ${from} and w.window_start < ${to} and w.window_start >= ${floorSql(stream)}${of_keys}),
followed as (select r.*, lag(r.ratio, 1, 0) over (partition by r.key order by r.window_start) as before from rated r)
select f.key, string_agg(concat_ws(',', ${msSql("f.window_start")}, f.n, f.sum, f.free_n, coalesce(f.free_sum, 0)${counted === null ? "" : ", c.vehicles"}), ';'
  order by f.window_start) as cells
from followed f${counted === null ? "" : " left join counted c on c.road = f.key and c.start = f.window_start"}
where f.ratio <= ${slow} or f.before <= ${slow} group by f.key`;
}

/**
 * Vehicles by road and window: of several cameras their mean, because they see the same ones. Where windows of counts are gone, an even
 * share of their hour.
 */
function countedSql(
  { stream, column, road_of }: Counting,
  size_ms: number,
  from: string,
  to: string,
  parameters: SqlParameters,
): string {
  const cameras = parameters.add(textArray([...road_of.keys()]), "text[]");
  const roads = parameters.add(textArray([...road_of.values()]), "text[]");
  const of_road = `join unnest(${cameras}, ${roads}) as x (key, road) on x.key collate "C" = s.${plain(stream.key)}`;
  const step = `interval '${size_ms} milliseconds'`;
  const floor = floorSql(stream);
  const of_windows = `select x.road, date_bin(${step}, s.window_start, timestamptz '1970-01-01 00:00:00+00') as start, x.key,
    sum(s.${plain(column)})::float8 as vehicles from ${plain(stream.windows!.table)} s ${of_road}
    where s.window_start >= ${from} and s.window_start < ${to} and s.window_start >= ${floor} group by 1, 2, 3`;
  const hours = stream.rollups.find(({ name }) => name === "hours");
  const of_hours =
    hours === undefined
      ? ""
      : ` union all
    select x.road, t.start, x.key, s.${plain(column)}::float8 * ${size_ms} / 3600000 from ${plain(hours.table)} s ${of_road}
    cross join lateral generate_series(s.window_start, s.window_start + interval '1 hour' - ${step}, ${step}) as t (start)
    where s.window_start > ${from} - interval '1 hour' and s.window_start < ${to} and t.start >= ${from} and t.start < ${to}
      and t.start < ${floor}`;
  return `select y.road, y.start, avg(y.vehicles) from (${of_windows}${of_hours}) y group by 1, 2`;
}

/** Of a stream's views; part of what their definitions are. */
export const slowDefinition = (stream: Stream): string =>
  `${literal(stream.windows!.table)} ${stream.windows!.size_ms}`;
