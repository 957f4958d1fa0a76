/** How far a stream's views are, and what is dirty below: read in the snapshot in which the rows are read. */
import { limits } from "../../core/limits.ts";
import { slotStart, type RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import type { Sql } from "../../postgres.ts";
import { definitionOf, type RollupFacts } from "./sql.ts";
import { msSql, timeText } from "../sql-text.ts";

/** What every statement of a snapshot is asked with. */
export type Ask = Pick<Sql, "unsafe">;

export interface ViewRow {
  view: string;
  frontier_ms: number | null;
  definition: string;
}

/** Ms since the epoch; null for an infinite one. */
const finiteMs = (column: string): string => `case when isfinite(${column}) then ${msSql(column)} end`;

export const readViews = async (ask: Ask, stream: Stream): Promise<readonly ViewRow[]> => [
  ...(await ask.unsafe<ViewRow[]>(
    `select view, ${finiteMs("frontier")} as frontier_ms, definition from frontiers where stream = $1`,
    [stream.name],
  )),
];

/** With more dirty windows than are told one by one, all from the first of them on are read from windows. */
export async function readFacts(
  ask: Ask,
  stream: Stream,
  zone: string,
  range: { from_ms: number; to_ms: number },
): Promise<RollupFacts> {
  const views = new Map((await readViews(ask, stream)).map((row) => [row.view, row]));
  const frontiers = new Map(
    stream.rollups.map((rollup): [string, number] => [rollup.name, frontierOf(views, stream, rollup, zone)]),
  );
  const last_ms = Math.min(range.to_ms, Math.max(-Infinity, ...frontiers.values()));
  if (last_ms <= range.from_ms) return { zone, frontiers, dirty: [] };
  const within = [stream.name, timeText(range.from_ms), timeText(last_ms)];
  const dirty = await ask.unsafe<{ key: string; window_start_ms: number }[]>(
    `select key, ${msSql("window_start")} as window_start_ms from dirty_windows
     where stream = $1 and window_start >= $2::timestamptz and window_start < $3::timestamptz
     limit ${limits.dirty_windows_told_max + 1}`,
    within,
  );
  if (dirty.length <= limits.dirty_windows_told_max) return { zone, frontiers, dirty: [...dirty] };
  const [first] = await ask.unsafe<{ first_ms: number }[]>(
    `select ${msSql("min(window_start)")} as first_ms from dirty_windows
     where stream = $1 and window_start >= $2::timestamptz and window_start < $3::timestamptz`,
    within,
  );
  const lowered = stream.rollups.map((rollup): [string, number] => [
    rollup.name,
    Math.min(frontiers.get(rollup.name)!, slotStart(first!.first_ms, rollup.step, zone)),
  ]);
  return { zone, frontiers: new Map(lowered), dirty: [] };
}

function frontierOf(
  views: ReadonlyMap<string, ViewRow>,
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
): number {
  const row = views.get(rollup.name);
  return row === undefined || row.definition !== definitionOf(stream, rollup, zone)
    ? -Infinity
    : (row.frontier_ms ?? -Infinity);
}
