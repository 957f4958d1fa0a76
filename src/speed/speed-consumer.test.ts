import { afterEach, describe, expect, test } from "bun:test";
import { assert, asyncProperty, constantFrom, integer, record as recordOf, array } from "fast-check";
import {
  endAll,
  encoder,
  recordFor,
  run,
  send,
  setUp,
  speedOf,
  START_MS,
  switchable,
  until,
} from "../../test/speed-bed.ts";
import { LiveUnavailableError } from "../core/errors.ts";
import { minutes, seconds } from "../core/time.ts";
import type { LiveRow } from "../live/live-store.ts";
import { traffic } from "../streams/traffic.ts";
import { SPEED_GROUP, speedConsumer } from "./speed-consumer.ts";

afterEach(endAll);

describe("log → live", () => {
  test("what is appended is live at once, with its place in the log and applied after it", async () => {
    const { log, live, speed } = await setUp({}, 1);
    run(speed);
    await send(log, [
      { road_id: "a", speed: 31 },
      { road_id: "b", speed: 32 },
    ]);
    await until("both roads live", async () => (await live.all(traffic)).rows.length === 2);
    const { rows, applied } = await live.all(traffic);
    expect(applied).toEqual([2]);
    expect(
      rows.map((r) => [r.key, r.offset, r.source, r.row["current_speed"], r.row["congestion_level"]]),
    ).toEqual([
      ["a", 0, "test", 31, "moderate"],
      ["b", 1, "test", 32, "moderate"],
    ]);
  });

  test("any sequence of events leaves the newest of each key by event time", async () => {
    const events = array(
      recordOf({
        road_id: constantFrom("a", "b", "c"),
        at_ms: integer({ min: -9, max: 0 }).map((n) => n * 1_000),
        speed: integer({ min: 0, max: 90 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    await assert(
      asyncProperty(events, integer({ min: 1, max: 9 }), async (sent, size) => {
        const { log, live, speed } = await setUp({ flush_ms: 0 }, 1);
        const end = run(speed);
        for (let n = 0; n < sent.length; n += size) await send(log, sent.slice(n, n + size));
        await until("all applied", async () => (await live.applied(traffic))[0] === sent.length);
        for (const key of new Set(sent.map((s) => s.road_id))) {
          const of = sent.filter((s) => s.road_id === key);
          const newest_ms = Math.max(...of.map((s) => s.at_ms));
          expect(await speedOf(live, key)).toBe(of.findLast((s) => s.at_ms === newest_ms)!.speed);
        }
        await end();
      }),
      { numRuns: 25 },
    );
  });

  test("backfill is kept by event time: within the TTL it is live, older it is not, and it replaces nothing newer", async () => {
    const { log, live, speed } = await setUp({}, 1);
    run(speed);
    await send(log, [
      { road_id: "a", at_ms: 0, speed: 10 },
      { road_id: "a", at_ms: -seconds(30), speed: 20, backfill: true },
      { road_id: "b", at_ms: -minutes(9), speed: 30, backfill: true },
      { road_id: "c", at_ms: -minutes(11), speed: 40, backfill: true },
    ]);
    await until("all applied", async () => (await live.applied(traffic))[0] === 4);
    expect([await speedOf(live, "a"), await speedOf(live, "b"), await speedOf(live, "c")]).toEqual([
      10,
      30,
      undefined,
    ]);
    expect(speed.progress()[0]).toMatchObject({ events: 4, stale: 2, keys: 2 });
  });

  test("what is no event is skipped and counted, and the next good one is live", async () => {
    const { log, live, speed } = await setUp({}, 1);
    run(speed);
    await log.append(traffic.topic, [
      { key: "x", value: encoder.encode("{nonsense") },
      { key: "x", value: null },
      recordFor({ road_id: "a", speed: -1 }),
      recordFor({ road_id: "a", speed: 50 }),
    ]);
    await until("all applied", async () => (await live.applied(traffic))[0] === 4);
    expect(await speedOf(live, "a")).toBe(50);
    expect(speed.progress()[0]).toMatchObject({ events: 1, skipped: 3 });
  });

  test("under load, flushes are conflated", async () => {
    const { log, live, speed } = await setUp({ flush_ms: 40 }, 1);
    run(speed);
    for (let n = 0; n < 300; n++) {
      await send(log, [{ road_id: "a", at_ms: n, speed: n % 90 }]);
      if (n % 20 === 0) await new Promise((done) => setTimeout(done, 1));
    }
    await until("all applied", async () => (await live.applied(traffic))[0] === 300);
    expect(speed.progress()[0]!.flushes).toBeLessThan(20);
    expect(await speedOf(live, "a")).toBe(299 % 90);
  });

  test("the group is told after the flush", async () => {
    const { log, live, speed } = await setUp({}, 1);
    const end = run(speed);
    await send(log, [{ road_id: "a" }]);
    await until("applied", async () => (await live.applied(traffic))[0] === 1);
    await end();
    const seen: number[] = [];
    const consumer = await log.consume({
      topics: [traffic.topic],
      group: SPEED_GROUP,
      onBatch: async (batch) => void seen.push(batch.first_offset),
    });
    await until("the next record came", async () => {
      await log.append(traffic.topic, [recordFor({ road_id: "b" })]);
      return seen.length > 0;
    });
    await consumer.close();
    expect(seen[0]).toBe(1);
  });
});

const row = (key: string, at_ms: number, offset: number): LiveRow => ({
  key,
  event_time_ms: START_MS + at_ms,
  partition: 0,
  offset,
  source: "test",
  row: { road_id: key, current_speed: 77 },
});

describe("start", () => {
  test("primed rows are live, and reading goes on where they end", async () => {
    const { log, live, speed } = await setUp({}, 1);
    await send(log, [
      { road_id: "a", speed: 1 },
      { road_id: "b", speed: 2 },
      { road_id: "c", speed: 3 },
    ]);
    speed.prime(traffic, [row("a", 0, 0), row("old", -minutes(11), 1)], [2]);
    run(speed);
    await until("all applied", async () => (await live.applied(traffic))[0] === 3);
    expect([
      await speedOf(live, "a"),
      await speedOf(live, "b"),
      await speedOf(live, "c"),
      await live.get(traffic, "old"),
    ]).toEqual([77, undefined, 3, null]);
    expect(speed.progress()[0]!.events).toBe(1);
  });

  test("an empty view reads the log again, whatever the group had committed", async () => {
    const first = await setUp({}, 1);
    const end = run(first.speed);
    await send(first.log, [{ road_id: "a", speed: 11 }]);
    await until("applied", async () => (await first.live.applied(traffic))[0] === 1);
    await end();
    const live = switchable(first.clock);
    const again = speedConsumer({ ...first.options, live });
    run(again);
    await until("applied anew", async () => (await live.applied(traffic))[0] === 1);
    expect(await speedOf(live, "a")).toBe(11);
  });

  test("a view that survived goes on from its own position", async () => {
    const first = await setUp({}, 1);
    const end = run(first.speed);
    await send(first.log, [{ road_id: "a" }, { road_id: "b" }]);
    await until("applied", async () => (await first.live.applied(traffic))[0] === 2);
    await end();
    const again = speedConsumer(first.options);
    run(again);
    await send(first.log, [{ road_id: "c" }]);
    await until("applied on", async () => (await first.live.applied(traffic))[0] === 3);
    expect(again.progress()[0]!.events).toBe(1);
  });
});

describe("when the live store is away", () => {
  test("reading goes on, and once it is back it gets everything, though it came back empty", async () => {
    const { log, live, speed } = await setUp({}, 1);
    run(speed);
    await send(log, [{ road_id: "before", speed: 1 }]);
    await until("applied", async () => (await live.applied(traffic))[0] === 1);
    live.away = true;
    await send(log, [
      { road_id: "a", speed: 2 },
      { road_id: "b", speed: 3 },
    ]);
    await until("read", () => speed.progress()[0]!.events === 3 && !speed.progress()[0]!.live_available);
    live.empty();
    live.away = false;
    await until("all back", async () => (await live.applied(traffic))[0] === 3);
    expect([await speedOf(live, "before"), await speedOf(live, "a"), await speedOf(live, "b")]).toEqual([
      1, 2, 3,
    ]);
    expect(speed.progress()[0]).toMatchObject({ live_available: true, refills: 1 });
  });

  test("a store that was emptied without an error is noticed and filled again", async () => {
    const { log, live, speed } = await setUp({}, 1);
    run(speed);
    await send(log, [{ road_id: "a", speed: 2 }]);
    await until("applied", async () => (await live.applied(traffic))[0] === 1);
    live.empty();
    await until("filled again", async () => (await live.applied(traffic))[0] === 1);
    expect(await speedOf(live, "a")).toBe(2);
  });

  test("refill writes in chunks, the position with the last one", async () => {
    const { live, speed } = await setUp({}, 1);
    const rows = Array.from({ length: 4_500 }, (_, n): LiveRow => ({
      key: `r${n}`,
      event_time_ms: START_MS,
      partition: 0,
      offset: n,
      source: "t",
      row: { road_id: `r${n}` },
    }));
    live.away = true;
    speed.prime(traffic, rows, [4_500]);
    expect(speed.refill()).rejects.toThrow(LiveUnavailableError);
    await until("tried", () => !speed.progress()[0]!.live_available);
    live.away = false;
    live.puts = 0;
    await speed.refill();
    expect(live.puts).toBeGreaterThanOrEqual(3);
    const { rows: held, applied } = await live.all(traffic);
    expect([held.length, applied]).toEqual([4_500, [4_500]]);
  });

  test("an error that is not its being away ends the consumer", async () => {
    const { log, live, options } = await setUp({}, 1);
    const speed = speedConsumer({
      ...options,
      live: { ...live, put: () => Promise.reject(new TypeError("broken")) },
    });
    const running = speed.run(new AbortController().signal);
    await send(log, [{ road_id: "a" }]);
    expect(running).rejects.toThrow("broken");
    await running.catch(() => {});
  });
});

test("ended keys are told once, and forgotten", async () => {
  const gone: string[] = [];
  const { log, live, speed, clock } = await setUp({ onExpired: (_, keys) => void gone.push(...keys) }, 1);
  run(speed);
  await send(log, [{ road_id: "a", at_ms: -minutes(9) }, { road_id: "b" }]);
  await until("applied", async () => (await live.applied(traffic))[0] === 2);
  clock.ms += minutes(1);
  await until("gone", () => gone.length > 0);
  clock.ms += seconds(1);
  await until("forgotten", () => speed.progress()[0]!.keys === 1);
  expect(gone).toEqual(["a"]);
});

test("memory is bounded: keys updated longest ago go", async () => {
  const { log, live, speed } = await setUp({ keys_max: 3 }, 1);
  run(speed);
  await send(
    log,
    ["a", "b", "c", "a", "d"].map((road_id, n) => ({ road_id, at_ms: n })),
  );
  await until("applied", async () => (await live.applied(traffic))[0] === 5);
  expect(speed.progress()[0]).toMatchObject({ keys: 3, evicted: 1 });
});
