/** Batch views in PostgreSQL. This file wires; each idea has a file of its own. */
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import { hours } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import type { BatchStore } from "./batch-store.ts";
import { Reader } from "../reader.ts";
import { readViews } from "./facts.ts";
import { readGroups } from "./reads.ts";
import { refreshRollups } from "./refresh.ts";
import { compareWindows, rebuildWindows } from "./window-rebuild.ts";

export interface PostgresBatchOptions {
  url: string;
  zone: string;
  /** Connections that read. */
  readers?: number;
}

/** A rebuild of everything that a year holds. */
const WORK_MS_MAX = hours(12);

export function openPostgresBatch({ url, zone, readers = 2 }: PostgresBatchOptions): BatchStore {
  const reader = new Reader(() =>
    openSql(url, {
      max: readers,
      application_name: "arterial-batch-reader",
      statement_timeout_ms: limits.query_ms_max,
      work_memory_mb: limits.batch_read_mb,
    }),
  );
  const workers = new Set<Reader>();

  /** Long work has a connection of its own, so that no question waits for it, and one session for its lock. */
  async function work<T>(what: string, run: (sql: Sql) => Promise<T>): Promise<T> {
    const worker = new Reader(() =>
      openSql(url, {
        max: 1,
        application_name: "arterial-batch-worker",
        statement_timeout_ms: 0,
        work_memory_mb: limits.batch_work_mb,
      }),
    );
    workers.add(worker);
    try {
      return await worker.use(what, run, WORK_MS_MAX);
    } finally {
      workers.delete(worker);
      await worker.close();
    }
  }

  return {
    zone,
    async settle() {
      await reader.rows("note the zone", "update installation set zone = $1 where zone <> $1", [zone]);
    },
    grouped: (stream, rollup, query) =>
      reader.use(`read ${rollup.table}`, (sql) =>
        // One snapshot: frontier, dirty windows and rows.
        snapshot(sql, (ask) => readGroups(ask, stream, rollup, zone, query)),
      ),
    refresh: (stream, options) =>
      work(`refresh the batch views of ${stream.name}`, (sql) => refreshRollups(sql, stream, zone, options)),
    compareWindows: (stream, from_ms, to_ms, options) =>
      work(`compare the windows of ${stream.name}`, (sql) =>
        compareWindows(sql, stream, { from_ms, to_ms }, options),
      ),
    rebuildWindows: (stream, from_ms, to_ms, options) =>
      work(`rebuild the windows of ${stream.name}`, (sql) =>
        rebuildWindows(sql, stream, { from_ms, to_ms }, options),
      ),
    async frontiers(stream: Stream) {
      const views = await reader.use("read the frontiers", (sql) => readViews(sql, stream));
      return Object.fromEntries(views.map(({ view, frontier_ms }) => [view, frontier_ms]));
    },
    async dirty(stream) {
      const [row] = await reader.rows<{ n: number }>(
        "count dirty windows",
        "select count(*) as n from dirty_windows where stream = $1",
        [stream.name],
      );
      return row?.n ?? 0;
    },
    async close() {
      await Promise.all([reader.close(), ...[...workers].map((worker) => worker.close())]);
    },
  };
}

const snapshot = <T>(sql: Sql, read: (ask: Pick<Sql, "unsafe">) => Promise<T>): Promise<T> =>
  sql.begin("isolation level repeatable read read only", (tx) => read(tx)) as Promise<T>;
