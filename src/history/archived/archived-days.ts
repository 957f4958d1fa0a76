/** What is known of archived days, and when retention may take a day's rows: SQL over `archived_days`. */
import type { Stream } from "../../core/stream.ts";
import { days } from "../../core/time.ts";
import type { Sql, TransactionSql } from "../../postgres.ts";
import { textArray } from "../array-text.ts";
import { literal, msSql, plain, timeText } from "../sql-text.ts";

/** One UTC day of a stream in the archive. */
export interface ArchivedDay {
  stream: string;
  /** `2026-11-20`. */
  day: string;
  /** Distinct raw rows of the day in the archive, and how many of them retention has taken from the tables since. */
  rows: number;
  dropped: number;
  bytes: number;
  /** A folder, or `s3://bucket/prefix`. */
  location: string;
  /** Of the manifest, in hex. */
  sha256: string;
  archived_at_ms: number;
  /** Brought back: retention leaves the day alone until then. */
  kept_until_ms: number | null;
}

type Name = Pick<Stream, "name">;
type Asked = Pick<Sql, "unsafe">;

export const dayText = (ms: number): string => timeText(ms).slice(0, 10);
export const dayMs = (day: string): number => Date.parse(`${day}T00:00:00Z`);

const dayOf = "(event_time at time zone 'UTC')::date";
const within = (alias: string, day: string): string =>
  `${alias}.event_time >= ${day}::timestamp at time zone 'UTC' and ${alias}.event_time < (${day} + 1)::timestamp at time zone 'UTC'`;

export async function readArchivedDays(sql: Asked, { name }: Name): Promise<ArchivedDay[]> {
  return [
    ...(await sql.unsafe<ArchivedDay[]>(
      `select stream, day::text as day, rows, dropped, bytes, location, sha256, ${msSql("archived_at")} as archived_at_ms,
        ${msSql("kept_until")} as kept_until_ms
       from archived_days where stream = $1 order by day`,
      [name],
    )),
  ];
}

/** Writes a day that was archived as a whole: none of it is gone. */
export async function noteArchivedDay(sql: Asked, day: ArchivedDay): Promise<void> {
  await sql.unsafe(
    `insert into archived_days as a (stream, day, rows, dropped, bytes, location, sha256, archived_at, kept_until)
     values ($1, $2::text::date, $3::bigint, $4::bigint, $5::bigint, $6, $7, $8::timestamptz, $9::timestamptz)
     on conflict (stream, day) do update set rows = excluded.rows, dropped = excluded.dropped, bytes = excluded.bytes,
       location = excluded.location, sha256 = excluded.sha256, archived_at = excluded.archived_at,
       kept_until = greatest(a.kept_until, excluded.kept_until)`,
    [
      day.stream,
      day.day,
      day.rows,
      day.dropped,
      day.bytes,
      day.location,
      day.sha256,
      timeText(day.archived_at_ms),
      day.kept_until_ms === null ? null : timeText(day.kept_until_ms),
    ],
  );
}

/** Raw rows of a day. */
export async function countDay(sql: Asked, stream: Stream, day: string): Promise<number> {
  const [row] = await sql.unsafe<{ n: number }[]>(
    `select count(*) as n from ${plain(stream.history.table)} r where ${within("r", "$1::text::date")}`,
    [day],
  );
  return row?.n ?? 0;
}

/** May retention take rows of a day: it is not kept by hand, and, where there is an archive, every row of it is in there. */
function mayGo(stream: Stream, day: string, held: boolean): string {
  const mine = `from archived_days a where a.stream = ${literal(stream.name)} and a.day = ${day}`;
  const whole = held
    ? ` and (select count(*) from ${plain(stream.history.table)} r where ${within("r", day)})
        = coalesce((select a.rows - a.dropped ${mine}), 0)`
    : "";
  return `not exists (select 1 ${mine} and a.kept_until > $1::timestamptz)${whole}`;
}

/** Those of some days of which rows must stay. */
export async function daysThatStay(
  tx: Asked,
  stream: Stream,
  some: readonly string[],
  now_ms: number,
  held: boolean,
): Promise<string[]> {
  const rows = await tx.unsafe<{ day: string }[]>(
    `select d.day::text as day from (select d::date as day from unnest($2::text[]) d) d
     where not (${mayGo(stream, "d.day", held)}) order by 1`,
    [timeText(now_ms), textArray(some)],
  );
  return rows.map(({ day }) => day);
}

/** Counts, by day, what is about to go for good: rows of a table that was taken out. */
export async function noteDropped(tx: TransactionSql, stream: Stream, table: string): Promise<void> {
  const [known] = await tx.unsafe("select 1 from archived_days where stream = $1 limit 1", [stream.name]);
  if (known === undefined) return;
  await tx.unsafe(
    `update archived_days a set dropped = a.dropped + d.n
     from (select ${dayOf} as day, count(*) as n from ${plain(table)} group by 1) d where a.stream = $1 and a.day = d.day`,
    [stream.name],
  );
}

/** Deletes a day's rows that are too old from the default partition, and counts them. One statement: one snapshot judges and deletes. */
export async function clearDay(
  tx: TransactionSql,
  stream: Stream,
  day: string,
  { before_ms, now_ms, held }: { before_ms: number; now_ms: number; held: boolean },
): Promise<void> {
  const table = plain(`${stream.history.table}_default`);
  const name = literal(stream.name);
  await tx.unsafe(
    `with gone as (
       delete from ${table} g where ${within("g", "$3::text::date")} and g.event_time < $2::timestamptz
         and ${mayGo(stream, "$3::text::date", held)} returning 1),
     counted as (
       insert into dropped_partitions as d (stream, name, rows) select ${name}, ${literal(table)}, count(*) from gone having count(*) > 0
       on conflict (stream, name) do update set rows = d.rows + excluded.rows)
     update archived_days a set dropped = a.dropped + (select count(*) from gone) where a.stream = ${name} and a.day = $3::text::date`,
    [timeText(now_ms), timeText(before_ms), day],
  );
}

/** Days that rows without a partition are of, before an instant. */
export async function defaultDays(tx: Asked, stream: Stream, before_ms: number): Promise<string[]> {
  const rows = await tx.unsafe<{ day: string }[]>(
    `select distinct ${dayOf}::text as day from ${plain(stream.history.table)}_default where event_time < $1::timestamptz order by 1`,
    [timeText(before_ms)],
  );
  return rows.map(({ day }) => day);
}

/** The UTC days that a span touches. */
export function daysOf(from_ms: number, to_ms: number): string[] {
  const all: string[] = [];
  for (let at = Math.floor(from_ms / days(1)) * days(1); at < to_ms; at += days(1)) all.push(dayText(at));
  return all;
}
