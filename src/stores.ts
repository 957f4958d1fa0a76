/** Opens log, history and live view: embedded by default, real servers where the configuration names them. */
import { join, resolve } from "node:path";
import type { Config } from "./config.ts";
import { ConfigError, HistoryUnavailableError } from "./core/errors.ts";
import type { Stream } from "./core/stream.ts";
import { days, hours, type Clock } from "./core/time.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import type { HistoryStore } from "./history/history-store.ts";
import { MIGRATIONS_DIR } from "./history/migrate.ts";
import { openPostgresHistory } from "./history/postgres-history.ts";
import { takeFolder, type InstanceLock } from "./instance-lock.ts";
import type { LiveStore } from "./live/live-store.ts";
import { openMemoryLive } from "./live/memory-live.ts";
import type { Log } from "./log/log.ts";
import { openPostgresLog } from "./log/postgres-log.ts";
import { DEAD_LETTERS_TOPIC } from "./sources/door.ts";

export interface Stores {
  log: Log;
  history: HistoryStore;
  live: LiveStore;
  /** Part → what it runs on, for the start page. */
  parts: readonly (readonly [part: string, on: string])[];
  /** Closes connections, then the embedded server. */
  close(): Promise<void>;
}

/** A connection that does not close in this time is cut with the server. */
const CLOSE_MS_MAX = 500;

/** Embedded, on somebody's disk: a day of raw rows is 2.2 GB at the demo's rate, a day of log 0.4 GB. */
const EMBEDDED_RAW_MS = hours(30);
const EMBEDDED_LOG_MS = days(1);

/** Streams with the retention that the configuration sets; embedded, no more than a laptop's disk should hold. */
export const withRetention = (streams: readonly Stream[], config: Config): readonly Stream[] => {
  const embedded = config.DATABASE_URL === undefined;
  return streams.map((stream) => {
    const { retention_ms } = stream.history;
    const raw_ms = embedded ? Math.min(EMBEDDED_RAW_MS, retention_ms ?? Infinity) : retention_ms;
    const log_ms = embedded ? Math.min(EMBEDDED_LOG_MS, stream.log_retention_ms) : stream.log_retention_ms;
    return {
      ...stream,
      history: {
        ...stream.history,
        retention_ms: config.HISTORY_DAYS === undefined ? raw_ms : days(config.HISTORY_DAYS),
      },
      log_retention_ms: config.LOG_HOURS === undefined ? log_ms : hours(config.LOG_HOURS),
    };
  });
};

/** @throws {ConfigError} if the folder or the database cannot be used, in one sentence. */
export async function openStores(
  config: Config,
  streams: readonly Stream[],
  clock: Clock,
  migrations: readonly string[] = [],
): Promise<Stores> {
  const lock = config.DATABASE_URL === undefined ? await holdFolder(config.DATA_DIR) : null;
  let server: EmbeddedPostgres | null = null;
  try {
    server = lock === null ? null : await startEmbeddedPostgres({ dir: config.DATA_DIR });
    const url = server?.url ?? config.DATABASE_URL!;
    const history = openPostgresHistory({ url, clock, migrations: [MIGRATIONS_DIR, ...migrations] });
    await migrate(history, server === null);
    const log = openPostgresLog({ url, clock });
    await log.createTopics([
      ...streams.map(({ topic, partitions, log_retention_ms }) => ({
        topic,
        partitions,
        retention_ms: log_retention_ms,
      })),
      { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: days(7) },
    ]);
    const live = openMemoryLive({ clock });
    const on =
      server === null
        ? "PostgreSQL of DATABASE_URL"
        : `PostgreSQL, embedded, in ${shortPath(server.data_dir)}`;
    return {
      log,
      history,
      live,
      parts: [
        ["Log", on],
        ["History", on],
        ["Live view", "in this process"],
      ],
      async close() {
        const closed = Promise.allSettled([log.close(), history.close(), live.close()]);
        await Promise.race([closed, new Promise((done) => setTimeout(done, CLOSE_MS_MAX))]);
        await server?.stop(1_000);
        lock?.release();
      },
    };
  } catch (error) {
    await server?.stop();
    lock?.release();
    throw error;
  }
}

async function holdFolder(dir: string): Promise<InstanceLock> {
  const lock = await takeFolder(dir);
  if (lock === null) {
    throw new ConfigError(
      `DATA_DIR is "${dir}", which another running Arterial uses; stop that one, or give another folder`,
    );
  }
  return lock;
}

async function migrate(history: HistoryStore, foreign: boolean): Promise<void> {
  try {
    await history.migrate();
  } catch (error) {
    // The address holds a password: it is not repeated.
    if (foreign && error instanceof HistoryUnavailableError) {
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new ConfigError(
        `DATABASE_URL names a server that does not answer (${cause}); start it, or unset the variable`,
      );
    }
    throw error;
  }
}

function shortPath(path: string): string {
  const here = resolve(".");
  return path.startsWith(join(here, "/")) ? path.slice(here.length + 1) : path;
}
