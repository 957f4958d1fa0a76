/**
 * Windows against the raw rows they come from. Comparing reads both in one statement, so in one snapshot. Rebuilding holds the lock
 * that every append shares, a piece at a time: what it writes is what the raw rows say, and live writing goes on in between.
 */
import { limits } from "../../core/limits.ts";
import { pause } from "../../core/pause.ts";
import type { Stream } from "../../core/stream.ts";
import { columnsOf, windowStart, type WindowDeclaration } from "../../core/window.ts";
import type { Sql } from "../../postgres.ts";
import { stopAppendsSql } from "../append-lock.ts";
import type { Repair, RunOptions } from "./batch-store.ts";
import { rawFromMs } from "../retention.ts";
import { floorSql, foldSql, literal, msSql, plain, timeText } from "../sql-text.ts";

/** Between two pieces writers get their turn. */
const TURN_MS = 5;

interface Counts {
  windows: number;
  added: number;
  changed: number;
  removed: number;
}

/** What a piece is asked of: a transaction, or the connection itself. */
type Piece = (from_ms: number, to_ms: number) => Promise<{ counts: Counts; examples: Repair["examples"] }>;

export const compareWindows = (
  sql: Sql,
  stream: Stream,
  range: Range,
  options: RunOptions,
): Promise<Repair> =>
  byPieces(sql, stream, range, limits.compare_piece_ms, options, (from_ms, to_ms) =>
    piece(sql, differencesSql(stream, ""), from_ms, to_ms),
  );

export const rebuildWindows = (
  sql: Sql,
  stream: Stream,
  range: Range,
  options: RunOptions,
): Promise<Repair> =>
  byPieces(sql, stream, range, limits.rebuild_piece_ms, options, async (from_ms, to_ms) => {
    const done = await sql.begin(async (tx) => {
      await tx.unsafe(`set local lock_timeout = ${limits.write_lock_ms_max}`);
      await tx`set local statement_timeout = 0`;
      await tx.unsafe(stopAppendsSql(stream));
      // No partition goes from here on. Of those that went since the rebuild began, windows are all there is.
      await tx.unsafe(`lock table ${plain(stream.history.table)} in access share mode`);
      const size_ms = stream.windows!.size_ms;
      const whole_ms = await wholeFrom(tx, stream, options.now_ms, options.whole ?? false);
      from_ms = Math.max(from_ms, windowStart(whole_ms - 1, size_ms) + size_ms);
      return piece(tx, differencesSql(stream, repairSteps(stream, stream.windows!)), from_ms, to_ms);
    });
    await pause(TURN_MS, options.signal ?? new AbortController().signal);
    return done;
  });

interface Range {
  from_ms: number;
  to_ms: number;
}

async function byPieces(
  sql: Sql,
  stream: Stream,
  range: Range,
  piece_ms: number,
  { now_ms, whole = false, signal, onProgress }: RunOptions,
  one: Piece,
): Promise<Repair> {
  const window = stream.windows;
  const counts: Counts = { windows: 0, added: 0, changed: 0, removed: 0 };
  const examples: { key: string; window_start_ms: number }[] = [];
  if (window === null) return { ...counts, ...range, examples };
  const whole_ms = Math.max(range.from_ms, await wholeFrom(sql, stream, now_ms, whole));
  // Windows that start in the range, each with all its events: also those after the range's end.
  const from_ms = Math.ceil(whole_ms / window.size_ms) * window.size_ms;
  const end_ms = Math.ceil(range.to_ms / window.size_ms) * window.size_ms;
  const step_ms = Math.max(window.size_ms, piece_ms);
  let at_ms = from_ms;
  while (at_ms < end_ms && signal?.aborted !== true) {
    const next_ms = await nextPiece(sql, stream, at_ms, end_ms);
    if (next_ms === null) {
      at_ms = end_ms;
      break;
    }
    at_ms = windowStart(next_ms, window.size_ms);
    const to_ms = Math.min(end_ms, windowStart(at_ms, step_ms) + step_ms);
    const found = await one(Math.max(at_ms, from_ms), to_ms);
    for (const name of ["windows", "added", "changed", "removed"] as const)
      counts[name] += found.counts[name];
    examples.push(...found.examples.slice(0, limits.repair_examples_max - examples.length));
    at_ms = to_ms;
    onProgress?.(at_ms - from_ms, end_ms - from_ms);
  }
  return { ...counts, from_ms, to_ms: Math.max(from_ms, Math.min(at_ms, end_ms)), examples };
}

const DAY_MS = 86_400_000;

/** A day at most before the first raw row or window from an instant on; null where there is none. */
async function nextPiece(sql: Sql, stream: Stream, from_ms: number, to_ms: number): Promise<number | null> {
  const any = async (from: number, to: number): Promise<boolean> =>
    (
      await sql.unsafe(
        `(select 1 from ${plain(stream.history.table)} where event_time >= $1::timestamptz and event_time < $2::timestamptz limit 1)
         union all (select 1 from ${plain(stream.windows!.table)} where window_start >= $1::timestamptz and window_start < $2::timestamptz limit 1)`,
        [timeText(from), timeText(to)],
      )
    ).length > 0;
  if (from_ms >= to_ms) return null;
  if (await any(from_ms, Math.min(to_ms, from_ms + DAY_MS))) return from_ms;
  if (!(await any(from_ms, to_ms))) return null;
  let [low, high] = [from_ms, to_ms];
  while (high - low > DAY_MS) {
    const middle = low + (high - low) / 2;
    if (await any(low, middle)) high = middle;
    else low = middle;
  }
  return Math.floor(low);
}

/** From when on every raw row is kept that ever came. */
async function wholeFrom(
  sql: Pick<Sql, "unsafe">,
  stream: Stream,
  now_ms: number,
  known: boolean,
): Promise<number> {
  const names = (
    await sql.unsafe<{ name: string }[]>(
      "select name from dropped_partitions where stream = $1 and (rows is null or rows > 0)",
      [stream.name],
    )
  ).map(({ name }) => name);
  const ends = names.map((name) => endOf(stream.history.table, name));
  const [floor] = await sql.unsafe<{ floor_ms: number | null }[]>(
    `select case when isfinite(x.f) then ${msSql("x.f")} end as floor_ms from (select ${floorSql(stream)}::timestamptz as f) x`,
  );
  const from_ms = Math.max(limits.event_time_min_ms, floor?.floor_ms ?? -Infinity);
  return known ? from_ms : Math.max(from_ms, rawFromMs(stream, now_ms), ...ends);
}

/** Where a dropped partition ended, by its name: a month, a day, or three hours. −Infinity for the default one. */
function endOf(table: string, name: string): number {
  const [, kind, digits] = new RegExp(`^${table}_([mdh])(\\d+)$`).exec(name) ?? [];
  if (kind === undefined || digits === undefined) return -Infinity;
  const at = (from: number, to: number): number => Number(digits.slice(from, to));
  const [year, month] = [at(0, 4), at(4, 6)];
  if (kind === "m") return Date.UTC(year, month, 1);
  const day_ms = Date.UTC(year, month - 1, at(6, 8));
  return kind === "d" ? day_ms + DAY_MS : day_ms + (at(8, 10) + 3) * 3_600_000;
}

async function piece(
  ask: Pick<Sql, "unsafe">,
  text: string,
  from_ms: number,
  to_ms: number,
): Promise<Awaited<ReturnType<Piece>>> {
  const [row] = await ask.unsafe<(Counts & { examples: string | null })[]>(text, [
    timeText(from_ms),
    timeText(to_ms),
  ]);
  const { examples, ...counts } = row!;
  return {
    counts,
    examples: examples === null ? [] : (JSON.parse(examples) as Repair["examples"]),
  };
}

/** $1 and $2 bound the windows' starts; `also` are further steps that see `differ`. */
function differencesSql(stream: Stream, also: string): string {
  const window = stream.windows!;
  const columns = columnsOf(window).map((c) => c.column);
  const key = plain(stream.key);
  const within = (column: string): string => `${column} >= $1::timestamptz and ${column} < $2::timestamptz`;
  const of = (alias: string): string => columns.map((c) => `${alias}.${c}`).join(", ");
  return `with fresh (key, window_start, ${columns.join(", ")}) as (
  ${foldSql(stream, window, `${plain(stream.history.table)} where ${within("event_time")}`)}),
kept as (select w.${key} as key, w.window_start, ${of("w")} from ${plain(window.table)} w where ${within("w.window_start")}),
differ as (
  select coalesce(f.key, k.key) as key, coalesce(f.window_start, k.window_start) as window_start, ${of("f")},
    case when k.key is null then 'added' when f.key is null then 'removed' else 'changed' end as what
  from fresh f full join kept k on k.key = f.key and k.window_start = f.window_start
  where k.key is null or f.key is null or (${of("f")}) is distinct from (${of("k")}))${also}
select (select count(*) from fresh)::int as windows,
  (select count(*) from differ where what = 'added')::int as added,
  (select count(*) from differ where what = 'changed')::int as changed,
  (select count(*) from differ where what = 'removed')::int as removed,
  (select json_agg(json_build_object('key', key, 'window_start_ms', ${msSql("window_start")})) from
    (select key, window_start from differ order by window_start, key limit ${limits.repair_examples_max}) x)::text as examples`;
}

function repairSteps(stream: Stream, window: WindowDeclaration): string {
  const columns = columnsOf(window).map((c) => c.column);
  const table = plain(window.table);
  const key = plain(stream.key);
  return `,
gone as (delete from ${table} w using differ d where d.what = 'removed' and w.${key} = d.key and w.window_start = d.window_start),
put as (
  insert into ${table} as w (${key}, window_start, ${columns.join(", ")})
  select key, window_start, ${columns.join(", ")} from differ where what <> 'removed'
  on conflict (${key}, window_start) do update set ${columns.map((c) => `${c} = excluded.${c}`).join(", ")}),
dirtied as (
  insert into dirty_windows (stream, window_start, key)
  select ${literal(stream.name)}, window_start, key from differ
  where window_start < (select max(claimed) from frontiers where stream = ${literal(stream.name)})
  on conflict do nothing)`;
}
