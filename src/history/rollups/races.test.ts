/** Interleavings that chance seldom finds, each held in the middle by a lock of the test's. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { days, hours, minutes } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import type { BatchStore } from "./batch-store.ts";
import { ALL, CITY, NOON, partOf, type Sent } from "../conformance-kit.ts";
import type { HistoryStore } from "../history-store.ts";
import { openPostgresBatch } from "./postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";

const now_ms = NOON + days(2);
let bed: PostgresBed;
let history: HistoryStore;
let batch: BatchStore;
let sql: Sql;

beforeEach(async () => {
  bed = await postgresBed();
  history = await bed.open();
  batch = openPostgresBatch({ url: bed.url, zone: CITY.zone });
  sql = openSql(bed.url, { max: 2, application_name: "test" });
  // The driver never answers a reservation that has to connect.
  await sql`select`;
});
afterEach(async () => {
  await Promise.all([batch.close(), sql.end()]);
  await bed.drop();
});

const event = (event_id: string, at_ms: number): Sent => ({ key: "road-1", at_ms, event_id, speed: 30 });
const total = async (rollup: string): Promise<number> => {
  const found = bed.traffic.rollups.find(({ name }) => name === rollup)!;
  const { groups } = await batch.grouped(bed.traffic, found, { ...ALL, group: [] });
  return (groups[0]?.kept["n"] as number | undefined) ?? 0;
};

/** Until so many sessions of this database wait for somebody's lock, or the work has ended all the same. */
async function untilWaiting(n: number, work: Promise<unknown>): Promise<void> {
  let ended = false;
  void work.then(
    () => (ended = true),
    () => (ended = true),
  );
  while (!ended) {
    const [row] = await sql<{ n: number }[]>`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    if (row!.n >= n) return;
    await Bun.sleep(5);
  }
}

/** Does something while a window of road-1 cannot be written. */
async function whileHeld(start_ms: number, work: () => Promise<void>): Promise<void> {
  const held = await sql.reserve();
  await held.unsafe("begin");
  await held.unsafe(
    `select 1 from traffic_windows where window_start = '${new Date(start_ms).toISOString()}' for update`,
  );
  try {
    await work();
  } finally {
    await held.unsafe("rollback");
    held.release();
  }
}

test("the very first batch of a partition, under way while a refresh claims, is in the views", async () => {
  await history.append(bed.traffic, [partOf(bed.traffic, 0, 0, [event("a", 0), event("b", hours(9))])]);
  let appended: Promise<unknown> = Promise.resolve();
  let refreshed: Promise<unknown> = Promise.resolve();
  await whileHeld(NOON, async () => {
    appended = history.append(bed.traffic, [partOf(bed.traffic, 1, 0, [event("c", minutes(1))])]);
    await untilWaiting(1, appended);
    refreshed = batch.refresh(bed.traffic, { now_ms });
    await untilWaiting(2, refreshed);
  });
  await Promise.all([appended, refreshed]);
  for (const { name } of bed.traffic.rollups) expect([name, await total(name)]).toEqual([name, 3]);
});

test("the very first batch of a partition, under way while windows are rebuilt, is in its windows", async () => {
  await history.append(bed.traffic, [partOf(bed.traffic, 0, 0, [event("a", 0), event("b", hours(9))])]);
  await sql`update traffic_windows set n = 7 where window_start = ${new Date(NOON).toISOString()}`;
  let appended: Promise<unknown> = Promise.resolve();
  let rebuilt: Promise<unknown> = Promise.resolve();
  await whileHeld(NOON, async () => {
    appended = history.append(bed.traffic, [partOf(bed.traffic, 1, 0, [event("c", minutes(1))])]);
    await untilWaiting(1, appended);
    rebuilt = batch.rebuildWindows(bed.traffic, NOON, NOON + hours(1), { now_ms: NOON + hours(9) });
    await untilWaiting(2, rebuilt);
  });
  await Promise.all([appended, rebuilt]);
  const compared = await batch.compareWindows(bed.traffic, NOON, NOON + hours(1), { now_ms: NOON });
  expect(compared).toMatchObject({ windows: 1, added: 0, changed: 0, removed: 0 });
});

test("raw rows that go in the middle of a rebuild take no window with them", async () => {
  const stream = { ...bed.traffic, history: { ...bed.traffic.history, retention_ms: hours(15) } };
  await history.ensurePartitions(stream, NOON, NOON + days(1));
  await history.append(stream, [partOf(stream, 0, 0, [event("a", 0), event("b", hours(9))])]);
  const held = await sql.reserve();
  await held.unsafe("begin");
  await held.unsafe("select 1 from offsets for update");
  // A piece waits for the append, which waits for the test.
  const appended = history.append(stream, [partOf(stream, 0, 2, [event("c", hours(10))])]);
  await untilWaiting(1, appended);
  const rebuilt = batch.rebuildWindows(stream, NOON, NOON + hours(3), { now_ms: NOON + hours(12) });
  await untilWaiting(2, rebuilt);
  const dropped = await history.retain(stream, NOON + hours(19));
  expect(dropped).not.toEqual([]);
  await held.unsafe("rollback");
  held.release();
  await appended;
  expect(await rebuilt).toMatchObject({ removed: 0 });
  expect((await history.windows(stream, ALL)).length).toBe(3);
});

test("views of a stream that are not roll-ups keep their own frontier", async () => {
  await history.append(bed.traffic, [partOf(bed.traffic, 0, 0, [event("a", 0), event("b", hours(1))])]);
  await batch.refresh(bed.traffic, { now_ms });
  await sql`insert into frontiers (stream, view, frontier, definition) values ('traffic', 'episodes', ${new Date(NOON).toISOString()}, 'x')`;
  await history.append(bed.traffic, [partOf(bed.traffic, 0, 2, [event("c", hours(9))])]);
  await batch.refresh(bed.traffic, { now_ms });
  const frontiers = await batch.frontiers(bed.traffic);
  expect(frontiers["episodes"]).toBe(NOON);
  expect(frontiers["hours"]).toBeGreaterThan(NOON + hours(8));
});

test("a range that ends in the middle of a window rebuilds that window whole", async () => {
  const events = [event("a", minutes(2)), event("b", minutes(4)), event("c", minutes(6))];
  await history.append(bed.traffic, [partOf(bed.traffic, 0, 0, events)]);
  for (const to of [minutes(1), minutes(3), minutes(5), minutes(5) + 0.5, minutes(9)])
    for (const from of [0, minutes(-1), minutes(3)]) {
      if (from >= to) continue;
      const did = await batch.rebuildWindows(bed.traffic, NOON + from, NOON + to, { now_ms });
      expect(did).toMatchObject({ added: 0, changed: 0, removed: 0 });
      expect(await batch.compareWindows(bed.traffic, NOON + from, NOON + to, { now_ms })).toMatchObject({
        added: 0,
        changed: 0,
        removed: 0,
      });
    }
  expect((await history.windows(bed.traffic, ALL)).map(({ kept }) => kept["n"])).toEqual([2, 1]);
});
