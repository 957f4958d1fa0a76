/** Ranges of raw rows and windows, in pages that stay right while rows are inserted. */
import type { Kept } from "../core/aggregate.ts";
import type { Value } from "../core/field.ts";
import { answerRow } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { hours, minutes, seconds } from "../core/time.ts";
import { columnsOf, type KeptWindow, type WindowDeclaration } from "../core/window.ts";
import type { RangeQuery, RawRow } from "./history-store.ts";
import type { Parameter, Reader } from "./reader.ts";
import { floorSql, foldSql, msSql, timeText } from "./sql-text.ts";

export type SqlRow = Record<string, Value>;

/** Columns of a raw row as it is read; `r` is the table. */
export const rawSelect = (stream: Stream): string =>
  [
    "r.event_id",
    `${msSql("r.event_time")} as event_time_ms`,
    "r.source as log_source",
    `${msSql("r.received_at")} as received_at_ms`,
    "r.log_partition",
    "r.log_offset",
    // Fields last and under a prefix: a stream may call a field as we call a column.
    ...stream.field_names.map((name) => `r.${name} as f_${name}`),
  ].join(", ");

export function rawRow(stream: Stream, from: SqlRow): RawRow {
  const row = Object.fromEntries(stream.field_names.map((name) => [name, from[`f_${name}`] ?? null]));
  const event_id = from["event_id"] as string;
  const event_time_ms = from["event_time_ms"] as number;
  return {
    key: row[stream.key] as string,
    event_id,
    event_time_ms,
    source: from["log_source"] as string,
    received_at_ms: from["received_at_ms"] as number,
    partition: from["log_partition"] as number,
    offset: from["log_offset"] as number,
    row: answerRow(stream, { event_id, event_time_ms, row }),
  };
}

export async function readRaw(reader: Reader, stream: Stream, query: RangeQuery): Promise<RawRow[]> {
  const shape: Shape = {
    select: `select ${rawSelect(stream)}`,
    from: `${stream.history.table} r`,
    time: "r.event_time",
    order: ["r.event_time", `r.${stream.key}`, "r.event_id"],
    key: `r.${stream.key}`,
  };
  // A minute of a large city's roads is a page; who wants a few rows does not have a page sorted.
  const first_ms = Math.max(seconds(1), minutes(1) * (query.limit / limits.range_rows_max));
  const rows = await readSlices(reader, shape, query, first_ms, hours(6));
  return rows.map((row) => rawRow(stream, row));
}

export async function readWindows(reader: Reader, stream: Stream, query: RangeQuery): Promise<KeptWindow[]> {
  const window = stream.windows;
  if (window === null) return [];
  const columns = columnsOf(window).map((c) => `w.${c.column}`);
  const shape: Shape = {
    select: `select w.${stream.key} as key, ${msSql("w.window_start")} as window_start_ms, ${columns.join(", ")}`,
    from: `${window.table} w`,
    time: "w.window_start",
    order: ["w.window_start", `w.${stream.key}`],
    key: `w.${stream.key}`,
    where: `w.window_start >= ${floorSql(stream)}`,
  };
  return (await readSlices(reader, shape, query, window.size_ms, hours(24))).map((row) =>
    keptWindow(window, row),
  );
}

/** Windows that begin in a range, computed from raw rows. */
export async function recompute(
  reader: Reader,
  stream: Stream,
  from_ms: number,
  to_ms: number,
): Promise<KeptWindow[]> {
  const window = stream.windows;
  if (window === null) return [];
  const begin = (ms: number): string => timeText(Math.ceil(ms / window.size_ms) * window.size_ms);
  const from = `${stream.history.table} where event_time >= $1::timestamptz and event_time < $2::timestamptz
    and event_time >= ${floorSql(stream)}`;
  const text = `select key, ${msSql("window_start")} as window_start_ms, ${columnsOf(window)
    .map((c) => c.column)
    .join(", ")}
    from (${foldSql(stream, window, from)}) as x (key, window_start, ${columnsOf(window)
      .map((c) => c.column)
      .join(", ")})
    order by window_start, key`;
  const rows = await reader.long<SqlRow>("recompute windows", text, [begin(from_ms), begin(to_ms)]);
  return rows.map((row) => keptWindow(window, row));
}

function keptWindow(window: WindowDeclaration, { key, window_start_ms, ...columns }: SqlRow): KeptWindow {
  const kept: Record<string, Kept> = {};
  for (const { column, type } of columnsOf(window)) {
    const value = columns[column] ?? null;
    // Arrays come as texts: `{1,2,3}`.
    kept[column] =
      type === "bigint[]" && value !== null
        ? (JSON.parse(`[${(value as string).slice(1, -1)}]`) as number[])
        : (value as number | null);
  }
  return { key: key as string, window_start_ms: window_start_ms as number, kept };
}

interface Shape {
  select: string;
  /** The table and its short name. */
  from: string;
  time: string;
  key: string;
  /** Time first, then what makes a place unique. */
  order: readonly string[];
  /** What else must hold. */
  where?: string;
}

/**
 * One key's range is a run of the primary key: one statement. All keys' ranges have no index in their order, only
 * one that finds an hour's pages: so they are read slice by slice, each sorted alone, until there is enough.
 */
async function readSlices(
  reader: Reader,
  shape: Shape,
  query: RangeQuery,
  first_ms: number,
  most_ms: number,
): Promise<SqlRow[]> {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > limits.range_rows_max) {
    throw new RangeError(`Cannot read ${query.limit} rows: 1 to ${limits.range_rows_max}`);
  }
  const back = query.descending === true;
  let { from_ms, to_ms } = query;
  // The place's own instant is read again; the comparison of whole places leaves out what was seen.
  if (query.after !== undefined && back) to_ms = Math.min(to_ms, query.after.time_ms + 1);
  if (query.after !== undefined && !back) from_ms = Math.max(from_ms, query.after.time_ms);
  const rows: SqlRow[] = [];
  let slice_ms = query.key === undefined ? first_ms : Infinity;
  while (from_ms < to_ms && rows.length < query.limit) {
    const from = back ? Math.max(from_ms, to_ms - slice_ms) : from_ms;
    const to = back ? to_ms : Math.min(to_ms, from_ms + slice_ms);
    // Years of nothing are passed in a few steps, but nothing larger than `most_ms` is ever sorted.
    if (to - from > most_ms && query.key === undefined && !(await isEmpty(reader, shape, from, to))) {
      slice_ms = Math.max(most_ms, slice_ms / 4);
      continue;
    }
    const skip = to - from > most_ms && query.key === undefined;
    const got = skip ? [] : await readSlice(reader, shape, query, from, to, query.limit - rows.length);
    for (const row of got) rows.push(row);
    if (back) to_ms = from;
    else from_ms = to;
    if (got.length === 0) slice_ms *= 4;
    else if (got.length < query.limit / 8) slice_ms = Math.max(slice_ms, Math.min(most_ms, slice_ms * 4));
  }
  return rows;
}

async function isEmpty(
  reader: Reader,
  { from, time, where = "true" }: Shape,
  from_ms: number,
  to_ms: number,
): Promise<boolean> {
  const text = `select 1 as one from ${from} where ${time} >= $1::timestamptz and ${time} < $2::timestamptz and ${where} limit 1`;
  return (await reader.rows("look into a range", text, [timeText(from_ms), timeText(to_ms)])).length === 0;
}

function readSlice(
  reader: Reader,
  { select, from, time, key, order, where: also }: Shape,
  query: RangeQuery,
  from_ms: number,
  to_ms: number,
  limit: number,
): Promise<SqlRow[]> {
  const parameters: Parameter[] = [timeText(from_ms), timeText(to_ms), limit];
  const where = [`${time} >= $1::timestamptz`, `${time} < $2::timestamptz`];
  if (also !== undefined) where.push(also);
  if (query.key !== undefined) where.push(`${key} = $${parameters.push(query.key)}::text`);
  const direction = query.descending === true ? "desc" : "asc";
  if (query.after !== undefined) {
    const place = [timeText(query.after.time_ms), query.after.key, query.after.event_id].slice(
      0,
      order.length,
    );
    const values = place.map((value, i) => `$${parameters.push(value)}::${i === 0 ? "timestamptz" : "text"}`);
    where.push(`(${order.join(", ")}) ${direction === "asc" ? ">" : "<"} (${values.join(", ")})`);
  }
  const by = order.map((column) => `${column} ${direction}`).join(", ");
  return reader.rows(
    "read a range",
    `${select} from ${from} where ${where.join(" and ")} order by ${by} limit $3::int`,
    parameters,
  );
}
