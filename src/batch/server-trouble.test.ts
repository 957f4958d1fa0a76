/** Log → history while the server itself is in trouble: it crashes, hangs, has no room, and settles deadlocks. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import postgres from "postgres";
import { HistoryUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../embedded-postgres.ts";
import { ALL, assertLedger, CITY, days, minutes, NOON } from "../history/conformance-kit.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { openPostgresHistory } from "../history/postgres-history.ts";
import type { Log, NewRecord } from "../log/log.ts";
import { openMemoryLog } from "../log/memory-log.ts";
import { traffic } from "../streams/traffic.ts";
import { batchConsumer, type BatchConsumer } from "./consumer.ts";

const clock = { now: () => NOON + days(2), monotonic: () => systemClock.monotonic() };
const dir = join(import.meta.dir, "..", "..", ".test", `batch-trouble-${process.pid}`);

let server: EmbeddedPostgres;
let history: HistoryStore;
let log: Log;
let stop: AbortController;
let done: Promise<void>;
let consumer: BatchConsumer;
const warnings: string[] = [];

const records = (from: number, n: number): NewRecord[] =>
  Array.from({ length: n }, (_, i) => ({
    key: `k${(from + i) % 17}`,
    value: Buffer.from(
      JSON.stringify({
        event_id: `e${from + i}`,
        road_id: `k${(from + i) % 17}`,
        timestamp: new Date(NOON + (from + i) * 1_000).toISOString(),
        current_speed: (from + i) % 120,
      }),
    ),
    headers: { source: "test" },
  }));

beforeEach(async () => {
  server = await startEmbeddedPostgres({ dir, settings: { deadlock_timeout: "2s" } });
  history = openPostgresHistory({ url: server.url, clock });
  await history.migrate();
  log = openMemoryLog({ clock: systemClock });
  await log.createTopics([
    { topic: traffic.topic, partitions: traffic.partitions, retention_ms: minutes(60) },
  ]);
  warnings.length = 0;
}, 60_000);

afterEach(async () => {
  stop.abort();
  await done.catch(() => {});
  await Promise.all([history.close(), log.close()]);
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

function start(over: Partial<{ history: HistoryStore }> = {}): void {
  stop = new AbortController();
  consumer = batchConsumer({
    log,
    history,
    streams: [traffic],
    city: CITY,
    clock,
    rejects_topic: null,
    batch_ms: 10,
    onWarning: (message) => warnings.push(message),
    ...over,
  });
  done = consumer.run(stop.signal);
  done.catch(() => {});
}

async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const until_ms = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > until_ms) throw new Error(`Not within ${ms} ms: ${what}`);
    await Bun.sleep(10);
  }
}

const stored = (): number => consumer.progress().partitions.reduce((sum, one) => sum + one.next_offset, 0);

/** What history answers as soon as it does: a server that was in trouble may still end connections, or not take any. */
async function answered<T>(ask: () => Promise<T>, ms = 60_000): Promise<T> {
  const until_ms = performance.now() + ms;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError) || performance.now() > until_ms) throw error;
      await Bun.sleep(10);
    }
  }
}

/** All that was sent is there once, with its windows, and nothing became a dead letter. */
const assertExact = (count: number): Promise<void> => answered(() => assertExactNow(count));

async function assertExactNow(count: number): Promise<void> {
  await assertLedger(history, traffic);
  const ledger = await history.ledger(traffic);
  const total = (of: "consumed" | "stored" | "duplicate" | "dead"): number =>
    ledger.reduce((sum, row) => sum + row[of], 0);
  const found = {
    consumed: total("consumed"),
    stored: total("stored"),
    duplicate: total("duplicate"),
    dead: total("dead"),
  };
  expect(found).toEqual({ consumed: count, stored: count, duplicate: 0, dead: 0 });
  expect([...(await history.windows(traffic, ALL))]).toEqual([
    ...(await history.recomputeWindows(traffic, ALL.from_ms, ALL.to_ms)),
  ]);
}

/**
 * For each of the server's processes. The first comes first, since those that it starts later have what was done to it;
 * those that have ended meanwhile are left out.
 *
 * @param act False if there is no such process.
 */
function onProcesses(act: (pid: number) => boolean): void {
  if (!act(server.pid)) throw new Error("The server is gone");
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8");
  for (const pid of children.split(" ")) if (Number(pid) > 0) act(Number(pid));
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** How large a file may get: soft and hard limit, as `prlimit` has it. */
function limitFiles(pid: number, limit: string): boolean {
  // As the server's own user: another's limits may not be touched.
  const owner = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (owner === undefined) return false;
  const { uid, gid } = owner;
  const limited = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${limit}`], { uid, gid });
  if (limited.status === 0) return true;
  if (!existsSync(`/proc/${pid}`)) return false;
  throw new Error(`prlimit failed: ${limited.stderr.toString()}`);
}

describe("a server in trouble", () => {
  test("case 28: a server that crashes again and again in the middle of transactions: everything is stored once", async () => {
    start();
    let sent = 0;
    for (let crash = 0; crash < 6; crash++) {
      for (let i = 0; i < 10; i++, sent += 100) await log.append(traffic.topic, records(sent, 100));
      // Some batches are through, others on their way, at uneven distances.
      await until("some of it is stored", () => stored() > sent - 1_000 + ((crash * 137) % 500));
      let ended = false;
      const admin = postgres(server.url, {
        max: 1,
        connection: { application_name: "crash" },
        onnotice: () => {},
        onclose: () => (ended = true),
      });
      // One process of the server dies: the server ends all others and recovers, as after a loss of power.
      await until("a writer's process is killed", async () => {
        const pid = await admin<
          { pid: number }[]
        >`select pid from pg_stat_activity where application_name = 'arterial-history-writer' limit 1`.then(
          ([row]) => row?.pid,
          () => undefined,
        );
        ended = false;
        return pid !== undefined && signal(pid, "SIGKILL");
      });
      await until("the server has noticed", () => ended);
      await admin.end({ timeout: 1 }).catch(() => {});
    }
    // It takes no session before those from before the crash have ended: what is read from now on is not lost any more.
    await until("the server has recovered", async () => {
      const probe = postgres(server.url, { max: 1 });
      const well = await probe`select`.then(
        () => true,
        () => false,
      );
      await probe.end({ timeout: 1 }).catch(() => {});
      return well;
    });
    // Told by the server itself: the last crash may have taken what was said to be stored.
    const consumed = (): Promise<number> =>
      answered(() => history.ledger(traffic)).then((ledger) =>
        ledger.reduce((sum, row) => sum + row.consumed, 0),
      );
    await until("all of it is stored", async () => (await consumed()) === sent, 60_000);
    await assertExact(sent);
  }, 120_000);

  test("case 29: a server that hangs: each question ends in time, and all goes on when it wakes", async () => {
    start();
    await log.append(traffic.topic, records(0, 500));
    await until("the first are stored", () => stored() === 500);
    try {
      onProcesses((pid) => signal(pid, "SIGSTOP"));
      await log.append(traffic.topic, records(500, 500));
      const began = performance.now();
      const error: unknown = await history.latest(traffic).then(
        () => null,
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(HistoryUnavailableError);
      expect(performance.now() - began).toBeLessThan(20_000);
    } finally {
      onProcesses((pid) => signal(pid, "SIGCONT"));
    }
    await until("the rest is stored", () => stored() === 1_000, 60_000);
    await assertExact(1_000);
  }, 120_000);

  test("case 29: a server that accepts and closes is not asked more than five times a second", async () => {
    let connections = 0;
    const closing = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((ready) => closing.listen(0, "127.0.0.1", ready));
    const { port } = closing.address() as { port: number };
    const away = openPostgresHistory({ url: `postgres://postgres:x@127.0.0.1:${port}/postgres`, clock });
    start({ history: away });
    await log.append(traffic.topic, records(0, 10));
    // The first few are free.
    await until("it was asked", () => connections > 5);
    const before = connections;
    const began_ms = performance.now();
    await Bun.sleep(4_000);
    expect(connections - before).toBeLessThanOrEqual((performance.now() - began_ms) / 200);
    stop.abort();
    await done.catch(() => {});
    await away.close();
    closing.close();
  }, 120_000);

  test("case 30: no room for the table: nothing is lost or made a dead letter, and it goes on when there is room", async () => {
    const admin = postgres(server.url, { max: 1, onnotice: () => {} });
    await admin`insert into traffic_data (event_time, received_at, log_offset, current_speed, log_partition, is_congested, is_rush_hour,
        backfill, road_id, event_id, congestion_level, source)
      select now() - interval '40 days', now(), n, 1, 9, false, false, false, 'filler', repeat('x', 100) || n, 'free', 'test'
      from generate_series(1, 8000) as n`;
    const [size] = await admin<
      { bytes: number }[]
    >`select pg_relation_size('traffic_data_default')::int as bytes`;
    start();
    await log.append(traffic.topic, records(0, 200));
    await until("the first are stored", () => stored() === 200);
    const room = (limit: string): void => onProcesses((pid) => limitFiles(pid, limit));
    // No file may grow over this: to the server it is as if the disk were full. WAL files stay below.
    room(`${Math.max(17 * 1024 * 1024, size!.bytes)}:unlimited`);
    let full = false;
    for (let i = 0; i < 30 && !full; i++) {
      full =
        await admin`insert into traffic_data (event_time, received_at, log_offset, current_speed, log_partition, is_congested,
          is_rush_hour, backfill, road_id, event_id, congestion_level, source)
        select ${new Date(NOON).toISOString()}::timestamptz, now(), n, 1, 9, false, false, false, 'filler', ${`${i} `} || repeat('x', 100) || n, 'free', 'test'
        from generate_series(1, 10000) as n`.then(
          () => false,
          () => true,
        );
    }
    expect(full).toBe(true);
    await log.append(traffic.topic, records(200, 5_000));
    await until(
      "it is said that the server refuses",
      () => consumer.progress().waiting_for?.includes("Cannot append to traffic_data") === true,
    );
    const before = stored();
    room("unlimited:unlimited");
    await until("the rest is stored", () => stored() === 5_200, 60_000);
    expect(before).toBeLessThan(5_200);
    await admin`delete from traffic_data where road_id = 'filler'`;
    await admin.end();
    await assertExact(5_200);
  }, 120_000);

  test("case 31: a batch that the server sacrifices in a deadlock is written again, once", async () => {
    start();
    await log.append(traffic.topic, records(0, 170));
    await until("the windows are there", () => stored() === 170);
    const admin = postgres(server.url, { max: 1, onnotice: () => {} });
    // Connected before it is needed: the conflict has to be there before the writer looks for one, after 2 s of waiting.
    const probe = postgres(server.url, { max: 1 });
    await probe`select`;
    const conflict = admin.begin(async (tx) => {
      // Ours is found first, so that it is the one who gives way.
      await tx`set local deadlock_timeout = '20s'`;
      await tx`update traffic_windows set n = n where road_id = 'k9'`;
      await log.append(traffic.topic, records(170, 170));
      await until("the writer waits for us", async () => {
        const [row] = await probe<{ n: number }[]>`select count(*)::int as n from pg_stat_activity
          where application_name = 'arterial-history-writer' and wait_event_type = 'Lock'`;
        return row!.n > 0;
      });
      // The other way round: a key that the writer already holds.
      await tx`update traffic_windows set n = n where road_id < 'k9'`;
    });
    await conflict;
    await until("all is stored", () => stored() === 340);
    // As the server counts, which it is told of a little later.
    await until("the writer was the one who gave way", async () => {
      const [row] = await probe<
        { n: number }[]
      >`select deadlocks::int as n from pg_stat_database where datname = current_database()`;
      return row!.n > 0;
    });
    await Promise.all([admin.end(), probe.end()]);
    await assertExact(340);
  }, 60_000);
});
