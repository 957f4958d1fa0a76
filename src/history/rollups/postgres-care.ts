/** What the batch layer notes of itself, in PostgreSQL. */
import { limits } from "../../core/limits.ts";
import { hours } from "../../core/time.ts";
import { openSql } from "../../postgres.ts";
import type { AuditState, BatchCare, BatchState } from "./batch-care.ts";
import { Reader } from "../reader.ts";
import { compareRollups } from "./compare.ts";
import { msSql, plain } from "../sql-text.ts";

const COMPARE_MS_MAX = hours(1);

export function openPostgresCare({ url, zone }: { url: string; zone: string }): BatchCare {
  const reader = new Reader(() =>
    openSql(url, { max: 1, application_name: "arterial-care", statement_timeout_ms: limits.query_ms_max }),
  );
  const worker = new Reader(() =>
    openSql(url, { max: 1, application_name: "arterial-audit", statement_timeout_ms: 0 }),
  );
  return {
    async state() {
      const [views, dirty, refreshed, audits] = await reader.use("read how batch views are", (sql) =>
        Promise.all([
          sql.unsafe<{ stream: string; view: string; frontier_ms: number | null }[]>(
            `select stream, view, case when isfinite(frontier) then ${msSql("frontier")} end as frontier_ms from frontiers order by stream, view`,
          ),
          sql.unsafe<{ stream: string; n: number }[]>(
            "select stream, count(*) as n from dirty_windows group by stream",
          ),
          sql.unsafe<(NonNullable<BatchState["refreshed"]> & { stream: string })[]>(
            `select stream, ${msSql("ended_at")} as ended_ms, took_ms, rows, redone from refreshes`,
          ),
          sql.unsafe<(AuditState & { stream: string })[]>(
            `select stream, ${msSql("ended_at")} as ended_ms, compared, found, live_found, audits_n, repaired_total,
              ${msSql("found_at")} as found_ms, words from audits`,
          ),
        ]),
      );
      const names = new Set([...views, ...dirty, ...refreshed, ...audits].map(({ stream }) => stream));
      return new Map(
        [...names].map((name): [string, BatchState] => [
          name,
          {
            views: views
              .filter((v) => v.stream === name)
              .map(({ view, frontier_ms }) => ({ view, frontier_ms })),
            dirty: dirty.find((d) => d.stream === name)?.n ?? 0,
            refreshed: without(refreshed.find((r) => r.stream === name)),
            audit: without(audits.find((a) => a.stream === name)),
          },
        ]),
      );
    },

    async noteRefresh(stream, { took_ms, rows, redone }) {
      await reader.rows(
        "note a refresh",
        `insert into refreshes (stream, ended_at, took_ms, rows, redone) values ($1, clock_timestamp(), $2, $3, $4)
         on conflict (stream) do update set ended_at = excluded.ended_at, took_ms = excluded.took_ms,
           rows = excluded.rows, redone = excluded.redone returning 1 as noted`,
        [stream, took_ms, rows, redone],
      );
    },

    async noteAudit(stream, { compared, found, repaired, live_found, words }) {
      await reader.use("note an audit", (sql) =>
        sql.unsafe(
          `insert into audits as a (stream, ended_at, compared, found, live_found, audits_n, repaired_total, found_at, words)
           values ($1, clock_timestamp(), $2, $3, $4, 1, $5, case when $6::text is not null then clock_timestamp() end, $6)
           on conflict (stream) do update set ended_at = excluded.ended_at, compared = excluded.compared, found = excluded.found,
             live_found = excluded.live_found, audits_n = a.audits_n + 1,
             repaired_total = a.repaired_total + excluded.repaired_total,
             found_at = coalesce(excluded.found_at, a.found_at), words = coalesce(excluded.words, a.words)`,
          [stream, compared, found, live_found, repaired, words],
        ),
      );
    },

    async firstWindow({ windows }) {
      if (windows === null) return null;
      const [first] = await reader.rows<{ first_ms: number | null }>(
        "find the oldest window",
        `select ${msSql("min(window_start)")} as first_ms from ${plain(windows.table)}`,
      );
      return first?.first_ms ?? null;
    },

    compareRollups: (stream, from_ms, to_ms, { signal }) =>
      worker.use(
        `compare the roll-ups of ${stream.name}`,
        (sql) => compareRollups(sql, stream, zone, { from_ms, to_ms }, signal),
        COMPARE_MS_MAX,
      ),

    async close() {
      await Promise.all([reader.close(), worker.close()]);
    },
  };
}

function without<T extends { stream: string }>(row: T | undefined): Omit<T, "stream"> | null {
  if (row === undefined) return null;
  const { stream: _, ...rest } = row;
  return rest;
}
