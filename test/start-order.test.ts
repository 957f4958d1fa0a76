/** Any of the three servers may come up last, or go and come back: nobody restarts Arterial for that. */
import { afterAll, describe, expect, test } from "bun:test";
import { openBed, type Bed } from "./chaos/bed.ts";
import type { Replica } from "./chaos/replica.ts";
import type { Network } from "./chaos/servers.ts";
import { until } from "./chaos/until.ts";
import { startInstance } from "./instance.ts";
import { kafkaMissing } from "./kafka.ts";
import { redisMissing } from "./redis.ts";

type Part = keyof Network;
const NAMES: Readonly<Record<Part, RegExp>> = {
  kafka: /Kafka/,
  postgres: /PostgreSQL/,
  redis: /Redis/,
};
/** Each comes last once. Redis is a cache: it is not waited for. */
const ORDERS: readonly (readonly [Part, Part, Part])[] = [
  ["redis", "postgres", "kafka"],
  ["kafka", "redis", "postgres"],
  ["postgres", "kafka", "redis"],
];

let opened: Promise<Bed> | null = null;
const theBed = (): Promise<Bed> => (opened ??= openBed({ replicas: ORDERS.length, traffic: { seed: 6 } }));
afterAll(async () => (await opened)?.close());

const get = (url: string): Promise<Response> =>
  fetch(url, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(5_000) });
const status = async (url: string): Promise<number> => (await get(url).catch(() => null))?.status ?? 0;

/** One event in by HTTP, and out on the live view. */
async function works(replica: Replica, road_id: string, layer: "speed" | "batch"): Promise<void> {
  await until(`an event of ${road_id} on its way`, 60_000, async () => {
    const response = await fetch(`${replica.url}/api/ingest/traffic`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ road_id, timestamp: new Date().toISOString(), current_speed: 31 }),
    }).catch(() => null);
    return response?.status === 202;
  });
  await until(`${road_id} in the answers, layer ${layer}`, 60_000, async () => {
    const response = await fetch(`${replica.url}/api/traffic/current`).catch(() => null);
    if (response?.status !== 200) return false;
    const { data, meta } = (await response.json()) as {
      data: readonly { road_id: string }[];
      meta: { layer: string };
    };
    return meta.layer === layer && data.some((row) => row.road_id === road_id);
  });
}

describe.skipIf((kafkaMissing() ?? redisMissing) !== null)("start order", () => {
  ORDERS.forEach((order, n) => {
    const last = order[2];
    test(`${order.join(", then ")}: it stays up, says what it waits for, and works by itself once ${last} is there`, async () => {
      const bed = await theBed();
      const [replica, network] = [bed.replicas[n], bed.servers.networks[n]];
      if (replica === undefined || network === undefined) throw new Error("The bed is too small");
      for (const part of order) await network[part].cut();
      await replica.start();
      await until("/healthz", 30_000, async () => (await status(`${replica.url}/healthz`)) === 200);
      for (const part of order) {
        const missing = order.slice(order.indexOf(part)).filter((one) => one !== "redis");
        if (missing.length > 0) await waitsFor(replica, missing);
        await network[part].pass();
        if (missing.length === 1 && missing[0] === part && last === "redis")
          await works(replica, `road-${n}`, "batch");
      }
      await works(replica, `road-${n}`, "speed");
      expect(await status(`${replica.url}/`)).toBe(200);
      await replica.ready();
      expect(replica.ends).toEqual([]);
      await replica.stop();
    }, 120_000);
  });

  for (const when of ["at work", "while it starts"] as const) {
    test(`told to stop while all servers hang, ${when}: it ends within 3 s, exit code 0`, async () => {
      const bed = await theBed();
      const [network] = bed.servers.networks;
      if (network === undefined) throw new Error("The bed is too small");
      const parts = Object.values(network);
      const env = { ...bed.servers.envOf(0), FEEDS: "simulator", SEED_HOURS: "0" };
      const hang = (): Promise<unknown> => Promise.all(parts.map((part) => part.blackHole()));
      if (when !== "at work") await hang();
      const wait = when === "at work" ? "/readyz" : "/healthz";
      const instance = await startInstance({ env, wait, deadline_ms: 60_000 });
      if (when === "at work") await hang();
      // Long enough that each has something on its way.
      await Bun.sleep(1_500);
      const { code, ms } = await instance.stop();
      await Promise.all(parts.map((part) => part.pass()));
      expect([code, instance.output()]).toEqual([0, expect.not.stringContaining("Arterial ends")]);
      // Half a second for a machine that runs many suites at once.
      expect(ms).toBeLessThan(3_500);
    }, 90_000);
  }

  test("it is never ready before it answers", async () => {
    const bed = await theBed();
    const [replica] = bed.replicas;
    await replica?.start();
    let early = 0;
    await until("a ready replica that answers", 60_000, async () => {
      const [ready, answers] = [
        await status(`${replica?.url}/readyz`),
        await status(`${replica?.url}/roads`),
      ];
      if (ready === 200 && answers !== 200) early++;
      return ready === 200 && answers === 200;
    });
    expect(early).toBe(0);
    await replica?.stop();
  }, 90_000);
});

/** The page and /readyz name one of what is missing; /healthz does not mind. */
async function waitsFor(replica: Replica, missing: readonly Part[]): Promise<void> {
  const names = (text: string): boolean => missing.some((part) => NAMES[part].test(text));
  let seen = "";
  await until(`a page that waits for ${missing.join(" or ")}`, 30_000, async () => {
    const page = await get(`${replica.url}/`).catch(() => null);
    seen = (await page?.text()) ?? "";
    return page?.status === 503 && names(seen);
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says: ${seen.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")}`);
  });
  const ready = await get(`${replica.url}/readyz`);
  expect([ready.status, names(await ready.text())]).toEqual([503, true]);
  expect(await status(`${replica.url}/healthz`)).toBe(200);
}
