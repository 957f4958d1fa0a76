/**
 * SQL made from a stream's declaration. Names come from the declaration alone, which is code; every value is a parameter.
 * No `now()`: what time it is, is passed in.
 *
 * There are two ways for rows. *Direct*: COPY into the raw table itself, at half the cost, which fails as a whole if
 * one row is there already. *Staged*: COPY into a temporary table, then `insert … on conflict do nothing`: always right.
 */
import type { Stream } from "../core/stream.ts";
import { columnsOf, type WindowDeclaration } from "../core/window.ts";
import { deadLetterSteps } from "./dead-letter-sql.ts";
import { floorSql, foldSql, instantSql, literal, plain } from "./sql-text.ts";
import { rawColumns, stagingTable } from "./table.ts";

export interface AppendStatements {
  createStaging: string;
  copyStaged: string;
  /** Parameters as `parameters.ts` has them. One row: `AppendCounts`. */
  appendStaged: string;
  copyDirect: string;
  appendDirect: string;
  /** Which of the identities $1 keys, $2 event times (ms), $3 ids are stored: their places, from 1. */
  probe: string;
}

export function appendStatements(stream: Stream): AppendStatements {
  const columns = rawColumns(stream);
  const names = columns.map(({ name }) => plain(name)).join(", ");
  const staged = plain(stagingTable(stream));
  const table = plain(stream.history.table);
  const types = columns
    .map((c) => `${c.name} ${c.type}${c.type === "text" ? ` collate "C"` : ""}`)
    .join(", ");
  return {
    createStaging: `create temp table if not exists ${staged} (${types}) on commit delete rows`,
    copyStaged: `copy ${staged} (${names}) from stdin with (format binary)`,
    appendStaged: withLedger(stream, [
      `inserted as (
  insert into ${table} (${names}) select ${names} from ${staged}
  on conflict do nothing
  returning ${insertedNames(stream).join(", ")}, log_partition, log_offset, backfill)`,
      `came as (select log_partition as partition, count(*) as n from ${staged} group by 1)`,
      storedFromInserted(stream),
      ...(stream.windows === null
        ? []
        : windowSteps(stream, stream.windows, foldSql(stream, stream.windows, "inserted"))),
    ]),
    copyDirect: `copy ${table} (${names}) from stdin with (format binary)`,
    appendDirect: withLedger(stream, [
      "came as (select * from unnest($1::int[], $10::bigint[]) as x (partition, n))",
      "stored as (select * from unnest($1::int[], $11::bigint[], $12::timestamptz[], $13::bigint[]) as x (partition, n, newest, late))",
      ...(stream.windows === null
        ? []
        : windowSteps(stream, stream.windows, windowsFromParameters(stream.windows))),
    ]),
    probe: `select x.n::int as n from unnest($1::text[], $2::bigint[], $3::text[]) with ordinality as x (k, t, i, n)
  cross join lateral (select 1 from ${table} r where r.${plain(stream.key)} = x.k and r.event_id = x.i
    and r.event_time = ${instantSql("x.t")} limit 1) r`,
  };
}

/** The steps of a way, then what both have in common: dead letters, and the ledger's rows by compare-and-set. */
function withLedger(stream: Stream, steps: readonly string[]): string {
  const name = literal(stream.name);
  const all = [
    `part as (
  select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
    as x (partition, expected_offset, next_offset, last_record_hash, consumed, unknown_fields))`,
    ...steps,
    ...deadLetterSteps(name),
    `placed as (
  update offsets o set
    next_offset = part.next_offset,
    consumed = o.consumed + part.consumed,
    stored = o.stored + coalesce(stored.n, 0),
    duplicate = o.duplicate + coalesce(came.n, 0) - coalesce(stored.n, 0),
    dead = o.dead + coalesce(died.n, 0),
    late = o.late + coalesce(stored.late, 0),
    unknown_fields = o.unknown_fields + part.unknown_fields,
    watermark = greatest(o.watermark, stored.newest),
    last_record_hash = coalesce(part.last_record_hash, o.last_record_hash),
    updated_at = $7::timestamptz
  from part
  left join came on came.partition = part.partition
  left join stored on stored.partition = part.partition
  left join died on died.partition = part.partition
  where o.stream = ${name} and o.partition = part.partition and o.next_offset = part.expected_offset
  returning o.partition)`,
  ];
  return `with ${all.join(",\n")}
select (select count(*) from placed)::int as placed,
  coalesce((select sum(n) from stored), 0)::int as stored,
  coalesce((select sum(n) from came), 0)::int - coalesce((select sum(n) from stored), 0)::int as duplicate,
  coalesce((select sum(n) from died), 0)::int as dead,
  coalesce((select sum(late) from stored), 0)::int as late`;
}

/** Late against the watermark of before, or against an event before it in this batch ($10, $11): so the count does not depend on batching. */
const storedFromInserted = (stream: Stream): string => `stored as (
  select i.log_partition as partition, count(*) as n, max(i.event_time) as newest,
    count(*) filter (where not i.backfill and (l.o is not null
      or i.event_time < o.watermark - interval '${stream.lateness_ms} milliseconds')) as late
  from inserted i
  left join offsets o on o.stream = ${literal(stream.name)} and o.partition = i.log_partition
  left join unnest($10::int[], $11::bigint[]) as l (p, o) on l.p = i.log_partition and l.o = i.log_offset
  group by 1)`;

/** Columns that windows are made of, so that not every column is carried on. */
function insertedNames(stream: Stream): string[] {
  const used =
    stream.windows === null
      ? ""
      : columnsOf(stream.windows)
          .map((c) => c.from_rows)
          .join(" ");
  const fields = stream.field_names.filter((f) => f !== stream.key && new RegExp(`\\b${f}\\b`).test(used));
  return [stream.key, "event_time", ...fields].map(plain);
}

/** Windows that were folded here: $14 keys, $15 starts (ms), then one array per column. Arrays of arrays come as texts. */
function windowsFromParameters(window: WindowDeclaration): string {
  const columns = columnsOf(window);
  const arrays = columns.map(({ type }, i) => `$${16 + i}::${type === "bigint[]" ? "text" : type}[]`);
  const values = columns.map(({ type }, i) => (type === "bigint[]" ? `x.c${i}::bigint[]` : `x.c${i}`));
  return `select x.k, ${instantSql("x.t")}, ${values.join(", ")}
  from unnest($14::text[], $15::bigint[], ${arrays.join(", ")}) as x (k, t, ${columns.map((_, i) => `c${i}`).join(", ")})`;
}

function windowSteps(stream: Stream, window: WindowDeclaration, fold: string): string[] {
  const columns = columnsOf(window);
  const key = plain(stream.key);
  const name = literal(stream.name);
  const merged = columns.map(
    (c) => `${plain(c.column)} = ${c.merge(`w.${c.column}`, `excluded.${c.column}`)}`,
  );
  return [
    `touched (key, window_start, ${columns.map((c) => c.column).join(", ")}) as (
  ${fold})`,
    // Of a window that retention took, what comes late is not the whole.
    `folded as (select * from touched where window_start >= ${floorSql(stream)})`,
    `merged as (
  insert into ${plain(window.table)} as w (${key}, window_start, ${columns.map((c) => c.column).join(", ")})
  select * from folded
  on conflict (${key}, window_start) do update set ${merged.join(", ")})`,
    `dirtied as (
  insert into dirty_windows (stream, window_start, key)
  select ${name}, window_start, key from folded
  where window_start < (select max(claimed) from frontiers where stream = ${name})
  on conflict do nothing)`,
  ];
}
