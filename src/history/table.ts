/** The raw table of a stream as its declaration gives it: the columns every stream has, and the declared fields. */
import type { Event } from "../core/event.ts";
import type { ColumnType, Value } from "../core/field.ts";
import type { Stream } from "../core/stream.ts";

export interface Column {
  name: string;
  type: ColumnType | "timestamptz" | "smallint";
  nullable: boolean;
  /** Times in ms since the epoch. */
  of: (event: Event) => Value;
}

/** Columns in the order in which they are staged. */
export function rawColumns(stream: Stream): readonly Column[] {
  return [
    { name: "event_time", type: "timestamptz", nullable: false, of: (e) => e.event_time_ms },
    { name: "received_at", type: "timestamptz", nullable: false, of: (e) => e.received_at_ms },
    { name: "log_offset", type: "bigint", nullable: false, of: (e) => e.offset },
    { name: "log_partition", type: "smallint", nullable: false, of: (e) => e.partition },
    { name: "backfill", type: "boolean", nullable: false, of: (e) => e.backfill },
    { name: "event_id", type: "text", nullable: false, of: (e) => e.event_id },
    { name: "source", type: "text", nullable: false, of: (e) => e.source },
    ...Object.entries(stream.fields).map(([name, field]) => ({
      name,
      type: field.column,
      nullable: field.optional,
      of: (e: Event) => e.row[name] ?? null,
    })),
  ];
}

/** The name of the event time in SQL is the same for every stream. */
export const primaryKey = (stream: Stream): readonly string[] => [stream.key, "event_time", "event_id"];

export const stagingTable = (stream: Stream): string => `staged_${stream.history.table}`;
