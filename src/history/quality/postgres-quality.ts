/** Data quality in PostgreSQL. What is judged comes from `quality-facts.ts`, what is excluded from `quality-exclusions.ts`. */
import { limits } from "../../core/limits.ts";
import { openSql, type Sql } from "../../postgres.ts";
import { exclusionsOf } from "./exclusions.ts";
import { qualityFacts } from "./facts.ts";
import { qualityReads } from "./reads.ts";
import type { KeyDay, QualityStore, SourceDay } from "./quality-store.ts";
import { Reader } from "../reader.ts";

/** Days of all keys are written so many at a time. */
const ROWS = 500;

export function openPostgresQuality({ url }: { url: string }): QualityStore {
  const reader = new Reader(() =>
    openSql(url, { max: 2, application_name: "arterial-quality", statement_timeout_ms: limits.query_ms_max }),
  );
  return {
    ...qualityFacts(reader),
    ...qualityReads(reader),
    ...exclusionsOf(reader),

    async put(stream, day, keys, sources) {
      await reader.use("write data quality", (sql) =>
        sql.begin(async (tx) => {
          await tx`delete from data_quality where stream = ${stream} and day = ${day}::text::date`;
          await tx`delete from source_quality where stream = ${stream} and day = ${day}::text::date`;
          for (let at = 0; at < keys.length; at += ROWS)
            await putKeys(tx, stream, day, keys.slice(at, at + ROWS));
          await putSources(tx, stream, day, sources);
        }),
      );
    },

    async noteLedger(stream, day, { consumed, stored, duplicate, dead, late, rejected }) {
      await reader.rows(
        "note the ledger of a day",
        `insert into ledger_days (stream, day, consumed, stored, duplicate, dead, late, rejected)
         values ($1, $2::text::date, $3, $4, $5, $6, $7, $8)
         on conflict (stream, day) do update set consumed = excluded.consumed, stored = excluded.stored,
           duplicate = excluded.duplicate, dead = excluded.dead, late = excluded.late, rejected = excluded.rejected
         returning 1 as noted`,
        [stream, day, consumed, stored, duplicate, dead, late, rejected],
      );
    },

    close: () => reader.close(),
  };
}

type Ask = Pick<Sql, "unsafe">;

/** As one text of JSON, which the server takes apart. */
const putKeys = (tx: Ask, stream: string, day: string, keys: readonly KeyDay[]): Promise<unknown> =>
  tx.unsafe(
    `insert into data_quality (stream, day, key, n, expected_n, observed_n, stuck_hours, jumps, greatest_jump, hours_percent)
     select $1, $2::text::date, x.key, x.n, x.expected_n, x.observed_n, x.stuck_hours, x.jumps, x.greatest_jump, x.hours_percent
     from json_to_recordset($3::text::json) as x (key text, n bigint, expected_n bigint, observed_n bigint, stuck_hours integer,
       jumps integer, greatest_jump double precision, hours_percent smallint[])`,
    [stream, day, JSON.stringify(keys)],
  );

const putSources = (tx: Ask, stream: string, day: string, sources: readonly SourceDay[]): Promise<unknown> =>
  tx.unsafe(
    `insert into source_quality (stream, day, source, n, ahead_n, delay_p50_ms, delay_p99_ms)
     select $1, $2::text::date, x.source, x.n, x.ahead_n, x.delay_p50_ms, x.delay_p99_ms
     from json_to_recordset($3::text::json) as x (source text, n bigint, ahead_n bigint,
       delay_p50_ms double precision, delay_p99_ms double precision)`,
    [stream, day, JSON.stringify(sources)],
  );
