/**
 * The append: one statement, one transaction, one round trip, whatever the number of rows and partitions. The
 * counter is raised in the very transaction that writes the rows, so an offset is never visible before those
 * below it.
 */
import type { Sql, TransactionSql } from "../postgres.ts";

export interface PackedRow {
  partition_id: number;
  count: number;
  /** Bytes of the values before packing. */
  bytes: number;
  packed: Uint8Array;
}

export interface Appended {
  partition_id: number;
  /** After the last row of this append. */
  next_offset: number;
  /** Time that its rows got, ms. */
  newest_ms: number;
}

const ONE = `
with moved as (
  update log_partitions
  set next_offset = next_offset + $2::int, newest_ms = greatest(newest_ms, $5::bigint)
  where partition_id = $1::int
  returning partition_id, next_offset, newest_ms
), written as (
  insert into log_batches (partition_id, base_offset, next_offset, appended_at_ms, bytes, records)
  select partition_id, next_offset - $2::int, next_offset, newest_ms, $3::int, $4::bytea from moved
)
select partition_id, next_offset, newest_ms from moved`;

// The rows' bytes come as one value and are cut here: an array of bytea would be escaped twice. Counters are
// locked in one order, or two appends to the same partitions could wait for each other.
const SEVERAL = `
with asked as (
  select a.*, sum(count) over (partition by partition_id order by n) as reached
  from unnest($1::text::int[], $2::text::int[], $3::text::int[], $4::text::int[], $5::text::int[])
    with ordinality as a (partition_id, count, bytes, start, length, n)
), total as (
  select partition_id, sum(count)::bigint as count from asked group by partition_id
), locked as materialized (
  select partition_id from log_partitions
  where partition_id in (select partition_id from asked) order by partition_id for update
), moved as (
  update log_partitions p
  set next_offset = p.next_offset + total.count, newest_ms = greatest(p.newest_ms, $7::bigint)
  from locked join total using (partition_id)
  where p.partition_id = locked.partition_id
  returning p.partition_id, p.next_offset, p.next_offset - total.count as base_offset, p.newest_ms
), written as (
  insert into log_batches (partition_id, base_offset, next_offset, appended_at_ms, bytes, records)
  select m.partition_id, m.base_offset + a.reached - a.count, m.base_offset + a.reached, m.newest_ms, a.bytes,
    substr($6::bytea, a.start, a.length)
  from asked a join moved m using (partition_id)
)
select partition_id, next_offset, newest_ms from moved`;

/** An array as PostgreSQL writes it. */
const list = (numbers: readonly number[]): string => `{${numbers.join(",")}}`;

/** @returns one entry per partition that exists; fewer than asked means that the log was made anew. */
export async function appendRows(
  sql: Sql | TransactionSql,
  rows: readonly PackedRow[],
  now_ms: number,
): Promise<readonly Appended[]> {
  if (rows.length === 1) {
    const { partition_id, count, bytes, packed } = rows[0]!;
    return sql.unsafe<Appended[]>(
      ONE,
      [partition_id, count, bytes, Buffer.from(packed.buffer, packed.byteOffset, packed.length), now_ms],
      { prepare: true },
    );
  }
  let start = 1;
  const starts = rows.map(({ packed }) => (start += packed.length) - packed.length);
  return sql.unsafe<Appended[]>(
    SEVERAL,
    [
      list(rows.map((row) => row.partition_id)),
      list(rows.map((row) => row.count)),
      list(rows.map((row) => row.bytes)),
      list(starts),
      list(rows.map((row) => row.packed.length)),
      Buffer.concat(rows.map((row) => row.packed)),
      now_ms,
    ],
    { prepare: true },
  );
}
