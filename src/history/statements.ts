/**
 * SQL made from a stream's declaration. Names come from the declaration alone, which is code; every value is a parameter.
 * No `now()`: what time it is, is passed in.
 */
import type { ColumnType } from "../core/field.ts";
import type { Stream } from "../core/stream.ts";
import { columnsOf, type WindowDeclaration } from "../core/window.ts";
import { deadLetterSteps } from "./dead-letter-sql.ts";
import { rawColumns, stagingTable, type Column } from "./table.ts";

export interface AppendStatements {
  createStaging: string;
  copy: string;
  /** Parameters $1 to $12: see `append.ts`. One row: `AppendCounts`. */
  append: string;
}

const sqlType = (type: Column["type"] | ColumnType): string => (type === "text" ? `text collate "C"` : type);

/** Names go into SQL unquoted, so they must be plain. */
function plain(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name))
    throw new RangeError(`Cannot make SQL of "${name}": a name is small letters, digits and _`);
  return name;
}

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Windows begin where `windowStart` says: multiples of their size since the epoch. */
export const windowStartSql = (window: WindowDeclaration): string =>
  `date_bin(interval '${window.size_ms} milliseconds', event_time, timestamptz '1970-01-01 00:00:00+00')`;

export function appendStatements(stream: Stream): AppendStatements {
  const columns = rawColumns(stream);
  const names = columns.map(({ name }) => plain(name)).join(", ");
  const staged = plain(stagingTable(stream));
  const table = plain(stream.history.table);
  const name = literal(stream.name);
  const steps = [
    `inserted as (
  insert into ${table} (${names}) select ${names} from ${staged}
  on conflict do nothing
  returning ${insertedNames(stream).join(", ")}, log_partition, log_offset, backfill)`,
    `part as (
  select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
    as x (partition, expected_offset, next_offset, last_record_hash, consumed, unknown_fields))`,
    `came as (select log_partition as partition, count(*) as n from ${staged} group by 1)`,
    // Late against the watermark of before, or against an event before it in this batch ($8, $9): so the count does not depend on batching.
    `stored as (
  select i.log_partition as partition, count(*) as n, max(i.event_time) as newest,
    count(*) filter (where not i.backfill and (l.o is not null
      or i.event_time < o.watermark - interval '${stream.lateness_ms} milliseconds')) as late
  from inserted i
  left join offsets o on o.stream = ${name} and o.partition = i.log_partition
  left join unnest($8::int[], $9::bigint[]) as l (p, o) on l.p = i.log_partition and l.o = i.log_offset
  group by 1)`,
    ...(stream.windows === null ? [] : windowSteps(stream, stream.windows)),
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
  return {
    createStaging: `create temp table if not exists ${staged} (${columns
      .map((c) => `${c.name} ${sqlType(c.type)}`)
      .join(", ")}) on commit delete rows`,
    copy: `copy ${staged} (${names}) from stdin with (format binary)`,
    append: `with ${steps.join(",\n")}
select (select count(*) from placed)::int as placed,
  coalesce((select sum(n) from stored), 0)::int as stored,
  coalesce((select sum(n) from came), 0)::int - coalesce((select sum(n) from stored), 0)::int as duplicate,
  coalesce((select sum(n) from died), 0)::int as dead,
  coalesce((select sum(late) from stored), 0)::int as late`,
  };
}

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

function windowSteps(stream: Stream, window: WindowDeclaration): string[] {
  const table = plain(window.table);
  const columns = columnsOf(window);
  const key = plain(stream.key);
  const merged = columns.map(
    (c) => `${plain(c.column)} = ${c.merge(`w.${c.column}`, `excluded.${c.column}`)}`,
  );
  const name = literal(stream.name);
  return [
    `folded as (
  insert into ${table} as w (${key}, window_start, ${columns.map((c) => c.column).join(", ")})
  ${foldSql(stream, window, "inserted")}
  on conflict (${key}, window_start) do update set ${merged.join(", ")})`,
    `dirtied as (
  insert into dirty_windows (stream, window_start, key)
  select distinct ${name}, ${windowStartSql(window)}, ${key} from inserted
  where event_time < (select max(frontier) from frontiers where stream = ${name})
  on conflict do nothing)`,
  ];
}

/** Windows of a table's rows, in the order of the windows' primary key. `where` ends the from clause. */
export const foldSql = (stream: Stream, window: WindowDeclaration, from: string): string =>
  `select ${stream.key}, ${windowStartSql(window)} as window_start, ${columnsOf(window)
    .map((c) => `${c.from_rows} as ${c.column}`)
    .join(", ")} from ${from} group by 1, 2 order by 1, 2`;
