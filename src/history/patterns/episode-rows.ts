/** Episodes as rows of their table, and back. */
import type { Episode, EpisodeEnd } from "../../core/episodes.ts";
import { localTime } from "../../core/time.ts";
import { instantSql, msSql } from "../sql-text.ts";
import type { RoadEpisode } from "./pattern-store.ts";

export const COLUMNS = [
  "road_id",
  "started_at",
  "ended_at",
  "end_kind",
  "last_at",
  "worst_ratio",
  "worst_at",
  "windows_n",
  "delay_ms",
  "counted_n",
  "vehicle_ms",
  "start_minute",
] as const;

const TIMES: ReadonlySet<string> = new Set(["started_at", "ended_at", "last_at", "worst_at"]);

export interface EpisodeSqlRow {
  road_id: string;
  started_at: number;
  ended_at: number | null;
  end_kind: EpisodeEnd | null;
  last_at: number;
  worst_ratio: number;
  worst_at: number;
  windows_n: number;
  delay_ms: number | null;
  counted_n: number;
  vehicle_ms: number | null;
}

/** Columns of `e` as `EpisodeSqlRow`, instants in ms. */
export const episodeSelect = COLUMNS.filter((name) => name !== "start_minute")
  .map((name) => (TIMES.has(name) ? `${msSql(`e.${name}`)} as ${name}` : `e.${name}`))
  .join(", ");

export const episodeOf = (row: EpisodeSqlRow): RoadEpisode => ({
  road_id: row.road_id,
  start_ms: row.started_at,
  end_ms: row.ended_at,
  end: row.end_kind,
  last_ms: row.last_at,
  worst_ratio: row.worst_ratio,
  worst_ms: row.worst_at,
  windows_n: row.windows_n,
  delay_ms: row.delay_ms,
  counted_n: row.counted_n,
  vehicle_ms: row.vehicle_ms,
});

/** Minute of the city's day, 0 to 1439. */
const minuteOf = (ms: number, zone: string): number => {
  const at = localTime(ms, zone);
  return at.hour * 60 + at.minute;
};

/** Text for `rowsFromJson`. */
export const episodesJson = (episodes: Iterable<readonly [road_id: string, Episode]>, zone: string): string =>
  JSON.stringify(
    Array.from(episodes, ([road_id, e]) => ({
      road_id,
      started_at: e.start_ms,
      ended_at: e.end_ms,
      end_kind: e.end,
      last_at: e.last_ms,
      worst_ratio: e.worst_ratio,
      worst_at: e.worst_ms,
      windows_n: e.windows_n,
      delay_ms: e.delay_ms,
      counted_n: e.counted_n,
      vehicle_ms: e.vehicle_ms,
      start_minute: minuteOf(e.start_ms, zone),
    })),
  );

/** Rows of `COLUMNS` from a JSON text. */
export const rowsFromJson = (place: string): string =>
  `select ${COLUMNS.map((name) => (TIMES.has(name) ? `${instantSql(`j.${name}`)} as ${name}` : `j.${name}`)).join(", ")}
  from json_to_recordset(${place}::text::json) as j (road_id text, started_at bigint, ended_at bigint, end_kind text, last_at bigint,
    worst_ratio double precision, worst_at bigint, windows_n integer, delay_ms bigint, counted_n integer, vehicle_ms bigint, start_minute smallint)`;
