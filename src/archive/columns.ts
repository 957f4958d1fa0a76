/** The columns of a stream's Parquet files, from its declaration: names as in JSON, then what every raw row carries beside. */
import type { Stream } from "../core/stream.ts";
import { rawColumns, type Column } from "../history/table.ts";

/** How a value is written: `time` is UTC milliseconds, `double` is the very number that the API answers. */
export type ArchiveKind = "text" | "time" | "int32" | "int64" | "double" | "flag";

/** Data only, so that a worker can be told. */
export interface ArchiveColumn {
  /** Name in the file. */
  name: string;
  /** Name in the raw table, and its type there. */
  sql: string;
  type: Column["type"];
  kind: ArchiveKind;
  nullable: boolean;
  /** Of a number: `km/h`. */
  unit?: string;
}

/** What a worker needs to know of a stream. */
export interface ArchivePlan {
  stream: string;
  table: string;
  /** Raw column of the key: rows lie by it, so that equal values stand together. */
  key: string;
  columns: readonly ArchiveColumn[];
}

const KINDS: Readonly<Record<Column["type"], ArchiveKind>> = {
  text: "text",
  timestamptz: "time",
  real: "double",
  "double precision": "double",
  integer: "int32",
  smallint: "int32",
  bigint: "int64",
  boolean: "flag",
};

/** Ours, after the declared ones; a stream that calls a field so gets ours with `log_` in front. */
const OURS = ["source", "received_at", "log_partition", "log_offset", "backfill"];

export function archivePlan(stream: Stream): ArchivePlan {
  const raw = new Map(rawColumns(stream).map((column) => [column.name, column]));
  const of = (sql: string, name: string): ArchiveColumn => {
    const { type, nullable } = raw.get(sql)!;
    const unit = stream.fields[sql]?.unit;
    return { name, sql, type, kind: KINDS[type], nullable, ...(unit === undefined ? {} : { unit }) };
  };
  const declared = [
    of("event_time", stream.event_time),
    of("event_id", stream.identity),
    ...stream.field_names.map((name) => of(name, name)),
  ];
  const taken = new Set(declared.map(({ name }) => name));
  return {
    stream: stream.name,
    table: stream.history.table,
    key: stream.key,
    columns: [...declared, ...OURS.map((sql) => of(sql, taken.has(sql) ? `log_${sql}` : sql))],
  };
}
