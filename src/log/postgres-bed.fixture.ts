/** The log on a real server, and ways to hurt it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock, type Clock } from "../core/time.ts";
import { openSql } from "../postgres.ts";
import { encodeBatch, packBatch } from "./batch-codec.ts";
import type { LogBed } from "./conformance-kit.ts";
import type { Log } from "./log.ts";
import { appendRows, type PackedRow } from "./postgres-append.ts";
import { openPostgresLog } from "./postgres-log.ts";

export interface PostgresBed extends LogBed {
  readonly url: string;
}

/**
 * @param freshDatabase Asked once: the checks have topics and groups of their own, so they share a database.
 * @returns what opens a bed.
 */
export function postgresBeds(
  freshDatabase: () => Promise<{ url: string }>,
  lease_ms = 800,
): () => Promise<PostgresBed> {
  let database: Promise<{ url: string }> | null = null;
  return async () => openBed((await (database ??= freshDatabase())).url, lease_ms);
}

async function openBed(url: string, lease_ms: number): Promise<PostgresBed> {
  const sql = openSql(url, { max: 4, application_name: "test" });
  const opened: Log[] = [];
  let ahead_ms = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead_ms, monotonic: () => systemClock.monotonic() };
  const closeLogs = async (): Promise<void> => {
    await Promise.all(opened.map((log) => log.close()));
  };
  return {
    url,
    async open() {
      const log = openPostgresLog({ url: url, clock, lease_ms, application_name: "log" });
      opened.push(log);
      return log;
    },
    async close() {
      await closeLogs();
      await sql.end({ timeout: 1 });
    },
    async holdAppend(topic, records) {
      const [partition] = await sql<{ partition_id: number }[]>`
        select partition_id from log_partitions where topic = ${topic} and partition = 0`;
      const row: PackedRow = {
        partition_id: partition!.partition_id,
        count: records.length,
        bytes: 0,
        packed: packBatch(encodeBatch(records)),
      };
      const { promise: gate, resolve: release } = Promise.withResolvers<void>();
      const { promise: held, resolve: holds } = Promise.withResolvers<void>();
      const committed = sql.begin(async (tx) => {
        await appendRows(tx, [row], clock.now());
        holds();
        await gate;
      });
      await held;
      return async () => {
        release();
        await committed;
      };
    },
    async doomedMember(topic, group) {
      const child = spawn(
        process.execPath,
        [
          fileURLToPath(import.meta.resolve("./doomed-member.fixture.ts")),
          url,
          topic,
          group,
          String(lease_ms),
        ],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      await new Promise((resolve) => child.stdout.once("data", resolve));
      return {
        async kill() {
          const ended = new Promise((resolve) => child.once("exit", resolve));
          child.kill("SIGKILL");
          await ended;
        },
      };
    },
    async remake() {
      await closeLogs();
      await sql.unsafe("drop schema public cascade; create schema public");
    },
    async restart() {
      // A backend that dies badly makes the server end all connections and start anew.
      const [backend] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
      process.kill(backend!.pid, "SIGKILL");
    },
    advance: (ms) => void (ahead_ms += ms),
  };
}
