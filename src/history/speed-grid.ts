/** Windows of all roads as bytes: one row per window of a range, one byte per road (`core/speed-percent.ts`). */
import { NO_DATA, PERCENT_MAX, speedPercent } from "../core/speed-percent.ts";
import type { Stream } from "../core/stream.ts";
import type { KeptWindow } from "../core/window.ts";
import { textArray } from "./array-text.ts";
import type { Reader } from "./reader.ts";
import { floorSql, timeText } from "./sql-text.ts";

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
 * One value comes back: four bytes per window, `place in the grid × 256 + percent`. A million small rows would cost the driver
 * seconds. Keys are grouped, though they are distinct already: only so does the planner know it, and joins by hash.
 */
export async function readSpeedGrid(reader: Reader, stream: Stream, query: GridQuery): Promise<Grid> {
  const { from_ms, to_ms, keys } = query;
  const window = stream.windows!;
  const grid = emptyGrid(stream, query);
  const step = `(date_part('epoch', w.window_start - $1::timestamptz) / ${window.size_ms / 1_000})::int`;
  const [row] = await reader.rows<{ cells: Uint8Array | null }>(
    "read a range as bytes",
    `select string_agg(int4send((${step} * ${keys.length} + k.place) * 256 + ${PERCENT_SQL}), ''::bytea) as cells
    from ${window.table} w
    left join (select key collate "C" as key, (min(place) - 1)::int as place from unnest($3::text[]) with ordinality as a (key, place)
      group by 1) k on k.key = w.${stream.key}
    where w.window_start >= $1::timestamptz and w.window_start < $2::timestamptz and w.window_start >= ${floorSql(stream)}`,
    [timeText(from_ms), timeText(to_ms), textArray(keys)],
  );
  const cells = row?.cells ?? null;
  if (cells === null) return grid;
  const view = new DataView(cells.buffer, cells.byteOffset, cells.byteLength);
  for (let at = 0; at < cells.byteLength; at += 4) {
    const cell = view.getInt32(at);
    grid[cell >> 8] = cell & 255;
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
