import { afterEach, expect, test } from "bun:test";
import { HandClock, spots, START_MS, TestSink } from "./testing.ts";
import type { CityRules } from "../core/city.ts";
import type { Log, NewRecord } from "../log/log.ts";
import { openMemoryLog } from "../log/memory-log.ts";
import { MemoryStore } from "../log/memory-store.ts";
import { hubFeed, type HubFeed } from "./feed.ts";
import { createHub, type Hub } from "./hub.ts";

const city: CityRules = { city_id: "test", zone: "UTC", rush_hours: [], peak_hours: [], holidays: [] };
const clock = new HandClock();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const record = (spot: string, v: number, headers: Record<string, string> = {}): NewRecord => ({
  key: spot,
  value: Buffer.from(
    JSON.stringify({ event_id: `${spot}-${v}`, spot, v, timestamp: new Date(clock.now() + v).toISOString() }),
  ),
  headers: { source: "test", ...headers },
});

async function logOf(store: MemoryStore): Promise<Log> {
  const log = openMemoryLog({ clock, store });
  open.push(log);
  await log.createTopics([{ topic: spots.topic, partitions: spots.partitions, retention_ms: 1e9 }]);
  return log;
}

async function replica(log: Log): Promise<{ hub: Hub; feed: HubFeed }> {
  const hub = createHub({ streams: [spots], clock, epoch: await log.epoch(), schedule: clock.schedule });
  const feed = await hubFeed({ log, hub, streams: [spots], city, clock });
  open.push(hub, feed);
  await feed.ready;
  return { hub, feed };
}

function join(hub: Hub, resume: string | null = null): TestSink {
  const sink = new TestSink();
  const filter = { streams: [spots], bbox: null, keys: new Map() };
  hub.subscribe({ filter, tick_ms: 50, resume: resume === null ? null : hub.parse(resume) }, sink);
  return sink;
}

async function until(what: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!what()) {
    if (performance.now() > deadline) throw new Error(`Not reached in 5 s: ${what.toString()}`);
    await Bun.sleep(1);
    clock.pass(1);
  }
}

test("what is appended is told; rejects and backfill are not, but the position passes them", async () => {
  const log = await logOf(new MemoryStore());
  const { hub } = await replica(log);
  const client = join(hub);
  await log.append(spots.topic, [
    record("a", 1),
    record("a", 2, { backfill: "1" }),
    { key: "a", value: Buffer.from("{") },
    record("b", 3),
  ]);
  const ends = await log.ends([spots.topic]);
  await until(() => ends.every((e) => hub.position(spots, e.partition) === e.end_offset));
  clock.pass(100);
  expect(client.rows.sort()).toEqual(["a=1", "b=3"]);
});

test("after a restart a client resumes where it was, on the same process or on another", async () => {
  const store = new MemoryStore();
  const log = await logOf(store);
  const first = await replica(log);
  const client = join(first.hub);
  await log.append(spots.topic, [record("a", 1), record("b", 2)]);
  await until(() => client.rows.length === 2);
  await first.feed.close();
  await log.append(spots.topic, [record("a", 3), record("c", 4)]);
  clock.pass(10_000);
  const second = await replica(await logOf(store));
  const back = join(second.hub, client.lastId);
  expect(JSON.parse(back.told[0]!.data)).toMatchObject({ resumed: true });
  await until(() => back.rows.includes("a=3") && back.rows.includes("c=4"));
  // b was told before; the newest state of a key may come again, an older one may not.
  expect(new Set(back.rows).difference(new Set(["a=3", "b=2", "c=4"])).size).toBe(0);
});

test("a feed that is started again for the same hub goes on without a gap or a repeat", async () => {
  const log = await logOf(new MemoryStore());
  const { hub, feed } = await replica(log);
  const client = join(hub);
  await log.append(spots.topic, [record("a", 1)]);
  await until(() => client.rows.length === 1);
  await feed.close();
  clock.pass(200_000);
  await log.append(spots.topic, [record("b", 2)]);
  clock.pass(200_000);
  const again = await hubFeed({ log, hub, streams: [spots], city, clock });
  open.push(again);
  await again.ready;
  clock.pass(100);
  expect(client.rows).toEqual(["a=1", "b=2"]);
});

test("a log that has been silent for long is ready at once; a cursor from before is understood", async () => {
  const store = new MemoryStore();
  const log = await logOf(store);
  await log.append(
    spots.topic,
    Array.from({ length: 20 }, (_, v) => record(`k${v}`, v)),
  );
  const first = await replica(log);
  const cursor = join(first.hub).lastId;
  clock.pass(3_600_000);
  const second = await replica(await logOf(store));
  const back = join(second.hub, cursor);
  expect(back.told.map((t) => t.event)).toEqual(["hello"]);
  expect(clock.now()).toBeGreaterThan(START_MS + 3_600_000);
});

test("what is told as gone before the log was read does not hold the start up, though retention took the log", async () => {
  const log = await logOf(new MemoryStore());
  await log.append(spots.topic, [record("a", 1), record("b", 2)]);
  clock.pass(2e9);
  await log.retain(clock.now());
  expect((await log.ends([spots.topic])).every((e) => e.start_offset === e.end_offset)).toBe(true);
  const hub = createHub({ streams: [spots], clock, epoch: await log.epoch(), schedule: clock.schedule });
  open.push(hub);
  const client = join(hub);
  const before = client.lastId;
  hub.gone(spots, ["a", "b"]);
  const feed = await hubFeed({ log, hub, streams: [spots], city, clock });
  open.push(feed);
  expect(await Promise.race([feed.ready.then(() => "ready"), Bun.sleep(2_000)])).toBe("ready");
  for (const e of await log.ends([spots.topic])) expect(hub.position(spots, e.partition)).toBe(e.end_offset);
  // Who was here before, and whoever comes with the log's end, learns of it.
  clock.pass(100);
  expect(client.told.map((t) => t.event)).toContain("gone");
  expect(join(hub, before).told.map((t) => t.event)).toContain("resync");
});
