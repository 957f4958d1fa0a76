/** The last measurements of all keys as sums by minute: what a reader of the log would have in memory, had it been there. */
import { minutes } from "../../core/time.ts";
import type { Stream } from "../../core/stream.ts";
import { limits } from "../../core/limits.ts";
import { openSql } from "../../postgres.ts";
import { Reader } from "../reader.ts";
import { timeText } from "../sql-text.ts";

export interface MinuteCell {
  /** Minutes since the epoch. */
  minute: number;
  n: number;
  sum: number;
}

export interface MinuteRows {
  /** Next offset per partition, of the very snapshot: the rows hold all events before it, and none after. */
  applied: readonly number[];
  rows: readonly { key: string; cells: readonly MinuteCell[] }[];
}

export interface MinuteStore {
  /**
   * Sums of a field by key and minute, from `from_ms` on, of the raw rows that are kept; at most `limits.minute_rows_ms_max` of time.
   *
   * @throws {HistoryUnavailableError}
   */
  minutes(stream: Stream, field: string, span: { from_ms: number; to_ms: number }): Promise<MinuteRows>;
  close(): Promise<void>;
}

/** Bytes of a cell: minute after the first, count, sum. */
const CELL_BYTES = 4 + 4 + 8;
const MINUTE_MS = minutes(1);

export function openPostgresMinutes({ url }: { url: string }): MinuteStore {
  const reader = new Reader(() =>
    openSql(url, {
      max: 1,
      application_name: "arterial-minutes",
      statement_timeout_ms: limits.query_ms_max,
    }),
  );
  return {
    async minutes(stream, field, { from_ms, to_ms }) {
      if (!(to_ms - from_ms <= limits.minute_rows_ms_max) || stream.fields[field]?.kind !== "number")
        throw new RangeError(`Cannot read minutes of ${stream.name}.${field} from ${from_ms} to ${to_ms}`);
      const first = Math.floor(from_ms / MINUTE_MS);
      return reader.use(
        `read the last minutes of ${stream.name}`,
        (sql) =>
          sql.begin("isolation level repeatable read read only", async (tx) => {
            const offsets = await tx.unsafe<{ partition: number; next_offset: string }[]>(
              "select partition, next_offset from offsets where stream = $1",
              [stream.name],
            );
            const applied: number[] = [];
            for (const { partition, next_offset } of offsets) applied[partition] = Number(next_offset);
            const rows = await tx.unsafe<{ key: string; cells: Uint8Array }[]>(
              `select key, string_agg(int4send(minute) || int4send(n::int) || float8send(sum), ''::bytea) as cells from (
                select ${stream.key} as key, (floor(date_part('epoch', event_time) / 60) - $1::float8)::int as minute, count(*) as n,
                  sum(${field}::float8) as sum
                from ${stream.history.table}
                where event_time >= $2::timestamptz and event_time < $3::timestamptz group by 1, 2
              ) as by_minute group by key`,
              [first, timeText(first * MINUTE_MS), timeText(to_ms)],
            );
            return {
              applied: Array.from(applied, (next) => next ?? 0),
              rows: rows.map(({ key, cells }) => ({ key, cells: cellsOf(cells, first) })),
            };
          }) as Promise<MinuteRows>,
      );
    },
    close: () => reader.close(),
  };
}

function cellsOf(bytes: Uint8Array, first: number): MinuteCell[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / CELL_BYTES }, (_, i) => {
    const at = i * CELL_BYTES;
    return { minute: first + view.getInt32(at), n: view.getInt32(at + 4), sum: view.getFloat64(at + 8) };
  });
}
