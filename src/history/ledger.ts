/** Places and ledgers, and the audit that counts the tables beside them. */
import type { LogPosition } from "../core/cursor.ts";
import type { Stream } from "../core/stream.ts";
import { textArray } from "./array-text.ts";
import type { PartitionLedger } from "./history-store.ts";
import { msSql } from "./sql-text.ts";
import type { Reader } from "./reader.ts";

export const readLedger = (reader: Reader, stream: string): Promise<PartitionLedger[]> =>
  reader.rows(
    "read the ledger",
    `select stream, partition, next_offset, last_record_hash, ${msSql("watermark")} as watermark_ms,
      consumed, stored, duplicate, dead, late, unknown_fields, ${msSql("updated_at")} as updated_at_ms
    from offsets where stream = $1 order by partition`,
    [stream],
  );

export async function readApplied(reader: Reader, streams: readonly Stream[]): Promise<LogPosition> {
  const rows = await reader.rows<{ stream: string; partition: number; next_offset: number }>(
    "read the offsets",
    "select stream, partition, next_offset from offsets where stream = any($1::text[])",
    [textArray(streams.map((stream) => stream.name))],
  );
  // A partition that was never read stands at 0.
  return Object.fromEntries(
    streams.map(({ name, partitions }) => {
      const mine = rows.filter((row) => row.stream === name);
      const count = mine.reduce((most, row) => Math.max(most, row.partition + 1), partitions);
      const offsets = Array.from({ length: count }, () => 0);
      for (const row of mine) offsets[row.partition] = row.next_offset;
      return [name, offsets];
    }),
  );
}

/**
 * What the tables hold, in the ledger's terms: rows with those that retention took; dead letters once for the first
 * time and once for each time they were refused again.
 */
export async function readRecount(reader: Reader, stream: Stream): Promise<{ rows: number; dead: number }> {
  const [counts] = await reader.long<{ rows: number; dead: number }>(
    "recount",
    `select (select count(*) from ${stream.history.table})
        + coalesce((select sum(rows) from dropped_partitions where stream = $1), 0)::bigint as rows,
      (select coalesce(sum(attempts + case when at_door then 0 else 1 end), 0) from dead_letters where stream = $1)::bigint as dead`,
    [stream.name],
  );
  return counts ?? { rows: 0, dead: 0 };
}
