import { afterAll, describe, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { freshRedis, redisMissing } from "../../test/redis.ts";
import { LiveUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { testLive } from "./conformance.ts";
import type { LiveRow } from "./live-store.ts";
import { openRedisLive, type RedisLive } from "./redis-live.ts";
import { LiveLostError } from "./trouble.ts";

const ended: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ended) await end();
});

/** A store, and any other program's view of the same database. */
async function opened(): Promise<{ url: string; live: RedisLive; redis: Redis }> {
  const url = await freshRedis();
  const live = openRedisLive({ url, clock: systemClock });
  const redis = new Redis(url);
  ended.push(
    () => live.close(),
    () => redis.disconnect(),
  );
  return { url, live, redis };
}

const now_ms = systemClock.now();
const road = (road_id: string, offset = 0, more: Partial<LiveRow> = {}): LiveRow => ({
  key: road_id,
  event_time_ms: now_ms,
  partition: 0,
  offset,
  source: "test",
  row: {
    event_id: `e${offset}`,
    timestamp: "2026-11-21T10:00:00Z",
    road_id,
    road_name: "",
    current_speed: 31.25,
    free_flow_speed: 50,
    road_closed: null,
    is_congested: true,
    congestion_level: "moderate",
  },
  ...more,
});
const wrote = (partition: number, next_offset: number) => [{ partition, next_offset }];

describe.skipIf(redisMissing !== null)("Redis", () => {
  testLive("Redis", async (options) => openRedisLive({ url: await freshRedis(), ...options }), {
    keys_max: false,
  });

  test("any client reads the declared fields in the declared hash, and it ends by itself with the event's TTL", async () => {
    const { live, redis } = await opened();
    await live.put(traffic, [road("12", 7)], wrote(0, 8));
    expect(await redis.hgetall("road:12:current")).toEqual({
      event_id: "e7",
      timestamp: "2026-11-21T10:00:00Z",
      road_id: "12",
      road_name: `""`,
      current_speed: "31.25",
      free_flow_speed: "50",
      road_closed: "",
      is_congested: "true",
      congestion_level: "moderate",
      _shape: "",
      _event_time_ms: `${now_ms}`,
      _partition: "0",
      _offset: "7",
      _source: "test",
    });
    expect(await live.get(traffic, "12")).toEqual(road("12", 7));
    const left_ms = (await redis.pexpiretime("road:12:current")) - now_ms;
    expect(left_ms).toBeGreaterThanOrEqual(traffic.live!.ttl_ms);
    expect(left_ms).toBeLessThan(traffic.live!.ttl_ms + 10_000);
  });

  test("whole rows, rows of another release, and long texts are read alike", async () => {
    const { live, redis } = await opened();
    const whole = (name: string, n: number): LiveRow => {
      const fields = traffic.field_names.map((field) => [field, null]);
      const row = { ...road(name, n), row: { event_id: "e", ...road(name, n).row } };
      return { ...row, row: { ...Object.fromEntries(fields), ...row.row } };
    };
    const rows = [whole("a", 0), whole("b", 1), whole("c", 2), road("d", 3)];
    rows[1]!.row["road_name"] = "long ".repeat(30);
    await live.put(traffic, rows, wrote(0, 4));
    expect(await redis.object("ENCODING", "road:a:current")).toBe("listpack");
    expect(await redis.object("ENCODING", "road:b:current")).toBe("hashtable");
    await redis.hdel("road:c:current", "road_closed");
    await redis.hset("road:c:current", "road_closed", "true");
    await redis.hset("road:c:current", "_shape", "another");
    rows[2]!.row["road_closed"] = true;
    expect((await live.all(traffic)).rows).toEqual(rows);
  });

  test("a server that forgot the scripts gets them again", async () => {
    const { live, redis } = await opened();
    await live.put(traffic, [road("a")], wrote(0, 1));
    await redis.script("FLUSH");
    await live.put(traffic, [road("b", 1)], wrote(0, 2));
    expect((await live.all(traffic)).rows).toHaveLength(2);
  });

  test("case 35: another type, or another program's hash, at a key: replaced and counted", async () => {
    const { live, redis } = await opened();
    await redis.set("road:a:current", "mine");
    await redis.hset("road:b:current", { current_speed: "fast" });
    await redis.set("arterial:traffic:index", "mine");
    expect(await live.get(traffic, "a")).toBeNull();
    expect(await live.get(traffic, "b")).toBeNull();
    expect(await live.put(traffic, [road("a"), road("b")], wrote(0, 1))).toEqual({ written: 2, stale: 0 });
    expect(live.counts.replaced).toBe(1);
    await redis.set("road:a:current", "again");
    await redis.hset("road:b:current", "current_speed", "{nonsense");
    const { rows } = await live.all(traffic);
    expect([rows, live.counts.missing]).toEqual([[], 2]);
    await live.put(traffic, [road("a", 1), road("b", 1)], []);
    expect((await live.all(traffic)).rows).toHaveLength(2);
  });

  test("case 35: after FLUSHALL a write fails, and says that all must be written again; then it is whole", async () => {
    const { live, redis } = await opened();
    await live.put(traffic, [road("a"), road("b", 1)], wrote(0, 2));
    await redis.flushdb();
    expect(await live.all(traffic)).toEqual({ rows: [], applied: [] });
    expect(live.put(traffic, [road("a", 2)], wrote(0, 3))).rejects.toThrow(LiveLostError);
    expect(await live.applied(traffic)).toEqual([]);
    await live.put(traffic, [road("a", 2), road("b", 1)], wrote(0, 3));
    expect((await live.all(traffic)).applied).toEqual([3]);
    expect(live.counts.lost).toBe(1);
  });

  test("emptied between the start and the first write is seen too", async () => {
    const { url, live, redis } = await opened();
    await live.put(traffic, [road("a")], wrote(0, 1));
    const next = openRedisLive({ url, clock: systemClock });
    ended.push(() => next.close());
    expect(await next.applied(traffic)).toEqual([1]);
    await redis.flushdb();
    expect(next.put(traffic, [road("b", 1)], wrote(0, 2))).rejects.toThrow(LiveLostError);
  });

  test("case 37: an older copy of the data is seen at the next write, and repaired by event time", async () => {
    const { live, redis } = await opened();
    await live.put(traffic, [road("a"), road("b", 1)], wrote(0, 2));
    const names = await redis.keys("*");
    const copy = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    await live.put(traffic, [road("a", 2, { event_time_ms: now_ms + 5 })], wrote(0, 3));
    await redis.flushdb();
    for (const [n, name] of names.entries()) await redis.restore(name, 0, copy[n]!);
    expect((await live.get(traffic, "a"))?.offset).toBe(0);
    const after = road("b", 3, { event_time_ms: now_ms + 6 });
    expect(live.put(traffic, [after], wrote(0, 4))).rejects.toThrow(LiveLostError);
    await live.put(traffic, [road("a", 2, { event_time_ms: now_ms + 5 }), after], wrote(0, 4));
    expect((await live.all(traffic)).rows.map((r) => [r.key, r.offset]).sort()).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
  });

  test("what an operator is told never holds the password", async () => {
    const told: string[] = [];
    const live = openRedisLive({
      url: "redis://user:hunter2@127.0.0.1:1/0",
      clock: systemClock,
      onWarning: (message) => void told.push(message),
    });
    ended.push(() => live.close());
    const error = await live.applied(traffic).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LiveUnavailableError);
    expect(`${told.join()} ${Bun.inspect(error)}`).not.toContain("hunter2");
    expect(told.join()).toContain("127.0.0.1:1");
  });
});
