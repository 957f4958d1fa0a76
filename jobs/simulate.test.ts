import { expect, test } from "bun:test";
import { z } from "zod";
import { demo } from "../src/cities/demo/index.ts";
import { LogUnavailableError } from "../src/core/errors.ts";
import { days, hours, minutes, systemClock, type Clock } from "../src/core/time.ts";
import { reportsOf } from "../src/sources/simulator/reports.ts";
import { createTraffic } from "../src/sources/simulator/traffic.ts";
import { CollectingLog } from "../src/sources/collecting-log.ts";
import type { Door, DoorOptions, DoorResult } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { seedHistory, type SeedProgress } from "./seed-history.ts";
import { simulate } from "./simulate.ts";

const city = demo();
const roads = createTraffic(city, 1);
const trafficAt = (rate: number) => [reportsOf(city, roads, rate)];
const makers = trafficAt(1);
const wire = z.object({
  road_id: z.string(),
  road_name: z.string(),
  current_speed: z.number(),
  free_flow_speed: z.number(),
  timestamp: z.string(),
  event_id: z.string(),
  road_closed: z.boolean().nullish(),
});
type Report = z.infer<typeof wire>;
const reportOf = (value: unknown): Report => wire.parse(value);
const taken: DoorResult = { accepted: 0, rejected: 0, rejects: [], applied: new Map() };

/** Keeps what comes in; says how much is there. */
class CollectingDoor implements Pick<Door, "accept"> {
  readonly calls: { events: Report[]; options: DoorOptions }[] = [];
  fail_next = 0;
  tried = 0;
  onCall: () => void = () => {};
  accept(_stream: unknown, values: readonly unknown[], options: DoorOptions): Promise<DoorResult> {
    this.tried++;
    this.onCall();
    if (this.fail_next-- > 0) return Promise.reject(new LogUnavailableError("The log is away"));
    this.calls.push({ events: values.map(reportOf), options });
    return Promise.resolve(taken);
  }
  get events(): Report[] {
    return this.calls.flatMap((c) => [...c.events]);
  }
}

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await Bun.sleep(2);
};
const ids = (events: readonly Report[]): Set<string> =>
  new Set(events.map((e) => `${e.road_id} ${e.timestamp} ${e.event_id}`));

test("the simulator begins with every road, goes on in small even batches, and stops at once", async () => {
  const door = new CollectingDoor();
  const stop = new AbortController();
  const begun = systemClock.now();
  const running = simulate({ makers: trafficAt(20), door, clock: systemClock, tick_ms: 20 }).run(stop.signal);
  await until(() => door.calls.length >= 12);
  const stopped = performance.now();
  stop.abort();
  await running;
  expect(performance.now() - stopped).toBeLessThan(500);
  expect(new Set(door.calls[0]!.events.map((e) => e.road_id)).size).toBe(1_247);
  // 1,247 roads every half second: about 2,500 events a second.
  const later = door.calls.slice(1);
  for (const call of later) {
    expect(call.options).toEqual({ source: "simulator" });
    expect(call.events.length).toBeLessThan(1_247);
  }
  const all = door.events;
  expect(ids(all).size).toBe(all.length);
  const times = all.map((e) => Date.parse(e.timestamp));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]!).toBeGreaterThanOrEqual(begun - 10_000 / 20 - 5);
  const rate = all.length / ((times.at(-1)! - times[0]!) / 1_000);
  expect(rate).toBeGreaterThan(2_400);
  expect(rate).toBeLessThan(2_600);
});

test("a log that is away is tried again with the same events; nothing is lost and the rest catches up", async () => {
  const door = new CollectingDoor();
  door.fail_next = 2;
  const waits: number[] = [];
  const stop = new AbortController();
  const running = simulate({
    makers: trafficAt(20),
    door,
    clock: systemClock,
    tick_ms: 10,
    onAway: (_, wait_ms) => waits.push(wait_ms),
  }).run(stop.signal);
  await until(() => door.calls.length >= 4);
  stop.abort();
  await running;
  expect(waits).toEqual([100, 200]);
  expect(new Set(door.calls[0]!.events.map((e) => e.road_id)).size).toBe(1_247);
  const numbers = door.events.map((e) => parseInt(e.event_id.slice(1), 36));
  expect(numbers.every((n, i) => i === 0 || n === numbers[i - 1]! + 1)).toBe(true);
});

test("an error that is not the log's ends the simulator: its supervisor decides", async () => {
  const door = { accept: () => Promise.reject(new TypeError("a fault")) };
  const running = simulate({ makers, door, clock: systemClock }).run(new AbortController().signal);
  expect(await running.catch(String)).toBe("TypeError: a fault");
});

test("after a long pause of the log, each road sends its newest only", async () => {
  let now = Date.UTC(2026, 10, 20, 8);
  const clock: Clock = { now: () => now, monotonic: () => performance.now() };
  const door = new CollectingDoor();
  const stop = new AbortController();
  const running = simulate({ makers, door, clock, tick_ms: 1 }).run(stop.signal);
  await until(() => door.calls.length >= 1);
  now += hours(3);
  await until(() => door.calls.length >= 2);
  stop.abort();
  await running;
  expect(door.calls[1]!.events).toHaveLength(1_247);
  for (const e of door.calls[1]!.events) expect(now - Date.parse(e.timestamp)).toBeLessThanOrEqual(10_000);
});

const to_ms = Date.UTC(2026, 10, 20, 8, 2, 3);
const base = { makers, clock: systemClock, to_ms };

test("24 hours are 359,136 events through the real door, well within 60 s, marked backfill, in bounds, none twice", async () => {
  const log = new CollectingLog();
  const door = createDoor({ log, city, clock: { now: () => to_ms, monotonic: () => performance.now() } });
  const seen: SeedProgress[] = [];
  const begun = performance.now();
  const from_ms = to_ms - days(1);
  const done = await seedHistory({
    ...base,
    door,
    from_ms,
    signal: new AbortController().signal,
    rate_events_per_s: 200_000,
    onProgress: (p) => seen.push(p),
  });
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(done).toBe(359_136);
  expect(seen.at(-1)).toEqual({ done, total: done, eta_s: 0 });
  for (const p of seen) expect(p.eta_s).toBeGreaterThanOrEqual(0);
  const records = log.records("traffic-raw");
  expect(records).toHaveLength(done);
  expect(log.records("dead-letters")).toHaveLength(0);
  expect(
    records.every((r) => r.headers?.["backfill"] !== undefined && r.headers["source"] === "simulator"),
  ).toBe(true);
  const seen_ids = new Set<string>();
  let [least, most] = [Infinity, -Infinity];
  for (const { value } of records) {
    const { road_id, timestamp, event_id } = reportOf(JSON.parse(Buffer.from(value!).toString()));
    seen_ids.add(`${road_id} ${timestamp} ${event_id}`);
    const at_ms = Date.parse(timestamp);
    least = Math.min(least, at_ms);
    most = Math.max(most, at_ms);
  }
  expect(seen_ids.size).toBe(done);
  expect(least).toBeGreaterThanOrEqual(from_ms);
  expect(most).toBeLessThan(to_ms);
}, 60_000);

test("the newest hour comes first, in order within the hour; a second time makes the same events", async () => {
  const [one, two] = [new CollectingDoor(), new CollectingDoor()];
  for (const door of [one, two]) {
    await seedHistory({
      ...base,
      door,
      from_ms: to_ms - hours(3),
      signal: new AbortController().signal,
      rate_events_per_s: 1e6,
    });
  }
  expect(two.events).toEqual(one.events);
  const hourly = one.events.map((e) => Math.floor(Date.parse(e.timestamp) / hours(1)));
  expect(hourly).toEqual([...hourly].sort((a, b) => b - a));
  const newest = one.events.filter((_, i) => hourly[i] === hourly[0]).map((e) => Date.parse(e.timestamp));
  expect(newest).toEqual([...newest].sort((a, b) => a - b));
});

test("its rate is bounded, it waits while live lags, and it stops when told", async () => {
  const door = new CollectingDoor();
  const stop = new AbortController();
  let lag = 5_000;
  let looks = 0;
  const begun = performance.now();
  const running = seedHistory({
    ...base,
    door,
    from_ms: to_ms - days(1),
    signal: stop.signal,
    rate_events_per_s: 25_000,
    lag: () => {
      looks++;
      return lag;
    },
  });
  await until(() => looks >= 3);
  expect(door.tried).toBe(0);
  lag = 0;
  await until(() => door.calls.length >= 5);
  const gone_s = (performance.now() - begun) / 1_000;
  expect(door.events.length / gone_s).toBeLessThan(27_000 + 2_494 / gone_s);
  stop.abort();
  expect(await running).toBe(door.events.length);
  expect(door.events.length).toBeLessThan(50_000);
});

test("a log that is away delays history; no step is left out", async () => {
  const door = new CollectingDoor();
  door.fail_next = 1;
  const done = await seedHistory({
    ...base,
    door,
    from_ms: to_ms - minutes(30),
    signal: new AbortController().signal,
    rate_events_per_s: 1e6,
  });
  expect(done).toBe(6 * 1_247);
  expect(ids(door.events).size).toBe(done);
});

test("what it writes is what the live simulator would have sent: a repeat is a duplicate", async () => {
  const [past, live] = [new CollectingDoor(), new CollectingDoor()];
  const now = Date.UTC(2026, 10, 20, 8, 5, 10);
  const clock: Clock = { now: () => now, monotonic: () => performance.now() };
  const stop = new AbortController();
  live.onCall = () => stop.abort();
  await simulate({ makers, door: live, clock }).run(stop.signal);
  await seedHistory({
    ...base,
    to_ms: now,
    door: past,
    from_ms: now - minutes(6),
    signal: new AbortController().signal,
    rate_events_per_s: 1e6,
  });
  const known = new Map(past.events.map((e) => [`${e.road_id} ${e.timestamp}`, e]));
  const both = live.events.filter((e) => known.has(`${e.road_id} ${e.timestamp}`));
  expect(both.length).toBeGreaterThan(1_000);
  for (const e of both) expect(known.get(`${e.road_id} ${e.timestamp}`)).toEqual(e);
});
