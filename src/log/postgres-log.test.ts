import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { freshDatabase } from "../../test/postgres.ts";
import { LogUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { openSql, type Sql } from "../postgres.ts";
import { testLog } from "./conformance.ts";
import type { Log, LogBatch, NewRecord } from "./log.ts";
import { postgresBeds } from "./postgres-bed.fixture.ts";
import { openPostgresLog, type PostgresLogOptions } from "./postgres-log.ts";

// Other work may run beside the tests.
setDefaultTimeout(30_000);

testLog("PostgreSQL", postgresBeds(freshDatabase), {
  durable: true,
  holdsAppends: true,
  killsMembers: true,
  remakes: true,
  restarts: true,
  retains: true,
  patience_ms: 8_000,
});

const text = new TextEncoder();
const records = (count: number): NewRecord[] =>
  Array.from({ length: count }, (_, n) => ({ key: `key-${n}`, value: text.encode(String(n)) }));
const until = async (holds: () => boolean, patience_ms = 5_000): Promise<void> => {
  const end_ms = performance.now() + patience_ms;
  while (!holds()) {
    if (performance.now() > end_ms) throw new Error(`It did not come true within ${patience_ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

interface Ground {
  url: string;
  sql: Sql;
  open: (options?: Partial<PostgresLogOptions>) => Log;
}

/** A database of its own, with all that was opened on it closed at the end. */
async function onDatabase(run: (ground: Ground) => Promise<void>): Promise<void> {
  const database = await freshDatabase();
  const sql = openSql(database.url, { max: 2, application_name: "test" });
  const opened: Log[] = [];
  try {
    await run({
      url: database.url,
      sql,
      open: (options) => {
        const log = openPostgresLog({
          url: database.url,
          clock: systemClock,
          application_name: "log",
          ...options,
        });
        opened.push(log);
        return log;
      },
    });
  } finally {
    await Promise.all(opened.map((log) => log.close()));
    await sql.end({ timeout: 1 });
    await database.drop();
  }
}

const children = async (sql: Sql): Promise<number> =>
  (await sql`select 1 from pg_inherits where inhparent = 'log_batches'::regclass`).count;

const ignore = (): Promise<void> => Promise.resolve();

describe("log: PostgreSQL, its own ways", () => {
  const hour_ms = 3_600_000;

  test("retention drops whole tables, keeps those that a topic still needs, and new ones are made ahead", () =>
    onDatabase(async ({ sql, open }) => {
      let now_ms = Date.UTC(2026, 0, 5);
      const log = open({ clock: { now: () => now_ms, monotonic: () => performance.now() } });
      await log.createTopics([{ topic: "t", partitions: 2, retention_ms: 24 * hour_ms }]);
      for (let n = 0; n < 12; n++) {
        await log.retain(now_ms);
        await log.append("t", records(10));
        now_ms += 6 * hour_ms;
      }
      await log.retain(now_ms);
      // A day is four tables; beside them one that ends within it, now, the next, and the default.
      expect(await children(sql)).toBeLessThanOrEqual(8);
      expect((await sql`select 1 from log_batches_default`).count).toBe(0);
      const kept = await sql<
        { oldest_ms: number }[]
      >`select min(appended_at_ms) as oldest_ms from log_batches`;
      expect(kept[0]!.oldest_ms).toBeGreaterThanOrEqual(now_ms - 30 * hour_ms);
      for (const { partition, start_offset } of await log.ends(["t"])) {
        const [first] = await log.read("t", partition, 0, 1);
        expect(first!.offset).toBe(start_offset);
        expect(start_offset).toBeGreaterThan(0);
      }
      await log.createTopics([{ topic: "long", partitions: 1, retention_ms: 1_000 * hour_ms }]);
      await log.append("long", records(5));
      now_ms += 40 * hour_ms;
      await log.append("t", records(1));
      await log.retain(now_ms);
      const [long] = await log.ends(["long"]);
      expect(long).toMatchObject({ start_offset: 0, end_offset: 5 });
      const left =
        await sql`select 1 from log_batches b join log_partitions p using (partition_id) where p.topic = 't'`;
      expect(left.count).toBe(1);
    }));

  test("an append finds a place when no table was made for its time", () =>
    onDatabase(async ({ sql, open }) => {
      const log = open();
      await log.createTopics([{ topic: "t", partitions: 1, retention_ms: hour_ms }]);
      await sql.unsafe(
        (
          await sql<{ drop: string }[]>`
          select string_agg('drop table ' || c.relname, ';') as drop from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'log_batches'::regclass and c.relname <> 'log_batches_default'`
        )[0]!.drop,
      );
      await log.append("t", records(3));
      await log.retain(Date.now());
      await log.append("t", records(3));
      expect((await log.read("t", 0, 0, 10)).length).toBeGreaterThan(0);
      await log.retain(Date.now() + 48 * hour_ms);
      expect((await log.ends(["t"]))[0]).toMatchObject({ start_offset: 6, end_offset: 6 });
    }));

  test("an ephemeral group leaves nothing behind, a group that closed holds nothing", () =>
    onDatabase(async ({ sql, open }) => {
      const log = open();
      await log.createTopics([{ topic: "t", partitions: 2, retention_ms: hour_ms }]);
      const ephemeral = await log.consume({ topics: ["t"], group: "hub", ephemeral: true, onBatch: ignore });
      expect(ephemeral.assignment().length).toBe(2);
      expect((await sql`select 1 from log_leases`).count + (await sql`select 1 from log_members`).count).toBe(
        0,
      );
      const member = await log.consume({ topics: ["t"], group: "history", onBatch: ignore });
      expect((await sql`select 1 from log_leases where member_id is not null`).count).toBe(2);
      await member.close();
      expect((await sql`select 1 from log_leases where member_id is not null`).count).toBe(0);
      expect((await sql`select 1 from log_members`).count).toBe(0);
    }));

  test("news comes from another process without polling, and by polling when the listener is dead", () =>
    onDatabase(async ({ sql, open }) => {
      const writer = open();
      await writer.createTopics([{ topic: "t", partitions: 1, retention_ms: hour_ms }]);
      let got = 0;
      const onBatch = async (batch: LogBatch): Promise<void> => void (got += batch.records.length);
      await open({ poll_ms: 600_000, application_name: "told" }).consume({
        topics: ["t"],
        group: "a",
        onBatch,
      });
      await until(() => got === 0);
      const listening = async (name: string): Promise<number[]> =>
        (
          await sql<
            { pid: number }[]
          >`select pid from pg_stat_activity where application_name = ${name} and query ilike 'listen%'`
        ).map((r) => r.pid);
      while ((await listening("told")).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await writer.append("t", records(5));
      await until(() => got === 5, 1_000);

      let polled = 0;
      await open({ poll_ms: 50, application_name: "polls" }).consume({
        topics: ["t"],
        group: "b",
        onBatch: async (batch) => void (polled += batch.records.length),
      });
      await until(() => polled === 5);
      for (const pid of await listening("polls")) await sql`select pg_terminate_backend(${pid})`;
      await writer.append("t", records(5));
      await until(() => polled === 10, 2_000);
    }));

  test("rows of many small appends are handed over as one batch", () =>
    onDatabase(async ({ open }) => {
      const writer = open();
      await writer.createTopics([{ topic: "t", partitions: 1, retention_ms: hour_ms }]);
      for (let n = 0; n < 50; n++) await writer.append("t", records(4));
      const sizes: number[] = [];
      await open().consume({
        topics: ["t"],
        group: "g",
        onBatch: async (batch) => void sizes.push(batch.records.length),
      });
      await until(() => sizes.length > 0);
      expect(sizes).toEqual([200]);
    }));

  test("three groups of one process are given the very same records, read and unpacked once", () =>
    onDatabase(async ({ open }) => {
      const log = open();
      await log.createTopics([{ topic: "t", partitions: 1, retention_ms: hour_ms }]);
      let got = 0;
      const seen = new Set<unknown>();
      for (const group of ["a", "b", "c"]) {
        await log.consume({
          topics: ["t"],
          group,
          onBatch: async (batch) => {
            got += batch.records.length;
            seen.add(batch.records[0]);
          },
        });
      }
      for (let n = 0; n < 20; n++) {
        await log.append("t", records(10));
        await until(() => got === (n + 1) * 30);
      }
      expect(seen.size).toBe(20);
    }));

  test("a position beyond the end is told loudly: the log was made anew", () =>
    onDatabase(async ({ open }) => {
      const log = open();
      await log.createTopics([{ topic: "t", partitions: 1, retention_ms: hour_ms }]);
      await log.append("t", records(5));
      const consumer = await log.consume({
        topics: ["t"],
        group: "g",
        position: () => Promise.resolve(6),
        onBatch: () => Promise.resolve(),
      });
      const error = await consumer.done.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(RangeError);
      expect(String(error)).toContain("Cannot read t-0 from 6: it ends at 5");
    }));

  test("closing takes about a second at most, also when the server hangs", () =>
    onDatabase(async ({ sql, open }) => {
      const log = open({ application_name: "hangs" });
      await log.createTopics([{ topic: "t", partitions: 2, retention_ms: hour_ms }]);
      await log.consume({ topics: ["t"], group: "g", onBatch: () => Promise.resolve() });
      await log.append("t", records(5));
      const backends = await sql<
        { pid: number }[]
      >`select pid from pg_stat_activity where application_name = 'hangs'`;
      expect(backends.length).toBeGreaterThan(0);
      try {
        for (const { pid } of backends) process.kill(pid, "SIGSTOP");
        const began_ms = performance.now();
        await log.close();
        expect(performance.now() - began_ms).toBeLessThan(1_500);
      } finally {
        for (const { pid } of backends) process.kill(pid, "SIGCONT");
      }
    }));

  test("an unknown topic is a RangeError; a closed log is unavailable", () =>
    onDatabase(async ({ open }) => {
      const log = open();
      await log.createTopics([]);
      expect(await log.append("nowhere", records(1)).catch((e: unknown) => e)).toBeInstanceOf(RangeError);
      expect(
        await log.createTopics([{ topic: "t", partitions: 257, retention_ms: 1 }]).catch((e: unknown) => e),
      ).toBeInstanceOf(RangeError);
      await log.close();
      expect(await log.ends(["t"]).catch((e: unknown) => e)).toBeInstanceOf(LogUnavailableError);
    }));
});
