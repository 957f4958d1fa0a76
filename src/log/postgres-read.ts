/** Reading rows: from the tail in memory, else from the server; once for all who ask for the same place. */
import { limits } from "../core/limits.ts";
import type { Clock } from "../core/time.ts";
import { unpackBatch } from "./batch-codec.ts";
import type { PartitionRef, RowSource } from "./backend.ts";
import type { Bell } from "./bell.ts";
import type { GuardedSql } from "./guarded-sql.ts";
import type { ConsumeOptions } from "./log.ts";
import { rowsTogether, StoredRow } from "./stored-row.ts";
import type { Tail } from "./tail.ts";

/** Rows looked at in one read: appends of single records are joined up to so many. */
const ROWS_MAX = 2_000;

// Rows and end in one snapshot, so "no rows below the end" means that retention dropped them. `appended_at_ms`
// leaves out the children that are older than what the reader has seen.
const FETCH = `
select p.next_offset as end_offset, b.base_offset, b.next_offset, b.appended_at_ms, b.records
from log_partitions p left join lateral (
  select * from (
    select *, sum(bytes) over w as bytes_reached, sum(next_offset - base_offset) over w as count_reached,
      row_number() over w as n
    from (
      select base_offset, next_offset, appended_at_ms, bytes, records from log_batches
      where partition_id = $1::int and next_offset > $2::bigint and appended_at_ms >= $3::bigint
      order by next_offset limit ${ROWS_MAX}
    ) ahead
    window w as (order by next_offset)
  ) counted
  where n = 1 or (bytes_reached <= ${limits.batch_bytes_max} and count_reached <= ${limits.batch_records_max})
) b on true
where p.partition_id = $1::int
order by b.next_offset`;

interface FetchedRow {
  end_offset: number;
  base_offset: number | null;
  next_offset: number;
  appended_at_ms: number;
  records: Buffer<ArrayBuffer>;
}

type Fetched = Awaited<ReturnType<RowSource["fetch"]>>;

export class PostgresRows implements RowSource {
  readonly bell: Bell;
  readonly #sql: GuardedSql;
  readonly #tail: Tail;
  readonly #clock: Clock;
  readonly #asked = new Map<string, Promise<Fetched>>();

  constructor(sql: GuardedSql, bell: Bell, tail: Tail, clock: Clock) {
    this.#sql = sql;
    this.bell = bell;
    this.#tail = tail;
    this.#clock = clock;
  }

  fetch(ref: PartitionRef, offset: number, since_ms: number): Promise<Fetched> {
    const kept = this.#tail.from(ref.partition_id, offset);
    if (kept.length > 0) return Promise.resolve({ rows: kept, end_offset: this.bell.end(ref.partition_id) });
    const place = `${ref.partition_id}:${offset}`;
    let asked = this.#asked.get(place);
    if (asked === undefined) {
      asked = this.#read(ref, offset, since_ms).finally(() => this.#asked.delete(place));
      this.#asked.set(place, asked);
    }
    return asked;
  }

  async startOffset(ref: PartitionRef, from: NonNullable<ConsumeOptions["from"]>): Promise<number> {
    const since_ms =
      typeof from === "object" ? Math.max(0, Math.ceil(this.#clock.now() - from.ago_ms)) : null;
    const [row] = await this.#sql.ask(
      `look where ${ref.topic}-${ref.partition} begins`,
      (sql) => sql<{ start_offset: number; next_offset: number; since_offset: number | null }[]>`
        select start_offset, next_offset, case when ${since_ms}::bigint is not null then (
          select base_offset from log_batches b
          where b.partition_id = ${ref.partition_id} and b.appended_at_ms >= ${since_ms}::bigint
          order by b.next_offset limit 1
        ) end as since_offset
        from log_partitions where partition_id = ${ref.partition_id}`,
    );
    if (row === undefined) throw madeAnew(ref);
    this.bell.raise(ref.partition_id, row.next_offset);
    if (from === "earliest") return row.start_offset;
    return row.since_offset ?? row.next_offset;
  }

  async #read(ref: PartitionRef, offset: number, since_ms: number): Promise<Fetched> {
    const found = await this.#sql.ask(`read ${ref.topic}-${ref.partition} from ${offset}`, (sql) =>
      sql.unsafe<FetchedRow[]>(FETCH, [ref.partition_id, offset, since_ms], { prepare: true }),
    );
    if (found.length === 0) throw madeAnew(ref);
    const end_offset = found[0]!.end_offset;
    const rows: StoredRow[] = [];
    for (const { base_offset, next_offset, appended_at_ms, records } of found) {
      if (base_offset === null) break;
      const row = new StoredRow(unpackBatch(records), base_offset, next_offset, appended_at_ms);
      this.#tail.put(ref.partition_id, row);
      rows.push(row);
    }
    this.bell.raise(ref.partition_id, end_offset);
    return { rows: rows.slice(0, rowsTogether(rows, 0)), end_offset };
  }
}

const madeAnew = (ref: PartitionRef): RangeError =>
  new RangeError(`Cannot read ${ref.topic}-${ref.partition}: it is gone. Was the log made anew?`);
