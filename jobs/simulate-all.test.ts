import { expect, test } from "bun:test";
import { demo } from "../src/cities/demo/index.ts";
import type { Stream } from "../src/core/stream.ts";
import { hours, minutes, type Clock } from "../src/core/time.ts";
import type { DoorResult } from "../src/sources/door.ts";
import { makersOf } from "../src/sources/simulator/index.ts";
import { simulate } from "./simulate.ts";

const makers = makersOf(demo(), 1);
const taken: DoorResult = { accepted: 0, rejected: 0, rejects: [], applied: new Map() };

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await Bun.sleep(2);
};

test("all sources begin in their order with the state of every key, and go on with one call per stream and tick", async () => {
  let now_ms = Date.UTC(2026, 10, 20, 15, 30);
  const clock: Clock = { now: () => now_ms, monotonic: () => performance.now() };
  const calls: { stream: Stream; events: readonly Record<string, unknown>[]; at_ms: number }[] = [];
  const of = (name: string): typeof calls => calls.filter(({ stream }) => stream.name === name);
  const door = {
    accept(stream: Stream, values: readonly unknown[]): Promise<DoorResult> {
      calls.push({ stream, events: values as readonly Record<string, unknown>[], at_ms: now_ms });
      return Promise.resolve(taken);
    },
  };
  const stop = new AbortController();
  const running = simulate({ makers, door, clock, tick_ms: 1 }).run(stop.signal);
  await until(() => makers.every(({ stream }) => of(stream.name).length > 0));
  expect([...new Set(calls.map(({ stream }) => stream.name))]).toEqual(
    makers.map(({ stream }) => stream.name),
  );
  expect(of("traffic")[0]!.events).toHaveLength(1_247);
  // Who stands at home is silent.
  expect(of("vehicles")[0]!.events.length).toBeGreaterThan(500);
  expect(of("vehicles")[0]!.events.length).toBeLessThanOrEqual(1_000);
  expect(of("cameras")[0]!.events).toHaveLength(40);
  for (const { stream, events } of calls) {
    if (stream.live === null) continue;
    expect(new Set(events.map((event) => event[stream.key])).size).toBe(events.length);
  }
  // As time goes by, each call holds what came due since the one before, and nothing comes twice.
  for (let k = 0; k < 20; k++) {
    now_ms += 500;
    const begun = calls.length;
    await until(() => calls.slice(begun).some(({ stream }) => stream.name === "vehicles"));
  }
  now_ms += minutes(20);
  const before = calls.length;
  await until(() =>
    ["traffic", "vehicles", "transactions"].every((name) =>
      calls.slice(before).some((c) => c.stream.name === name),
    ),
  );
  stop.abort();
  await running;
  const ids = of("vehicles").flatMap(({ events }) => events.map((event) => event["event_id"]));
  expect(new Set(ids).size).toBe(ids.length);
  // After a pause: of what has a state, only its newest.
  const late = of("vehicles").find(({ at_ms }) => at_ms === now_ms)!;
  expect(late.events.length).toBeLessThanOrEqual(1_000);
  expect(new Set(late.events.map((event) => event["vehicle_id"])).size).toBe(late.events.length);
}, 60_000);

test("a call that ended while nobody told it is told as ended, however long the pause was", async () => {
  const begin_ms = Date.UTC(2026, 10, 20, 15, 30);
  const emergencies = makers.filter(({ stream }) => stream.name === "emergencies");
  const status = new Map<unknown, unknown>();
  async function run(now_ms: number): Promise<void> {
    const stop = new AbortController();
    const clock: Clock = { now: () => now_ms, monotonic: () => performance.now() };
    const door = {
      accept(_: Stream, values: readonly unknown[]): Promise<DoorResult> {
        for (const event of values as Record<string, unknown>[])
          status.set(event["emergency_id"], event["status"]);
        stop.abort();
        return Promise.resolve(taken);
      },
    };
    await simulate({ makers: emergencies, door, clock, tick_ms: 1 }).run(stop.signal);
  }
  const open = (): unknown[] => [...status].filter(([, told]) => told !== "closed").map(([id]) => id);
  await run(begin_ms);
  const before = open();
  expect(before.length).toBeGreaterThan(0);
  await run(begin_ms + hours(7));
  expect(open().filter((id) => before.includes(id))).toEqual([]);
});
