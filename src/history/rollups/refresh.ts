/**
 * Moves the frontiers of a stream's views and redoes what is dirty. Why nothing is missed and nothing counted twice:
 *
 * 1. First it says how far it will come (`claimed`), and takes on the dirty windows, while it holds the lock that every
 *    append shares: what was written before is seen by all that follows; what is written later finds the claim, and notes its windows.
 * 2. Then each day is folded and swapped in a transaction of one snapshot. What came after that snapshot is dirty by 1.
 * 3. A dirty window goes in the transaction that has redone it.
 */
import { HistoryUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { rollupColumns, slotEnd, slotFrom, slotStart, type RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { days, hours } from "../../core/time.ts";
import { windowStart } from "../../core/window.ts";
import { sqlState, type Sql } from "../../postgres.ts";
import { stopAppendsSql } from "../append-lock.ts";
import { textArray } from "../array-text.ts";
import type { Refreshed, RunOptions } from "./batch-store.ts";
import { readViews } from "./facts.ts";
import { definitionOf, foldRowsSql, foldWindowsSql, headOf, sourceOf } from "./sql.ts";
import { SqlParameters } from "../sql-parameters.ts";
import { msSql, plain, timeText } from "../sql-text.ts";

/** A partition that is silent for longer no longer holds the frontier up: what it still brings makes its windows dirty. */
const SILENT_MS = hours(1);

const SWAPS_MAX = 3;

interface Claim {
  claimed_ms: number;
  /** Of each view; −Infinity for one that begins anew. */
  frontiers: Map<string, number>;
  anew: string[];
  /** There are more dirty windows than it took on. */
  more: boolean;
}

/** @param sql One connection: the lock is its session's. */
export async function refreshRollups(
  sql: Sql,
  stream: Stream,
  zone: string,
  options: RunOptions,
): Promise<Refreshed> {
  const none: Refreshed = { rows: 0, redone: 0, frontiers: {}, anew: [], busy: false };
  if (stream.windows === null || stream.rollups.length === 0) return none;
  const [lock] = await sql.unsafe<{ mine: boolean; session: number }[]>(
    "select pg_try_advisory_lock(hashtextextended('arterial batch views ' || $1, 0)) as mine, pg_backend_pid() as session",
    [stream.name],
  );
  if (lock?.mine !== true) return { ...none, busy: true };
  const work: Work = { sql, stream, zone, session: lock.session };
  try {
    let [rows, redone] = [0, 0];
    const anew: string[] = [];
    for (let more = true; more && !isStopped(options);) {
      const claim = await claimAll(work, options);
      if (claim !== null) rows += await moveFrontiers(work, claim, options);
      if (!isStopped(options)) redone += await redo(work, options);
      anew.push(...(claim?.anew ?? []));
      more = claim?.more ?? false;
    }
    const views = await readViews(sql, stream);
    return {
      rows,
      redone,
      frontiers: Object.fromEntries(views.map(({ view, frontier_ms }) => [view, frontier_ms])),
      anew,
      busy: false,
    };
  } finally {
    await sql.unsafe("select pg_advisory_unlock(hashtextextended('arterial batch views ' || $1, 0))", [
      stream.name,
    ]);
  }
}

const isStopped = ({ signal }: RunOptions): boolean => signal?.aborted === true;

interface Work {
  sql: Sql;
  stream: Stream;
  zone: string;
  /** The session that holds the lock. */
  session: number;
}

/** With its connection the lock is gone, and another may be at it. */
async function assertSession(tx: Pick<Sql, "unsafe">, session: number): Promise<void> {
  const [now] = await tx.unsafe<{ session: number }[]>("select pg_backend_pid() as session");
  if (now!.session !== session)
    throw new HistoryUnavailableError("Cannot go on with batch views: the connection was lost");
}

/** @returns Null before the first event. */
async function claimAll({ sql, stream, zone, session }: Work, { now_ms }: RunOptions): Promise<Claim | null> {
  return sql.begin(async (tx): Promise<Claim | null> => {
    await tx.unsafe(`set local lock_timeout = ${limits.write_lock_ms_max}`);
    await assertSession(tx, session);
    await tx.unsafe(stopAppendsSql(stream));
    const [mark] = await tx.unsafe<{ least_ms: number | null; most_ms: number | null }[]>(
      `select ${msSql("min(watermark)")} as least_ms, ${msSql("max(watermark)")} as most_ms from offsets where stream = $1`,
      [stream.name],
    );
    const least_ms = mark?.least_ms ?? null;
    const most_ms = mark?.most_ms ?? null;
    if (least_ms === null || most_ms === null) return null;
    const final_ms = Math.min(now_ms, Math.max(least_ms, most_ms - SILENT_MS)) - stream.lateness_ms;
    const claim: Claim = {
      claimed_ms: windowStart(final_ms, stream.windows!.size_ms),
      frontiers: new Map(),
      anew: [],
      more: false,
    };
    const rows = await readViews(tx, stream);
    const views = new Map(rows.map((row) => [row.view, row]));
    // A view that is made of another must not stand behind it within a slot.
    for (const { frontier_ms } of rows)
      claim.claimed_ms = Math.max(claim.claimed_ms, frontier_ms ?? -Infinity);
    for (const rollup of stream.rollups) {
      const definition = definitionOf(stream, rollup, zone);
      const row = views.get(rollup.name);
      const begins = row === undefined || row.definition !== definition;
      if (row !== undefined && begins) claim.anew.push(rollup.name);
      claim.frontiers.set(rollup.name, begins ? -Infinity : (row.frontier_ms ?? -Infinity));
      await tx.unsafe(
        `insert into frontiers as f (stream, view, frontier, claimed, definition)
         values ($1, $2, '-infinity', $3::timestamptz, $4)
         on conflict (stream, view) do update set claimed = greatest(f.claimed, excluded.claimed), definition = excluded.definition,
           frontier = case when f.definition = excluded.definition then f.frontier else '-infinity' end`,
        [stream.name, rollup.name, timeText(claim.claimed_ms), definition],
      );
    }
    // One statement, one snapshot: what an audit notes meanwhile stays. And no more than writers can wait for.
    const [taken] = await tx.unsafe<{ n: number }[]>(
      `with taken as (
         delete from dirty_windows where ctid = any(array(
           select ctid from dirty_windows where stream = $1 and not redoing order by window_start limit ${limits.dirty_windows_taken_max}))
         returning stream, window_start, key),
       noted as (
         insert into dirty_windows (stream, window_start, key, redoing)
         select stream, window_start, key, true from taken on conflict do nothing)
       select count(*)::int as n from taken`,
      [stream.name],
    );
    claim.more = taken!.n === limits.dirty_windows_taken_max;
    return claim;
  });
}

/** Day by day, all views of a day together. @returns Rows written. */
async function moveFrontiers(
  work: Work,
  { claimed_ms, frontiers }: Claim,
  { signal, onProgress }: RunOptions,
): Promise<number> {
  const { sql, stream, zone } = work;
  // Other views of the stream, as episodes, have frontiers of their own.
  const views = textArray([...frontiers.keys()]);
  const least_ms = Math.min(...frontiers.values());
  if (least_ms >= claimed_ms) return 0;
  const first_ms = least_ms === -Infinity ? await firstWindow(work, claimed_ms) : least_ms;
  let rows = 0;
  for (let at_ms = first_ms; at_ms < claimed_ms && signal?.aborted !== true;) {
    const there_ms = await emptyUntil(sql, stream, at_ms, claimed_ms);
    const to_ms = Math.min(claimed_ms, slotEnd(slotStart(there_ms, "1d", zone), "1d", zone));
    const behind = stream.rollups.filter(({ name }) => frontiers.get(name)! < to_ms);
    rows += await swap(work, behind, { from_ms: there_ms, to_ms }, async (tx) => {
      await tx.unsafe(
        "update frontiers set frontier = $2::timestamptz where stream = $1 and view = any($3::text[]) and frontier < $2::timestamptz",
        [stream.name, timeText(to_ms), views],
      );
    });
    at_ms = to_ms;
    onProgress?.(at_ms - first_ms, claimed_ms - first_ms);
  }
  if (first_ms >= claimed_ms)
    await sql.unsafe("update frontiers set frontier = claimed where stream = $1 and view = any($2::text[])", [
      stream.name,
      views,
    ]);
  return rows;
}

async function firstWindow({ sql, stream }: Work, claimed_ms: number): Promise<number> {
  const [first] = await sql.unsafe<{ first_ms: number | null }[]>(
    `select ${msSql("min(window_start)")} as first_ms from ${plain(stream.windows!.table)}`,
  );
  return Math.min(claimed_ms, first?.first_ms ?? claimed_ms);
}

/** Years without an event are passed a month at a time. */
async function emptyUntil(sql: Sql, stream: Stream, from_ms: number, to_ms: number): Promise<number> {
  let at_ms = from_ms;
  while (at_ms < to_ms) {
    const next_ms = Math.min(to_ms, at_ms + days(32));
    const there = await sql.unsafe(
      `select 1 from ${plain(stream.windows!.table)} where window_start >= $1::timestamptz and window_start < $2::timestamptz limit 1`,
      [timeText(at_ms), timeText(next_ms)],
    );
    if (there.length > 0) return at_ms;
    at_ms = next_ms;
  }
  return to_ms;
}

/** Days that hold windows which this run has taken on, each with their keys; all views of the stream together. */
async function redo(work: Work, { signal }: RunOptions): Promise<number> {
  const { sql, stream, zone } = work;
  let redone = 0;
  while (signal?.aborted !== true) {
    const [first] = await sql.unsafe<{ start_ms: number | null }[]>(
      `select ${msSql("min(window_start)")} as start_ms from dirty_windows where stream = $1 and redoing`,
      [stream.name],
    );
    const start_ms = first?.start_ms ?? null;
    if (start_ms === null) return redone;
    const from_ms = slotStart(start_ms, "1d", zone);
    const to_ms = slotEnd(from_ms, "1d", zone);
    const range = [stream.name, timeText(from_ms), timeText(to_ms)];
    const within =
      "stream = $1 and redoing and window_start >= $2::timestamptz and window_start < $3::timestamptz";
    const keys = (
      await sql.unsafe<{ key: string }[]>(`select distinct key from dirty_windows where ${within}`, range)
    ).map(({ key }) => key);
    await swap(work, stream.rollups, { from_ms, to_ms, keys }, async (tx) => {
      redone += (await tx.unsafe(`delete from dirty_windows where ${within} returning 1`, range)).length;
    });
  }
  return redone;
}

interface Swap {
  from_ms: number;
  to_ms: number;
  /** Of all where it is missing; views of all keys together are always made whole. */
  keys?: readonly string[];
}

/** Folds and swaps a range of views, up to the frontier of each or what the range says, in one snapshot. @returns Rows written. */
async function swap(
  work: Work,
  rollups: readonly RollupDeclaration[],
  range: Swap,
  also: (tx: Pick<Sql, "unsafe">) => Promise<void>,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await swapOnce(work, rollups, range, also);
    } catch (error) {
      // Retention took dirty windows that this snapshot still had: the next one does not.
      if (sqlState(error) !== "40001" || attempt === SWAPS_MAX) throw error;
    }
  }
}

async function swapOnce(
  { sql, stream, zone, session }: Work,
  rollups: readonly RollupDeclaration[],
  range: Swap,
  also: (tx: Pick<Sql, "unsafe">) => Promise<void>,
): Promise<number> {
  let rows = 0;
  await sql.begin("isolation level repeatable read", async (tx) => {
    await tx`set local statement_timeout = 0`;
    await assertSession(tx, session);
    const [state] = await tx.unsafe<{ floor_ms: number | null }[]>(
      `select (select ${msSql("floor")} from window_floors where stream = $1) as floor_ms`,
      [stream.name],
    );
    const views = new Map(
      (await readViews(tx, stream)).map((row) => [row.view, row.frontier_ms ?? -Infinity]),
    );
    const { floor_ms } = state!;
    for (const rollup of rollups) {
      // The slot in which the range begins is made whole: a frontier may stand within it.
      const start_ms = slotStart(range.from_ms, rollup.step, zone);
      // Of windows that retention took, the rows stay as they were made.
      const kept = floor_ms === null || rollup.from !== undefined;
      const from_ms = kept ? start_ms : Math.max(start_ms, slotFrom(floor_ms, rollup.step, zone));
      const to_ms =
        range.keys === undefined ? range.to_ms : Math.min(range.to_ms, views.get(rollup.name) ?? -Infinity);
      if (from_ms < to_ms) rows += await swapOne(tx, stream, zone, rollup, { ...range, from_ms, to_ms });
    }
    await also(tx);
  });
  return rows;
}

async function swapOne(
  tx: Pick<Sql, "unsafe">,
  stream: Stream,
  zone: string,
  rollup: RollupDeclaration,
  { from_ms, to_ms, keys }: Swap,
): Promise<number> {
  const columns = rollupColumns(stream.windows!, rollup);
  const parameters = new SqlParameters();
  const of_keys =
    keys === undefined || rollup.by === "all"
      ? ""
      : ` and r.${stream.key} = any(${parameters.add(textArray(keys), "text[]")})`;
  const where = `r.window_start >= ${parameters.time(from_ms)} and r.window_start < ${parameters.time(to_ms)}${of_keys}`;
  await tx.unsafe(`delete from ${plain(rollup.table)} r where ${where}`, parameters.values);
  const source = sourceOf(stream, rollup);
  const rows =
    source === null
      ? foldWindowsSql(stream, rollup, zone, columns, where)
      : foldRowsSql(
          stream,
          rollup,
          zone,
          columns,
          `(select * from ${plain(source.table)} r where ${where}) r`,
        );
  const names = [...headOf(stream, rollup), ...columns.map((c) => c.column)];
  const { count } = await tx.unsafe(
    `insert into ${plain(rollup.table)} (${names.join(", ")}) ${rows}`,
    parameters.values,
  );
  return count;
}
