/** History in PostgreSQL. This file wires; each idea has a file of its own. */
import { HistoryUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { minutes, type Clock } from "../core/time.ts";
import { openSql } from "../postgres.ts";
import { numberArray } from "./array-text.ts";
import { checkParts } from "./check-parts.ts";
import { countDeadLetters, deadLettersByIds, listDeadLetters, markLettersReplayed } from "./dead-letters.ts";
import type { AppendOutcome, HistoryStore, PartBatch } from "./history-store.ts";
import { readKeys, readLatest } from "./latest.ts";
import { readApplied, readLedger, readRecount } from "./ledger.ts";
import { migrate, MIGRATIONS_DIR } from "./migrate.ts";
import { dropPartitions, makePartitions } from "./partitions.ts";
import { readRaw, readWindows, recompute } from "./ranges.ts";
import { Reader } from "./reader.ts";
import { Recent } from "./recent.ts";
import { readSpeedGrid } from "./speed-grid.ts";
import { REJECTS, writeRejects } from "./rejects.ts";
import { appendStatements, type AppendStatements } from "./statements.ts";
import { endSql } from "./unavailable.ts";
import { dropWindows } from "./window-retention.ts";
import { WriterPool } from "./writer.ts";

export interface PostgresHistoryOptions {
  url: string;
  clock: Clock;
  /** Folders of numbered SQL files; ours by default. */
  migrations?: readonly string[];
  /** Connections that write, each with one transaction at a time. */
  writers?: number;
  /** Connections that read. */
  readers?: number;
  /** There is an archive: no raw row goes that is not in it. */
  archive?: boolean;
  /** False: every row goes by the staging table. Default true: straight into the raw table where that goes. */
  direct?: boolean;
  /** For tests that plant faults: other statements than those made from the declaration. */
  statementsOf?: (stream: Stream) => AppendStatements;
}

export function openPostgresHistory(options: PostgresHistoryOptions): HistoryStore {
  const { url, clock, migrations = [MIGRATIONS_DIR], statementsOf = appendStatements } = options;
  const reader = new Reader(() =>
    openSql(url, {
      max: options.readers ?? 4,
      application_name: "arterial-history-reader",
      statement_timeout_ms: limits.query_ms_max,
      lock_timeout_ms: limits.query_ms_max,
    }),
  );
  const recent = new Recent();
  // A commit that a crash of the server loses is read again from the log: its offsets are lost with it.
  const writers = new WriterPool(
    (onclose) =>
      openSql(url, {
        max: 1,
        application_name: "arterial-history-writer",
        statement_timeout_ms: limits.write_ms_max,
        lock_timeout_ms: limits.write_lock_ms_max,
        idle_in_transaction_ms: limits.write_idle_ms_max,
        synchronous_commit: "off",
        onclose,
      }),
    options.writers ?? 2,
    options.direct ?? true,
    () => recent.connected(),
  );
  const known = new WeakMap<Stream, AppendStatements>();
  const statements = (stream: Stream): AppendStatements => {
    let made = known.get(stream);
    if (made === undefined) known.set(stream, (made = statementsOf(stream)));
    return made;
  };

  /** A compare-and-set that failed: our own commit whose answer was lost, or somebody else is elsewhere. */
  async function whereItStands(
    stream: string,
    parts: readonly Omit<PartBatch, "events" | "dead">[],
  ): Promise<AppendOutcome> {
    const rows = await reader.rows<{
      partition: number;
      next_offset: number;
      last_record_hash: string | null;
    }>(
      "read the offsets",
      "select partition, next_offset, last_record_hash from offsets where stream = $1 and partition = any($2::int[])",
      [stream, numberArray(parts.map((part) => part.partition))],
    );
    const at = new Map(rows.map((row) => [row.partition, row]));
    const mine = parts.every((part) => {
      const row = at.get(part.partition);
      const same = part.last_record_hash === null || row?.last_record_hash === part.last_record_hash;
      return row?.next_offset === part.next_offset && same;
    });
    if (mine) return { kind: "stored", already: true, stored: 0, duplicate: 0, dead: 0, late: 0 };
    return {
      kind: "fenced",
      next_offsets: new Map(parts.map((part) => [part.partition, at.get(part.partition)?.next_offset ?? 0])),
    };
  }

  return {
    async migrate() {
      const sql = openSql(url, {
        max: 1,
        application_name: "arterial-migrate",
        statement_timeout_ms: 0,
      });
      try {
        await migrate(sql, migrations);
      } catch (error) {
        const code = (error as { code?: string }).code ?? "";
        // Of the driver, of the network (a name that is not known yet too), of the server.
        const away = /^(CONN|E[A-Z]|57P|08|53)/.test(code);
        throw away
          ? new HistoryUnavailableError(`Cannot migrate: ${(error as Error).message}`, { cause: error })
          : error;
      } finally {
        await endSql(sql, 1);
      }
    },

    async append(stream, parts) {
      checkParts(stream, parts);
      if (parts.length === 0)
        return { kind: "stored", already: false, stored: 0, duplicate: 0, dead: 0, late: 0 };
      const request = { stream, parts, statements: statements(stream), now_ms: clock.now(), recent };
      const counts = await writers.use(`append to ${stream.history.table}`, (slot) => slot.append(request));
      if (counts === null) return whereItStands(stream.name, parts);
      const { stored, duplicate, dead, late } = counts;
      return { kind: "stored", already: false, stored, duplicate, dead, late };
    },

    async appendRejects(partition, expected_offset, next_offset, letters) {
      const place = { partition, expected_offset, next_offset };
      const counts = await writers.use("append rejects", (slot) =>
        slot.within((connection) => writeRejects(connection, place, letters, clock.now())),
      );
      if (counts === null) return whereItStands(REJECTS, [{ ...place, last_record_hash: null }]);
      return { kind: "stored", already: false, stored: 0, duplicate: 0, dead: counts.dead, late: 0 };
    },

    rejected: () =>
      reader.rows("count rejects", "select stream, source, count from rejects order by stream, source"),

    async rejectsApplied() {
      return new Map((await readLedger(reader, REJECTS)).map((row) => [row.partition, row.next_offset]));
    },

    async restart(stream, partition, expected_offset) {
      const rows = await reader.rows<{ epoch: number }>(
        "begin a new epoch",
        `update offsets set next_offset = 0, last_record_hash = null, epoch = epoch + 1
         where stream = $1 and partition = $2::int and next_offset = $3::bigint returning epoch`,
        [stream.name, partition, expected_offset],
      );
      return rows.length === 1;
    },

    ledger: (stream) => readLedger(reader, stream.name),
    applied: (streams) => readApplied(reader, streams),
    raw: (stream, query) => readRaw(reader, stream, query),
    windows: (stream, query) => readWindows(reader, stream, query),
    speedGrid: (stream, query) => readSpeedGrid(reader, stream, query),
    latest: (stream, keys) => readLatest(reader, stream, keys),
    keys: (stream) => readKeys(reader, stream),
    recomputeWindows: (stream, from_ms, to_ms) => recompute(reader, stream, from_ms, to_ms),
    recount: (stream) => readRecount(reader, stream),

    deadLetters: (query) => listDeadLetters(reader, query),
    deadLetterCounts: () => countDeadLetters(reader),
    deadLettersById: (ids) => deadLettersByIds(reader, ids),
    markReplayed: (letters) => markLettersReplayed(reader, letters),

    async ensurePartitions(stream, from_ms, to_ms) {
      await reader.use("make partitions", (sql) => makePartitions(sql, stream, from_ms, to_ms), minutes(10));
    },
    retain: (stream, now_ms) =>
      reader.use(
        "drop what is too old",
        async (sql) => {
          const { dropped, raw_from_ms } = await dropPartitions(sql, stream, now_ms, options.archive);
          await dropWindows(sql, stream, now_ms, raw_from_ms);
          return dropped;
        },
        minutes(10),
      ),

    async bytes() {
      const [row] = await reader.rows<{ bytes: number }>(
        "measure the database",
        "select pg_database_size(current_database()) as bytes",
      );
      return row?.bytes ?? 0;
    },

    async close() {
      await Promise.all([writers.close(), reader.close()]);
    },
  };
}
