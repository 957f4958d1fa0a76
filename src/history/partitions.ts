/**
 * Partitions of a raw table by UTC day of event time, or by three hours where little is kept, made ahead and dropped whole.
 * Long imports get months, which may stand beside days but never over them.
 */
import type { Stream } from "../core/stream.ts";
import { days } from "../core/time.ts";
import type { Sql } from "../postgres.ts";
import { clearDay, daysOf, daysThatStay, defaultDays, noteDropped } from "./archived/archived-days.ts";
import { rawFromMs, spanMs } from "./retention.ts";
import { msSql, timeText } from "./sql-text.ts";

interface Span {
  from_ms: number;
  to_ms: number;
}

interface Partition extends Span {
  name: string;
}

const DAY_MS = days(1);
/** From here on a range is an import, and is cut into months. */
const MONTHS_FROM_MS = days(31);
/** How long a change waits behind a long reader, holding up all others; then it is tried again later. */
const LOCK_MS_MAX = 3_000;
/** While late rows are kept out of what goes: less than the server takes to call it a deadlock with one that writes them. */
const HELD_LOCK_MS_MAX = 500;

/** Makes what is missing, each in a short transaction of its own. @returns their names. */
export async function makePartitions(
  sql: Sql,
  stream: Stream,
  from_ms: number,
  to_ms: number,
): Promise<string[]> {
  const there = await partitionsOf(sql, stream);
  const made: string[] = [];
  for (const span of missing(there, from_ms, to_ms, spanMs(stream))) {
    const name = await makePartition(sql, stream, span);
    if (name !== null) made.push(name);
  }
  return made;
}

/** The spans of a range that no partition covers yet. */
export function missing(there: readonly Span[], from_ms: number, to_ms: number, span_ms: number): Span[] {
  const overlaps = (span: Span): boolean =>
    there.some((p) => p.from_ms < span.to_ms && span.from_ms < p.to_ms);
  const spans: Span[] = [];
  const by_month = to_ms - from_ms > MONTHS_FROM_MS;
  for (let at = Math.floor(from_ms / span_ms) * span_ms; at < to_ms;) {
    const month = monthFrom(at);
    const short = { from_ms: at, to_ms: at + span_ms };
    const span = by_month && month !== null && month.to_ms <= to_ms && !overlaps(month) ? month : short;
    if (!overlaps(span)) spans.push(span);
    at = span.to_ms;
  }
  return spans;
}

/** The month that begins at an instant, or null when none does. */
function monthFrom(ms: number): Span | null {
  const date = new Date(ms);
  if (date.getUTCDate() !== 1) return null;
  return { from_ms: ms, to_ms: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) };
}

/** `traffic_data_d20261121`, `traffic_data_h2026112106` of three hours, `traffic_data_m202611` of a month. */
export function nameOf(table: string, { from_ms, to_ms }: Span): string {
  const digits = timeText(from_ms).slice(0, 13).replaceAll(/[-T]/g, "");
  const length_ms = to_ms - from_ms;
  if (length_ms > DAY_MS) return `${table}_m${digits.slice(0, 6)}`;
  return length_ms < DAY_MS ? `${table}_h${digits}` : `${table}_d${digits.slice(0, 8)}`;
}

/** Rows that came before their partition wait in the default one: they are moved into it in the same transaction. */
async function makePartition(sql: Sql, stream: Stream, span: Span): Promise<string | null> {
  const table = stream.history.table;
  const name = nameOf(table, span);
  const [from, to] = [timeText(span.from_ms), timeText(span.to_ms)];
  return sql.begin(async (tx) => {
    await tx.unsafe(`set local lock_timeout = ${LOCK_MS_MAX}`);
    // Two processes at once: the second finds it made.
    await tx`select pg_advisory_xact_lock(hashtextextended(${`arterial partitions ${table}`}, 0))`;
    const [taken] = await tx`select 1 from pg_catalog.pg_class c where c.oid = to_regclass(${name})`;
    if (taken !== undefined) return null;
    await tx.unsafe(`lock table ${table} in share row exclusive mode`);
    await tx.unsafe(`create table ${name} (like ${table} including defaults including constraints)`);
    await tx.unsafe(
      `with moved as (delete from ${table}_default where event_time >= '${from}' and event_time < '${to}' returning *)
       insert into ${name} select * from moved`,
    );
    await tx.unsafe(`alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}')`);
    return name;
  });
}

/**
 * Drops the partitions whose spans are over: with two days of retention, today and yesterday stay. Each is counted
 * after it was taken out, so that the audit adds up and nobody waits for the count.
 *
 * @param held There is an archive: what is not in it stays.
 * @returns Their names, and from when on there may be raw rows.
 */
export async function dropPartitions(
  sql: Sql,
  stream: Stream,
  now_ms: number,
  held = false,
): Promise<{ dropped: string[]; raw_from_ms: number }> {
  const dropped: string[] = await bury(sql, stream);
  const keep_from_ms = rawFromMs(stream, now_ms);
  if (keep_from_ms === -Infinity) return { dropped, raw_from_ms: -Infinity };
  let raw_from_ms = keep_from_ms;
  for (const partition of await partitionsOf(sql, stream)) {
    if (partition.to_ms > keep_from_ms) {
      // A long one that is not over as a whole.
      raw_from_ms = Math.min(raw_from_ms, partition.from_ms);
      continue;
    }
    if (!(await takeOut(sql, stream, partition, now_ms, held))) {
      raw_from_ms = Math.min(raw_from_ms, partition.from_ms);
      continue;
    }
    dropped.push(...(await bury(sql, stream)));
  }
  await clearDefault(sql, stream, keep_from_ms, now_ms, held);
  return { dropped, raw_from_ms };
}

/** @returns false where some of its rows must stay. */
const takeOut = (
  sql: Sql,
  stream: Stream,
  { name, from_ms, to_ms }: Partition,
  now_ms: number,
  held: boolean,
): Promise<boolean> =>
  sql.begin(async (tx) => {
    await tx.unsafe(`set local lock_timeout = ${held ? HELD_LOCK_MS_MAX : LOCK_MS_MAX}`);
    if (held) await tx`set local statement_timeout = 0`;
    // A backup reads its snapshot through the parent: what is taken out meanwhile would be missing. Next time then.
    const [free] = await tx<{ yes: boolean }[]>`
      select pg_try_advisory_xact_lock(hashtextextended(${`arterial partitions ${stream.history.table}`}, 0)) as yes`;
    if (free?.yes !== true) return false;
    // Nothing comes in between the count and the end.
    if (held) await tx.unsafe(`lock table ${name} in share mode`);
    if ((await daysThatStay(tx, stream, daysOf(from_ms, to_ms), now_ms, held)).length > 0) return false;
    await tx.unsafe(`alter table ${stream.history.table} detach partition ${name}`);
    await tx`insert into dropped_partitions (stream, name, rows) values (${stream.name}, ${name}, null)
      on conflict (stream, name) do nothing`;
    await tx.unsafe(`alter table ${name} rename to ${name}_out`);
    return true;
  });

/** Counts and drops what was taken out, also by a process that ended in between. */
async function bury(sql: Sql, stream: Stream): Promise<string[]> {
  const names: string[] = [];
  const out = await sql<{ name: string }[]>`select d.name from dropped_partitions d
    where d.stream = ${stream.name} and to_regclass(d.name || '_out') is not null order by d.name`;
  for (const { name } of out) {
    await sql.begin(async (tx) => {
      await tx`set local statement_timeout = 0`;
      await tx.unsafe(`lock table ${name}_out in access exclusive mode`);
      await tx`update dropped_partitions set rows = coalesce(rows, 0) + (select count(*) from ${tx(`${name}_out`)})
        where stream = ${stream.name} and name = ${name}`;
      await noteDropped(tx, stream, `${name}_out`);
      await tx.unsafe(`drop table ${name}_out`);
    });
    names.push(name);
  }
  return names;
}

/** Old rows that never had a partition go as well; what went is counted under the default partition's name. */
const clearDefault = (
  sql: Sql,
  stream: Stream,
  before_ms: number,
  now_ms: number,
  held: boolean,
): Promise<unknown> =>
  sql.begin(async (tx) => {
    await tx`set local statement_timeout = 0`;
    for (const day of await defaultDays(tx, stream, before_ms))
      await clearDay(tx, stream, day, { before_ms, now_ms, held });
  });

/** Partitions with bounds, oldest first; without the default one. */
export async function partitionsOf(sql: Sql, stream: Stream): Promise<Partition[]> {
  // The bounds are texts in the session's zone, and are read in it again.
  return [
    ...(await sql.unsafe<Partition[]>(
      `select name, ${msSql("lower")} as from_ms, ${msSql("upper")} as to_ms from (
        select c.relname as name, substring(b from $$FROM \\('([^']+)'\\)$$)::timestamptz as lower, substring(b from $$TO \\('([^']+)'\\)$$)::timestamptz as upper
        from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid,
          lateral pg_catalog.pg_get_expr(c.relpartbound, c.oid) as b
        where i.inhparent = to_regclass($1) and b like 'FOR VALUES FROM %') x
      order by lower`,
      [stream.history.table],
    )),
  ];
}
