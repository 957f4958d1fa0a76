/** Episodes as they are now: from their table, and from the windows after its frontier, in one snapshot. */
import { episodeRule } from "../../core/episodes.ts";
import { limits } from "../../core/limits.ts";
import type { RoadFacts } from "../../core/episodes.ts";
import type { Stream } from "../../core/stream.ts";
import { days } from "../../core/time.ts";
import { textArray } from "../array-text.ts";
import { episodesDefinition, episodesFrontier, openEpisodes } from "./episode-facts.ts";
import {
  COLUMNS,
  episodeOf,
  episodesJson,
  episodeSelect,
  rowsFromJson,
  type EpisodeSqlRow,
} from "./episode-rows.ts";
import { foldRoads } from "./fold-roads.ts";
import type {
  Bottleneck,
  BottlenecksRead,
  EpisodeFilter,
  EpisodesRead,
  EpisodesWanted,
} from "./pattern-store.ts";
import type { Ask } from "../rollups/facts.ts";
import { readSlowWindows } from "./slow-windows.ts";
import { SqlParameters } from "../sql-parameters.ts";
import { msSql } from "../sql-text.ts";

export interface EpisodeReader {
  ask: Ask;
  stream: Stream;
  zone: string;
  roads: ReadonlyMap<string, RoadFacts>;
}

interface Tail {
  frontier_ms: number | null;
  tail_ms: number;
  /** Rows of `COLUMNS` as JSON. */
  json: string;
}

/** Folds the windows from the frontier on. */
async function readTail({ ask, stream, zone, roads }: EpisodeReader, filter: EpisodeFilter): Promise<Tail> {
  const { keys, now_ms, counting } = filter;
  const frontier_ms = await episodesFrontier(ask, stream, episodesDefinition(stream, zone, roads));
  const { size_ms } = stream.windows!;
  const oldest_ms = Math.floor((now_ms - limits.episode_tail_ms_max) / size_ms) * size_ms;
  const tail_ms = Math.max(frontier_ms ?? -Infinity, oldest_ms);
  const open =
    tail_ms === frontier_ms
      ? await openEpisodes(ask, keys === undefined ? null : textArray(keys))
      : new Map();
  const windows = await readSlowWindows(ask, stream, {
    from_ms: tail_ms,
    to_ms: now_ms + limits.event_future_max_ms,
    ...(keys === undefined ? {} : { keys }),
    upto: episodeRule.end_above,
    roads,
    counting,
  });
  const folded = await foldRoads(open, windows, now_ms, size_ms, roads);
  return { frontier_ms, tail_ms, json: episodesJson([...folded.ended, ...folded.open], zone) };
}

/** All episodes as `all_episodes`: what was open at the frontier is in the tail, as it is now. */
function withEpisodes({ frontier_ms, json }: Tail, parameters: SqlParameters): string {
  const table =
    frontier_ms === null
      ? ""
      : ` union all select ${COLUMNS.join(", ")} from congestion_episodes where ended_at is not null`;
  return `with tail as materialized (${rowsFromJson(parameters.add(json, "text"))}),
all_episodes as not materialized (select ${COLUMNS.join(", ")} from tail${table})`;
}

const ofKeys = (keys: readonly string[] | undefined, parameters: SqlParameters): string =>
  keys === undefined ? "" : ` and e.road_id = any(${parameters.add(textArray(keys), "text[]")})`;

const ENDED = "coalesce(e.ended_at, e.last_at)";
const ORDER: Readonly<Record<EpisodesWanted["sort"], string>> = {
  started_at: "e.started_at desc",
  delay: "e.delay_ms desc nulls last",
  minutes: `${ENDED} - e.started_at desc`,
  worst_ratio: "e.worst_ratio",
};
/** In which a road's habits are looked for, before the range. */
const BEFORE_MS = days(28);
/** As near a time of the day is the same time. */
const SAME_TIME_MIN = 60;

export async function readEpisodes(reader: EpisodeReader, wanted: EpisodesWanted): Promise<EpisodesRead> {
  const tail = await readTail(reader, wanted);
  const parameters = new SqlParameters();
  const from = withEpisodes(tail, parameters);
  const within = withinSql(wanted, parameters);
  const usual = wanted.state === "new" ? notUsual(wanted, tail, parameters) : "";
  const text = `${from} select ${episodeSelect} from all_episodes e where ${within}${ofKeys(wanted.keys, parameters)}${usual}
    order by ${ORDER[wanted.sort]}, e.started_at desc, e.road_id limit ${parameters.add(wanted.limit, "integer")}`;
  const rows = await reader.ask.unsafe<EpisodeSqlRow[]>(text, parameters.values, { prepare: false });
  return { episodes: rows.map(episodeOf), frontier_ms: tail.frontier_ms, tail_ms: tail.tail_ms };
}

/** Parameters that a statement does not use have no type: they are not given. */
function withinSql({ state, from_ms, to_ms, now_ms }: EpisodesWanted, parameters: SqlParameters): string {
  if (state === "now") return "e.ended_at is null";
  const [first, last] = [parameters.time(from_ms), parameters.time(to_ms)];
  return state === "new"
    ? `e.started_at >= ${first} and e.started_at < ${last}`
    : // One that goes on has lasted until now, and nobody knows of later.
      `e.started_at < ${last} and coalesce(e.ended_at, ${parameters.time(now_ms)}) > ${first}`;
}

/** No episode of the road began at this time of the day, in the weeks before. */
function notUsual({ from_ms }: EpisodesWanted, { frontier_ms }: Tail, parameters: SqlParameters): string {
  const [first, last] = [parameters.time(from_ms - BEFORE_MS), parameters.time(from_ms)];
  const apart = "abs(p.start_minute - e.start_minute)";
  const like = `p.road_id = e.road_id and p.started_at >= ${first} and p.started_at < ${last}
    and least(${apart}, 1440 - ${apart}) <= ${SAME_TIME_MIN}`;
  const none = (table: string): string => ` and not exists (select from ${table} p where ${like})`;
  return none("tail") + (frontier_ms === null ? "" : none("congestion_episodes"));
}

interface BottleneckSqlRow extends Omit<Bottleneck, "hours"> {
  hours: string;
}

export async function readBottlenecks(
  reader: EpisodeReader,
  filter: EpisodeFilter,
): Promise<BottlenecksRead> {
  const { from_ms, to_ms, keys } = filter;
  const tail = await readTail(reader, filter);
  const parameters = new SqlParameters();
  const from = withEpisodes(tail, parameters);
  const [first, begin, last] = [
    parameters.time(from_ms - (to_ms - from_ms)),
    parameters.time(from_ms),
    parameters.time(to_ms),
  ];
  const text = `${from} select x.road_id, x.before, count(*)::integer as episodes_n, sum(x.delay_ms)::bigint as delay_ms,
      sum(x.vehicle_ms)::bigint as vehicle_ms, sum(x.minutes)::double precision as minutes,
      percentile_cont(0.5) within group (order by x.minutes) as median_minutes, max(x.minutes) as longest_minutes,
      min(x.worst_ratio) as worst_ratio, string_agg((x.start_minute / 60)::text, ',') as hours,
      bool_or(x.ended_at is null) as going_on, ${msSql("max(x.started_at)")} as newest_ms
    from (select e.*, e.started_at < ${begin} as before, (extract(epoch from ${ENDED} - e.started_at) / 60)::double precision as minutes
      from all_episodes e where e.started_at >= ${first} and e.started_at < ${last}${ofKeys(keys, parameters)}) x
    group by 1, 2`;
  const rows = await reader.ask.unsafe<BottleneckSqlRow[]>(text, parameters.values, { prepare: false });
  return {
    rows: rows.map((row) => ({ ...row, hours: row.hours.split(",").map(Number) })),
    frontier_ms: tail.frontier_ms,
    tail_ms: tail.tail_ms,
  };
}
