/** What clients see while Redis is killed, hangs, is emptied, or comes back as an older copy. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { redisMissing } from "./redis.ts";
import { openOutageScene, type OutageScene, type Seen } from "./redis-outage.ts";

let scene: OutageScene;

async function until(
  what: string,
  wait_ms: number,
  holds: () => boolean | Promise<boolean>,
): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > wait_ms) throw new Error(`Waited ${wait_ms} ms for: ${what}`);
    await Bun.sleep(10);
  }
  return performance.now() - began;
}

const layers = (seen: readonly Seen[]): Set<string | null> =>
  new Set(seen.filter((one) => one.layer !== null).map((one) => one.layer));
const after = (seen: readonly Seen[], from_ms: number, to_ms = Infinity): Seen[] =>
  seen.filter(({ at_ms }) => at_ms >= from_ms && at_ms < to_ms);

function p99(seen: readonly Seen[]): number {
  const took = seen.map(({ took_ms }) => took_ms).sort((a, b) => a - b);
  return took[Math.floor(took.length * 0.99)] ?? NaN;
}

/** No request failed, and no list was short. */
function whole(seen: readonly Seen[]): void {
  expect(seen.length).toBeGreaterThan(100);
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(seen.map(({ rows }) => rows))).toEqual(new Set([null, scene.roads]));
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

describe.skipIf(redisMissing !== null)("Redis while a city asks", () => {
  beforeAll(async () => {
    scene = await openOutageScene();
    expect(await scene.differences()).toHaveLength(0);
    scene.feeding.on = true;
    await until("history has every road", 15_000, async () => (await scene.historyRoads()) === scene.roads);
  }, 30_000);
  afterAll(() => scene?.end(), 20_000);

  for (const [how, hurt, heal] of [
    ["killed", (s: OutageScene) => s.redis.kill(), (s: OutageScene) => s.redis.start()],
    ["hung", async (s: OutageScene) => s.redis.pause(), async (s: OutageScene) => s.redis.resume()],
  ] as const) {
    test(`case 34: ${how}: no request fails, answers are the batch layer's within a second, and live again within five`, async () => {
      const { asked, breaker } = scene;
      let hurt_ms = 0;
      let healed_ms = 0;
      let back_ms = 0;
      let stall_ms = 0;
      const reads = scene.historyReads();
      const seen = await asked(async () => {
        await Bun.sleep(500);
        scene.stall_ms();
        hurt_ms = performance.now();
        await hurt(scene);
        await until("open", 1_000, () => breaker() === "open");
        await Bun.sleep(Math.max(0, hurt_ms + 2_500 - performance.now()));
        stall_ms = scene.stall_ms();
        healed_ms = performance.now();
        await heal(scene);
        await until("closed", 5_000, () => breaker() === "closed");
        await until("live", 5_000, async () => (await scene.layer()) === "speed");
        back_ms = performance.now() - healed_ms;
        await Bun.sleep(500);
      });
      whole(seen);
      const out = after(seen, hurt_ms, healed_ms);
      const switch_ms = Math.max(
        0,
        ...out.filter((one) => one.layer === "speed").map((one) => one.at_ms - hurt_ms),
      );
      say(
        `${how}: ${out.length} requests while away, the last from the live view after ${switch_ms.toFixed(0)} ms, p99 ${p99(out).toFixed(0)} ms, slowest ${Math.max(...out.map((s) => s.took_ms)).toFixed(0)} ms, own stall ${stall_ms.toFixed(0)} ms; back after ${back_ms.toFixed(0)} ms; history read ${scene.historyReads() - reads} times, at most ${scene.slowestHistoryRead_ms().toFixed(0)} ms`,
      );
      expect(layers(after(seen, 0, hurt_ms))).toContain("speed");
      // A second, and half of one for a machine that runs many suites at once.
      expect(switch_ms).toBeLessThan(1_500);
      expect(layers(out)).toContain("batch");
      expect(p99(out) - stall_ms).toBeLessThan(300);
      expect(back_ms).toBeLessThan(5_000);
      // Once per tick of 250 ms at most, however many ask.
      expect(scene.historyReads() - reads).toBeLessThan((performance.now() - hurt_ms) / 250 + 5);
      scene.feeding.on = false;
      expect(await scene.differences()).toEqual([]);
      scene.feeding.on = true;
    });
  }

  test("case 35: FLUSHALL: no answer is empty, and the live view is whole again at once", async () => {
    const redis = new Redis(scene.redis.url);
    let whole_ms = 0;
    const seen = await scene.asked(async () => {
      await Bun.sleep(300);
      await redis.flushall();
      whole_ms = await until("every road is back", 3_000, async () => {
        return (await redis.zcard("arterial:traffic:index")) > scene.roads;
      });
      await Bun.sleep(600);
    });
    say(`emptied: whole again after ${whole_ms.toFixed(0)} ms`);
    whole(seen);
    expect(whole_ms).toBeLessThan(2_000);
    scene.feeding.on = false;
    expect(await scene.differences()).toEqual([]);
    // Nobody sends: only the look at what the store holds finds it out.
    await redis.flushall();
    await until(
      "back without events",
      3_000,
      async () => (await redis.zcard("arterial:traffic:index")) > scene.roads,
    );
    expect(await scene.differences()).toEqual([]);
    scene.feeding.on = true;
    redis.disconnect();
  });

  test("case 37: an older copy: repaired by event time, though most roads send nothing new", async () => {
    scene.feeding.on = false;
    expect(await scene.differences()).toEqual([]);
    const redis = new Redis(scene.redis.url);
    const names = await redis.keys("*");
    const copy = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    scene.feeding.on = true;
    await Bun.sleep(1_000);
    scene.feeding.on = false;
    expect(await scene.differences()).toEqual([]);
    await redis.flushall();
    const pipeline = redis.pipeline();
    for (const [n, name] of names.entries()) pipeline.restore(name, 600_000, copy[n]!, "REPLACE");
    await pipeline.exec();
    expect(await scene.differences()).toEqual([]);
    redis.disconnect();
    scene.feeding.on = true;
  });

  test("case 36: full, without eviction: lists go on, history goes on, and the live view catches up when there is room", async () => {
    const redis = new Redis(scene.redis.url);
    let full_ms = 0;
    const seen = await scene.asked(async () => {
      await redis.config("SET", "maxmemory", "1mb");
      full_ms = performance.now();
      await Bun.sleep(1_500);
      expect(scene.speed.progress()[0]!.live_available).toBe(false);
      expect(scene.breaker()).toBe("closed");
      await redis.config("SET", "maxmemory", "0");
    });
    whole(seen);
    expect(layers(after(seen, full_ms))).toContain("speed");
    scene.feeding.on = false;
    expect(await scene.differences()).toEqual([]);
    redis.disconnect();
  });
});
