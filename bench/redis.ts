/**
 * The live view in Redis: rows written, a city read, a refill. Reference: the same bytes by plain HSET and HGETALL in one
 * pipeline each, which neither compares event times nor knows which keys are there.
 */
import { Redis } from "ioredis";
import { demo } from "../src/cities/demo/index.ts";
import { formatInstant, systemClock } from "../src/core/time.ts";
import { openRedisLive } from "../src/live/redis-live.ts";
import type { LiveRow } from "../src/live/live-store.ts";
import { traffic } from "../src/streams/traffic.ts";
import { startRedis } from "../test/redis.ts";

const server = await startRedis();
const live = openRedisLive({ url: server.url, clock: systemClock });
const redis = new Redis(server.url);
const city = demo();
const now_ms = systemClock.now();

const rowOf = (road_id: string, offset: number): LiveRow => ({
  key: road_id,
  event_time_ms: now_ms + offset,
  partition: offset % 4,
  offset,
  source: "bench",
  row: {
    event_id: `0190a5b2-7a1c-7def-8000-${String(offset).padStart(12, "0")}`,
    timestamp: formatInstant(now_ms),
    road_id,
    road_name: `Road ${road_id}`,
    current_speed: offset % 90,
    free_flow_speed: 50,
    jam_factor: 2.5,
    road_closed: null,
    latitude: null,
    longitude: null,
    speed_ratio: 0.62,
    congestion_level: "moderate",
    is_congested: false,
    is_rush_hour: true,
  },
});

async function measured(name: string, runs: number, work: (n: number) => Promise<unknown>): Promise<void> {
  const took: number[] = [];
  let late = 0;
  for (let n = 0; n < runs; n++) {
    const began = performance.now();
    await work(n).catch(() => late++);
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  const at = (q: number): string =>
    `${took[Math.min(runs - 1, Math.floor(q * runs))]!.toFixed(1).padStart(6)} ms`;
  process.stdout.write(
    `${name.padEnd(52)} p50 ${at(0.5)}  p99 ${at(0.99)}${late > 0 ? `, ${late} past their deadline` : ""}\n`,
  );
}

let offset = 0;
const cityRows = (): LiveRow[] => city.roads.map(({ road_id }) => rowOf(road_id, offset++));
await live.put(traffic, cityRows(), []);
await measured(`all ${city.roads.length} roads`, 100, () => live.all(traffic));
await measured("  reference: HGETALL of each", 100, async () => {
  const pipeline = redis.pipeline();
  for (const { road_id } of city.roads) pipeline.hgetall(`road:${road_id}:current`);
  await pipeline.exec();
});
await measured("one road", 500, () => live.get(traffic, city.roads[0]!.road_id));

const many = (): LiveRow[] => Array.from({ length: 2_000 }, (_, n) => rowOf(`r${n}`, offset++));
await measured("2,000 newer rows", 50, () =>
  live.put(traffic, many(), [{ partition: 0, next_offset: offset }]),
);
const same = many();
await live.put(traffic, same, []);
await measured("2,000 rows that are held already", 50, () => live.put(traffic, same, []));
await measured("  reference: HSET and PEXPIRE of 2,000", 50, async () => {
  const pipeline = redis.pipeline();
  for (const { key, row } of many()) pipeline.hset(`plain:${key}`, row).pexpire(`plain:${key}`, 600_000);
  await pipeline.exec();
});

const keys = Array.from({ length: 20_000 }, (_, n) => rowOf(`k${n}`, offset++));
await measured("a refill of 20,000 keys into an emptied Redis", 5, async () => {
  await redis.flushall();
  await live.put(traffic, keys.slice(0, 1), []).catch(() => {});
  for (let from = 0; from < keys.length; from += 2_000)
    await live.put(traffic, keys.slice(from, from + 2_000), []);
});
await measured("all 20,000", 10, () => live.all(traffic));

const slow = (await redis.slowlog("GET", 200)) as [number, number, number, string[]][];
const worst_us = slow.reduce((most, [, , us, [name]]) => (name === "evalsha" ? Math.max(most, us) : most), 0);
const stats = await live.stats();
process.stdout.write(
  `longest script: ${worst_us === 0 ? "under 10" : (worst_us / 1_000).toFixed(1)} ms; ${stats?.keys} keys, ${((stats?.used_memory_bytes ?? 0) / 1e6).toFixed(0)} MB\n`,
);
await live.close();
redis.disconnect();
await server.close();
