/** Travel times over several roads, window by window: the sum of their lengths by their speeds. */
import { limits } from "../../core/limits.ts";
import { PACE_SPEED_MIN } from "../../core/rollup.ts";
import type { RoadFacts } from "../../core/episodes.ts";
import type { Stream } from "../../core/stream.ts";
import { numberArray, textArray } from "../array-text.ts";
import type { TimesQuery, TimesRow } from "./pattern-store.ts";
import type { Ask } from "../rollups/facts.ts";
import { SqlParameters } from "../sql-parameters.ts";
import { floorSql, literal, msSql, plain } from "../sql-text.ts";

/** Windows without a free-flow speed take the network's; without any they do not count. */
export async function readTimes(
  ask: Ask,
  stream: Stream,
  zone: string,
  roads: ReadonlyMap<string, RoadFacts>,
  { from_ms, to_ms, keys, lengths_km, weekdays }: TimesQuery,
): Promise<readonly TimesRow[]> {
  const parameters = new SqlParameters();
  const [from, to] = [parameters.time(from_ms), parameters.time(to_ms)];
  const list = [
    parameters.add(textArray(keys), "text[]"),
    parameters.add(numberArray(lengths_km), "double precision[]"),
    parameters.add(
      textArray(keys.map((key) => String(roads.get(key)?.free_flow_speed ?? 0))),
      "double precision[]",
    ),
  ].join(", ");
  const of_week =
    weekdays === undefined
      ? ""
      : ` and extract(isodow from w.window_start at time zone ${literal(zone)})::integer = any(${parameters.add(numberArray(weekdays), "integer[]")})`;
  const speed = `greatest(${PACE_SPEED_MIN}, w.current_speed_sum::double precision / w.n / 100)`;
  const free =
    "coalesce(w.free_flow_speed_sum::double precision / nullif(w.free_flow_speed_n, 0) / 100, nullif(k.free, 0))";
  const text = `select ${msSql("x.window_start")} as start_ms, sum(x.km / x.speed) * 3600000 as travel_ms,
      sum(x.km / x.free) * 3600000 as free_ms, sum(x.km) as covered_km, count(*)::integer as windows_n, sum(x.n)::bigint as n,
      sum(x.congested_n)::bigint as congested_n
    from (select w.window_start, k.km, ${speed} as speed, ${free} as free, w.n, w.congested_n
      from unnest(${list}) as k (key, km, free) join ${plain(stream.windows!.table)} w on w.${plain(stream.key)} = k.key collate "C"
      where w.window_start >= ${from} and w.window_start < ${to} and w.window_start >= ${floorSql(stream)}${of_week}) x
    where x.free > 0 group by 1 order by 1 limit ${limits.corridor_windows_max + 1}`;
  const rows = await ask.unsafe<TimesRow[]>(text, parameters.values, { prepare: false });
  if (rows.length > limits.corridor_windows_max)
    throw new RangeError(`Cannot read travel times: more than ${limits.corridor_windows_max} windows`);
  return [...rows];
}
