/**
 * Windows that are too old go, an hour at a time, so that nobody waits for a long delete. First the floor is raised, for
 * good: from then on nothing below it is read, and no event makes a window there; what a batch that had begun before leaves
 * there goes in the next round. It never rises above what is rolled up. Why: docs/adr/0014-windows-that-go.md.
 */
import { limits } from "../core/limits.ts";
import { slotStart } from "../core/rollup.ts";
import type { Stream } from "../core/stream.ts";
import { hours } from "../core/time.ts";
import type { Sql } from "../postgres.ts";
import { windowFloorMs } from "./retention.ts";
import { readViews } from "./rollups/facts.ts";
import { floorSql, msSql, plain, timeText } from "./sql-text.ts";

/**
 * Hours of windows at most in one round; the rest go in the next.
 *
 * @param raw_from_ms No raw row is older.
 */
export async function dropWindows(
  sql: Sql,
  stream: Stream,
  now_ms: number,
  raw_from_ms: number,
  hours_max: number = limits.window_hours_dropped_max,
): Promise<void> {
  const window = stream.windows;
  if (window === null || (window.retention_ms ?? null) === null) return;
  const [newest] = await sql.unsafe<{ newest_ms: number | null }[]>(
    `select ${msSql("max(watermark)")} as newest_ms from offsets where stream = $1`,
    [stream.name],
  );
  const old_ms = windowFloorMs(window, { now_ms, newest_ms: newest?.newest_ms ?? null, raw_from_ms });
  const floor_ms = await rolledUp(sql, stream, old_ms);
  if (floor_ms > -Infinity) {
    await sql`insert into window_floors as f (stream, floor) values (${stream.name}, ${timeText(floor_ms)}::timestamptz)
      on conflict (stream) do update set floor = excluded.floor where f.floor < excluded.floor`;
    await sql.unsafe(`delete from dirty_windows where stream = $1 and window_start < ${floorSql(stream)}`, [
      stream.name,
    ]);
  }
  const table = plain(window.table);
  for (let i = 0; i < hours_max; i++) {
    const [oldest] = await sql.unsafe<{ start_ms: number | null }[]>(
      `select ${msSql("min(window_start)")} as start_ms from ${table} where window_start < ${floorSql(stream)}`,
    );
    const start_ms = oldest?.start_ms ?? null;
    if (start_ms === null) return;
    await sql.unsafe(
      `delete from ${table} where window_start < least($1::timestamptz, ${floorSql(stream)})`,
      [timeText((Math.floor(start_ms / hours(1)) + 1) * hours(1))],
    );
  }
}

/**
 * The floor, no higher than the windows are in every batch view that is made of them, as they stand. An hour of the city's zone goes as a
 * whole, so that none is ever folded from a part of its windows.
 */
async function rolledUp(sql: Sql, stream: Stream, floor_ms: number): Promise<number> {
  if (stream.rollups.length === 0 || floor_ms === -Infinity) return floor_ms;
  const views = await readViews(sql, stream);
  const [state] = await sql.unsafe<{ first_ms: number | null; zone: string }[]>(
    `select (select ${msSql("min(window_start)")} from dirty_windows where stream = $1 and window_start >= ${floorSql(stream)}) as first_ms,
      zone from installation`,
    [stream.name],
  );
  const least_ms = Math.min(
    floor_ms,
    state!.first_ms ?? Infinity,
    ...stream.rollups.map(({ name }) => views.find(({ view }) => view === name)?.frontier_ms ?? -Infinity),
  );
  return least_ms === -Infinity ? least_ms : slotStart(least_ms, "1h", state!.zone);
}
