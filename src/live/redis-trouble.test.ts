/** A Redis that is killed, hangs, flaps, or is full. */
import { afterEach, describe, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { redisMissing, startRedis, type RedisServer } from "../../test/redis.ts";
import { LiveUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { breakLive, type BreakerState } from "./breaker-live.ts";
import type { LiveRow, LiveStore } from "./live-store.ts";
import { openRedisLive, type RedisLive } from "./redis-live.ts";
import { LiveRefusedError } from "./trouble.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function opened(
  args: readonly string[] = [],
): Promise<{ server: RedisServer; live: RedisLive; told: string[] }> {
  const server = await startRedis({ args });
  const told: string[] = [];
  const live = openRedisLive({ url: server.url, clock: systemClock, onWarning: (m) => void told.push(m) });
  ended.push(
    () => server.close(),
    () => live.close(),
  );
  return { server, live, told };
}

const now_ms = systemClock.now();
const road = (road_id: string, offset = 0): LiveRow => ({
  key: road_id,
  event_time_ms: now_ms,
  partition: 0,
  offset,
  source: "test",
  row: { event_id: `e${offset}`, timestamp: "2026-11-21T10:00:00Z", road_id },
});

async function until(what: string, wait_ms: number, holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > wait_ms) throw new Error(`Waited ${wait_ms} ms for: ${what}`);
    await Bun.sleep(10);
  }
  return performance.now() - began;
}

const works = (live: LiveStore) => (): Promise<boolean> =>
  live.applied(traffic).then(
    () => true,
    () => false,
  );

/** Ms until it settled. */
async function timed(call: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await call.catch(() => {});
  return performance.now() - began;
}

const everyCall: Readonly<Record<string, (live: LiveStore) => Promise<unknown>>> = {
  put: (live) => live.put(traffic, [road("a", 1)], [{ partition: 0, next_offset: 2 }]),
  all: (live) => live.all(traffic),
  get: (live) => live.get(traffic, "a"),
  applied: (live) => live.applied(traffic),
  expire: (live) => live.expire(traffic),
};

describe.skipIf(redisMissing !== null)("Redis in trouble", () => {
  for (const [how, hurt, heal] of [
    ["killed", (s: RedisServer) => s.kill(), (s: RedisServer) => s.start()],
    ["hung", async (s: RedisServer) => s.pause(), async (s: RedisServer) => s.resume()],
  ] as const) {
    test(`case 34: ${how}: every call fails within 300 ms, and works by itself within a second of its return`, async () => {
      const { server, live } = await opened();
      await live.put(traffic, [road("a")], [{ partition: 0, next_offset: 1 }]);
      await hurt(server);
      for (const [name, call] of Object.entries(everyCall)) {
        const asked = call(live);
        const took_ms = await timed(asked);
        expect([name, took_ms < 300]).toEqual([name, true]);
        expect(asked).rejects.toThrow(LiveUnavailableError);
      }
      const many = Array.from({ length: 100 }, () => timed(live.get(traffic, "a")));
      expect(Math.max(...(await Promise.all(many)))).toBeLessThan(300);
      // Long enough that the driver gives the connection up.
      await Bun.sleep(1_200);
      await heal(server);
      await until("it works again", 1_000, works(live));
    });
  }

  test("a stopped server that is started elsewhen is found by a store that was opened before it", async () => {
    const { server, live } = await opened();
    await server.kill();
    const early = openRedisLive({ url: server.url, clock: systemClock });
    ended.push(() => early.close());
    expect(early.all(traffic)).rejects.toThrow(LiveUnavailableError);
    await server.start();
    await until("both work", 1_000, async () => (await works(early)()) && works(live)());
  });

  test("the breaker opens after three failures, then costs nothing, and closes by itself", async () => {
    const { server, live: inner } = await opened();
    const states: BreakerState[] = [];
    const live = breakLive(inner, { clock: systemClock, onChange: (state) => void states.push(state) });
    ended.push(() => live.close());
    await live.applied(traffic);
    server.pause();
    for (let n = 0; n < 3; n++) {
      expect(live.state()).toBe("closed");
      expect(await timed(live.get(traffic, "a"))).toBeLessThan(300);
    }
    expect([live.state(), live.writes()]).toEqual(["open", "open"]);
    const many = await Promise.all(
      Object.values(everyCall).flatMap((call) => Array.from({ length: 50 }, () => timed(call(live)))),
    );
    // None of them waits for the store: less than the deadline of one call.
    expect(Math.max(...many)).toBeLessThan(200);
    expect(live.counts.spared).toBe(250);
    await Bun.sleep(1_500);
    server.resume();
    await until("closed", 2_500, async () => live.state() === "closed");
    expect(await live.applied(traffic)).toEqual([]);
    expect(new Set(states)).toEqual(new Set<BreakerState>(["open", "half-open", "closed"]));
  });

  test("case 34: a Redis that flaps each second: changes are few, and no call is slow", async () => {
    const { server, live: inner } = await opened();
    let changes = 0;
    const live = breakLive(inner, { clock: systemClock, onChange: () => changes++ });
    ended.push(() => live.close());
    let flapping = true;
    let slowest_ms = 0;
    let calls = 0;
    const asking = (async () => {
      while (flapping) {
        slowest_ms = Math.max(slowest_ms, await timed(live.get(traffic, "a")));
        calls++;
        await Bun.sleep(5);
      }
    })();
    const turns = 6;
    for (let n = 0; n < turns; n++) {
      if (n % 2 === 0) server.pause();
      else server.resume();
      await Bun.sleep(1_000);
    }
    flapping = false;
    await asking;
    expect(slowest_ms).toBeLessThan(320);
    // Opened, tried, opened again, tried, closed: a pair of seconds needs no more.
    expect(changes).toBeLessThanOrEqual(4 * turns);
    expect(changes).toBeGreaterThan(0);
    expect(calls).toBeGreaterThan(200);
    await until("closed", 2_500, async () => live.state() === "closed");
  });

  test("case 36: full: writes are refused and change nothing, reads go on; the breaker of writes alone opens", async () => {
    const { server, live: inner } = await opened(["--maxmemory-policy", "noeviction"]);
    const live = breakLive(inner, { clock: systemClock });
    const redis = new Redis(server.url);
    ended.push(
      () => live.close(),
      () => redis.disconnect(),
    );
    const held = [road("a"), road("b", 1)];
    await live.put(traffic, held, [{ partition: 0, next_offset: 2 }]);
    await redis.config("SET", "maxmemory", "1mb");
    const news = [road("a", 5), road("c", 6)];
    for (let n = 0; n < 5; n++) {
      const put = live.put(traffic, news, [{ partition: 0, next_offset: 7 }]);
      expect(put).rejects.toThrow(n < 3 ? LiveRefusedError : LiveUnavailableError);
    }
    expect([live.state(), live.writes()]).toEqual(["closed", "open"]);
    expect(live.counts.refused).toBe(3);
    expect(await live.get(traffic, "a")).toEqual(held[0]!);
    expect(await live.all(traffic)).toEqual({ rows: held, applied: [2] });
    expect(await live.expire(traffic)).toEqual([]);

    await redis.config("SET", "maxmemory", "100mb");
    await until("writes go on by themselves", 3_000, () =>
      live.put(traffic, news, [{ partition: 0, next_offset: 7 }]).then(
        () => true,
        () => false,
      ),
    );
    expect(live.writes()).toBe("closed");
    expect((await live.all(traffic)).applied).toEqual([7]);
  });

  test("above four fifths of its memory: told once, and new rows live a quarter as long", async () => {
    const { live, told } = await opened(["--maxmemory", "1mb", "--maxmemory-policy", "allkeys-lru"]);
    await until("read", 2_000, async () => (await live.stats()) !== null);
    expect(live.pressed).toBe(true);
    expect(told.filter((line) => line.includes("of its memory"))).toHaveLength(1);
    const old: LiveRow = { ...road("old"), event_time_ms: systemClock.now() - traffic.live!.ttl_ms / 2 };
    expect(await live.put(traffic, [old], [])).toEqual({ written: 0, stale: 1 });
  });
});
