/**
 * The merge law under faults, on real servers: writers with random lateness and duplicates, refreshes and rebuilds in processes that are
 * killed, connections that are cut, a Redis that dies. In the end every answer equals a fold of all raw rows, and the audit finds nothing.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { auditStream } from "../src/batch/audit.ts";
import { compareLive } from "../src/batch/compare-live.ts";
import { recountStream } from "../src/batch/recount.ts";
import { isAway } from "../src/core/errors.ts";
import { foldRollup, type RollupRow } from "../src/core/rollup.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, hours, minutes, seconds } from "../src/core/time.ts";
import type { BatchCare } from "../src/history/rollups/batch-care.ts";
import type { BatchStore } from "../src/history/rollups/batch-store.ts";
import { ALL, CITY, NOON, partOf, type Sent } from "../src/history/conformance-kit.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../src/history/postgres-bed.fixture.ts";
import { openPostgresCare } from "../src/history/rollups/postgres-care.ts";
import type { LiveStore } from "../src/live/live-store.ts";
import { openRedisLive } from "../src/live/redis-live.ts";
import { openSql, type Sql } from "../src/postgres.ts";
import { redisMissing, startRedis, type RedisServer } from "./redis.ts";

const FAULTS_MS = seconds(8);
const { zone } = CITY;
const now_ms = NOON + days(1);
const clock = { now: () => now_ms, monotonic: () => performance.now() };
const { signal } = new AbortController();

let bed: PostgresBed;
let history: HistoryStore;
let writers: HistoryStore[];
let batch: BatchStore;
let care: BatchCare;
let sql: Sql;
let redis: RedisServer;
let live: LiveStore;

beforeAll(async () => {
  bed = await postgresBed();
  history = await bed.open();
  writers = [await bed.open(), await bed.open()];
  batch = openPostgresBatch({ url: bed.url, zone });
  care = openPostgresCare({ url: bed.url, zone });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
  if (redisMissing === null) {
    redis = await startRedis();
    live = openRedisLive({ url: redis.url, clock: { ...clock, now: () => NOON } });
  }
});
afterAll(async () => {
  await Promise.all([
    batch.close(),
    care.close(),
    sql.end(),
    ...(redisMissing === null ? [live.close()] : []),
  ]);
  if (redisMissing === null) await redis.close();
  await bed.drop();
});

/** mulberry32: the same faults each time, as far as the servers' own pace lets them be. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is away comes again: the same is tried until it is done. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error)) throw error;
      await Bun.sleep(20);
    }
  }
}

const ROADS = 12;
let sent_n = 0;

/** One partition's writer: time goes on from two days before noon; a fifth is up to two days late, a tenth was sent before. */
async function write(partition: number, going: () => boolean): Promise<number> {
  const random = randomOf(partition + 1);
  const before: Sent[] = [];
  let from = 0;
  let distinct = 0;
  for (let i = 0; going() || i < 40; i++) {
    const base_ms = -days(2) + Math.min(days(2), i * minutes(72));
    const some: Sent[] = [];
    for (let n = 0; n < 60; n++) {
      if (before.length > 0 && random() < 0.1) {
        some.push(before[Math.floor(random() * before.length)]!);
        continue;
      }
      const late_ms = random() < 0.2 ? random() * days(2) : random() * minutes(10);
      const one: Sent = {
        key: `road-${Math.floor(random() * ROADS)}`,
        at_ms: Math.round(Math.max(-days(2), base_ms - late_ms)),
        event_id: `${partition}-${i}-${n}`,
        speed: Math.round(random() * 12_000) / 100,
        free: random() < 0.9 ? 60 : null,
      };
      some.push(one);
      before.push(one);
      distinct += 1;
    }
    const part = partOf(bed.traffic, partition, from, some);
    const done = await insist(() => writers[partition]!.append(bed.traffic, [part]));
    expect(done.kind).toBe("stored");
    from += some.length;
    sent_n += some.length;
    await Bun.sleep(5);
  }
  return distinct;
}

async function insistOnWork(
  going: () => boolean,
  work: (random: () => number) => Promise<unknown>,
  seed: number,
): Promise<number> {
  const random = randomOf(seed);
  let done = 0;
  while (going()) {
    await insist(() => work(random));
    done += 1;
    await Bun.sleep(10);
  }
  return done;
}

/** Kills processes in the middle of a refresh or rebuild. */
async function killing(going: () => boolean): Promise<number> {
  const random = randomOf(7);
  let killed = 0;
  while (going()) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "doomed-refresh.fixture.ts"), bed.url], {
      stdout: "pipe",
    });
    for await (const chunk of child.stdout) if (chunk.length > 0) break;
    await Bun.sleep(random() * 300);
    child.kill("SIGKILL");
    await child.exited;
    killed += 1;
  }
  return killed;
}

/** Cuts connections of Arterial, some at a time. */
async function cutting(going: () => boolean): Promise<number> {
  let cut = 0;
  while (going()) {
    await Bun.sleep(250);
    const ended = await sql`select pg_terminate_backend(pid) as ended from pg_stat_activity
      where datname = current_database() and application_name like 'arterial%' and random() < 0.3`;
    cut += ended.length;
  }
  return cut;
}

/** Its live rows live for as long as the test's events reach back. */
const shown = (): Stream => ({ ...bed.traffic, live: { ...bed.traffic.live!, ttl_ms: days(4) } });

const newest = async () =>
  (await insist(() => history.latest(bed.traffic))).map(
    ({ key, event_time_ms, partition, offset, source, row }) => ({
      key,
      event_time_ms,
      partition,
      offset,
      source,
      row,
    }),
  );

const fillLive = async (): Promise<void> => {
  const applied = (await insist(() => history.ledger(bed.traffic))).map(({ partition, next_offset }) => ({
    partition,
    next_offset,
  }));
  const rows = await newest();
  await insist(() => live.put(shown(), rows, applied));
};

/** Every roll-up as it is merged, beside a fold of windows that are computed from all raw rows. */
async function assertMerged(): Promise<void> {
  const windows = await history.recomputeWindows(bed.traffic, ALL.from_ms, ALL.to_ms);
  const order = (a: RollupRow, b: RollupRow): number =>
    a.start_ms - b.start_ms || ((a.key ?? "") < (b.key ?? "") ? -1 : 1);
  for (const rollup of bed.traffic.rollups) {
    const { groups } = await batch.grouped(bed.traffic, rollup, {
      ...ALL,
      group: rollup.by === "key" ? ["key", "start"] : ["start"],
      measures: (rollup.measures ?? []).map(({ column }) => column),
    });
    const rows = groups.map((group): RollupRow => ({
      key: group.key ?? null,
      start_ms: group.start_ms!,
      split: null,
      kept: group.kept,
    }));
    expect(rows.sort(order)).toEqual(foldRollup(bed.traffic.windows!, rollup, zone, windows));
  }
}

const audit = (chance = 0) =>
  auditStream(bed.traffic, {
    batch,
    care,
    // As if it were now: the audit looks at the last hours, and at a piece of the past.
    clock: { ...clock, now: () => NOON + minutes(1) },
    signal,
    chance,
    live: redisMissing === null ? () => compareLive(shown(), { history, live, clock, signal }) : null,
  });

describe("the merge law under faults", () => {
  test("writers, killed refreshes and rebuilds, cut connections: in the end each answer equals a fold of all raw rows", async () => {
    const until_ms = performance.now() + FAULTS_MS;
    const going = (): boolean => performance.now() < until_ms;
    let rebuilt = 0;
    const [distinct, , refreshes, killed, cut] = await Promise.all([
      Promise.all([write(0, going), write(1, going)]),
      insistOnWork(
        going,
        async (random) => {
          const from_ms = NOON - random() * days(2);
          const did = await batch.rebuildWindows(bed.traffic, from_ms, from_ms + hours(3), { now_ms });
          rebuilt += 1;
          expect(did).toMatchObject({ added: 0, changed: 0, removed: 0 });
        },
        3,
      ),
      insistOnWork(going, () => batch.refresh(bed.traffic, { now_ms }), 4),
      killing(going),
      cutting(going),
      redisMissing === null
        ? (async () => {
            await fillLive();
            await redis.kill();
            await redis.start();
            // As the speed layer does when it finds the view empty.
            await fillLive();
          })()
        : null,
    ]);
    const faults = { refreshes, rebuilt, killed, cut };
    for (const n of Object.values(faults)) expect(n).toBeGreaterThan(0);

    await assertMerged();
    expect((await batch.refresh(bed.traffic, { now_ms })).busy).toBe(false);
    expect(await batch.dirty(bed.traffic)).toBe(0);
    await assertMerged();
    const recounted = await recountStream(bed.traffic, history, signal);
    expect(recounted).toMatchObject({
      rows: distinct[0] + distinct[1],
      difference: 0,
      exact: true,
      words: null,
    });
    const consumed = (await history.ledger(bed.traffic)).reduce((n, row) => n + row.consumed, 0);
    expect(consumed).toBe(sent_n);

    if (redisMissing === null) await fillLive();
    for (const chance of [0, 0.3, 0.6, 0.9])
      expect(await audit(chance)).toMatchObject({ found: 0, live_found: 0, words: null });
  }, 120_000);

  test("a fault that is planted afterwards is found and repaired by the audit", async () => {
    // A writer that marks nothing as dirty, and a window that is lost.
    await sql`delete from traffic_windows where window_start = ${new Date(NOON - hours(1))}`;
    await sql`update traffic_hours set n = n + 1 where window_start = ${new Date(NOON - hours(6))}`;
    await sql`delete from dirty_windows`;
    const found = await audit();
    expect(found.found).toBeGreaterThan(1);
    expect(found.repaired).toBe(found.found);
    expect(await audit()).toMatchObject({ found: 0 });
    await assertMerged();
  }, 60_000);

  test.skipIf(redisMissing !== null)(
    "a live view that was emptied is told by the audit, until it is filled again",
    async () => {
      await redis.kill();
      await redis.start();
      const applied = (await history.ledger(bed.traffic)).map(({ partition, next_offset }) => ({
        partition,
        next_offset,
      }));
      // It says that it holds all, and holds nothing.
      await insist(() => live.put(shown(), [], applied));
      const options = { history, live, clock, signal };
      expect((await compareLive(shown(), options))?.found).toBeGreaterThan(0);
      await fillLive();
      expect((await compareLive(shown(), options))?.found).toBe(0);
    },
    60_000,
  );
});
