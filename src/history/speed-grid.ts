/** Windows of all roads as bytes: one row per window of a range, one byte per road (`core/speed-percent.ts`). */
import { NO_DATA, PERCENT_MAX, speedPercent } from "../core/speed-percent.ts";
import type { Stream } from "../core/stream.ts";
import type { KeptWindow } from "../core/window.ts";
import { textArray } from "./array-text.ts";
import type { Reader } from "./reader.ts";
import { msSql, timeText } from "./sql-text.ts";
import { floorSql } from "./window-retention.ts";

export interface GridQuery {
  /** Multiples of the windows' size. */
  from_ms: number;
  to_ms: number;
  /** A byte for each, in this order. */
  keys: readonly string[];
}

/** One byte per key and window, windows in rows: `(to − from) / size × keys`. */
export type Grid = Uint8Array<ArrayBuffer>;

const COLUMNS = [
  "n",
  "current_speed_sum",
  "free_flow_speed_n",
  "free_flow_speed_sum",
  "congested_n",
] as const;

/** Do the stream's windows keep what a percentage is made of? */
export const hasSpeeds = ({ windows }: Pick<Stream, "windows">): boolean => {
  const kept = new Set(windows?.aggregates.flatMap(({ columns }) => columns.map(({ column }) => column)));
  return COLUMNS.every((column) => kept.has(column));
};

/** `speedPercent` in SQL, with the same doubles in the same order. */
const PERCENT_SQL = `case
    when w.free_flow_speed_sum > 0 then least(${PERCENT_MAX}, floor(
      (100::float8 * w.current_speed_sum::float8 * w.free_flow_speed_n::float8)
        / (w.free_flow_speed_sum::float8 * w.n::float8) + 0.5::float8))
    when w.congested_n * 2 > w.n then 0
    else ${NO_DATA} end::int`;

/**
 * A window is one row of the answer, `place × 256 + percent` for each key that it has: a million small rows would cost the driver
 * seconds.
 */
export async function readSpeedGrid(reader: Reader, stream: Stream, query: GridQuery): Promise<Grid> {
  const { from_ms, to_ms, keys } = query;
  const window = stream.windows!;
  const grid = emptyGrid(stream, query);
  const rows = await reader.rows<{ window_start_ms: number; cells: string }>(
    "read a range as bytes",
    `select ${msSql("w.window_start")} as window_start_ms,
      string_agg(((k.place - 1) * 256 + ${PERCENT_SQL})::text, ',') as cells
    from ${window.table} w
    join unnest($3::text[]) with ordinality as k (key, place) on k.key collate "C" = w.${stream.key}
    where w.window_start >= $1::timestamptz and w.window_start < $2::timestamptz and w.window_start >= ${floorSql(stream)}
    group by w.window_start`,
    [timeText(from_ms), timeText(to_ms), textArray(keys)],
  );
  for (const { window_start_ms, cells } of rows) {
    const row = ((window_start_ms - from_ms) / window.size_ms) * keys.length;
    for (const cell of cells.split(",")) {
      const value = Number(cell);
      grid[row + (value >> 8)] = value & 255;
    }
  }
  return grid;
}

/** The same from kept windows. */
export function speedGrid(stream: Stream, query: GridQuery, windows: Iterable<KeptWindow>): Grid {
  const grid = emptyGrid(stream, query);
  const places = new Map(query.keys.map((key, place) => [key, place]));
  for (const { key, window_start_ms, kept } of windows) {
    const place = places.get(key);
    if (place === undefined) continue;
    const row = (window_start_ms - query.from_ms) / stream.windows!.size_ms;
    grid[row * query.keys.length + place] = speedPercent(kept);
  }
  return grid;
}

function emptyGrid(stream: Stream, { from_ms, to_ms, keys }: GridQuery): Grid {
  if (!hasSpeeds(stream)) throw new RangeError(`Cannot read speeds of ${stream.name}: its windows keep none`);
  const size_ms = stream.windows!.size_ms;
  if (from_ms % size_ms !== 0 || to_ms % size_ms !== 0)
    throw new RangeError(
      `Cannot read windows from ${from_ms} to ${to_ms}: they begin at multiples of ${size_ms} ms`,
    );
  return new Uint8Array(((to_ms - from_ms) / size_ms) * keys.length).fill(NO_DATA);
}
