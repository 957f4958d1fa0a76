/** A role needs no more servers than its work does: the others may be away when it starts, and while it runs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../src/core/time.ts";
import { openPostgresDuties } from "../src/history/duties.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { freePort, startInstance, type Instance } from "./instance.ts";
import { freshDatabase, type TestDatabase } from "./postgres.ts";

let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
  env = {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    REDIS_URL: `redis://:a-secret-word@127.0.0.1:${await freePort()}`,
  };
});
afterAll(() => database.drop());

async function ended(instance: Instance): Promise<void> {
  const { code, ms } = await instance.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(3_500);
  expect(instance.output()).not.toContain("a-secret-word");
  expect(instance.output()).not.toMatch(/restarts_left|Arterial ends/);
}

test("a name that nobody knows yet is a server that is not there yet", async () => {
  const instance = await startInstance({
    env: { ...env, DATABASE_URL: "postgres://me:a-secret-word@postgres.invalid:5432/x" },
    wait: "/healthz",
  });
  let said = "";
  for (let tries = 0; tries < 200 && !said.includes("PostgreSQL"); tries++) {
    said = await (await fetch(`${instance.url}/readyz`)).text();
    await Bun.sleep(50);
  }
  expect(said).toContain("PostgreSQL of DATABASE_URL");
  await ended(instance);
}, 60_000);

describe("Kafka and Redis away", () => {
  test("jobs are ready, and do their work: days have partitions", async () => {
    const instance = await startInstance({ env: { ...env, ROLES: "jobs" } });
    expect((await fetch(`${instance.url}/api/traffic/current`)).status).toBe(404);
    await ended(instance);
  }, 60_000);

  test("the web role shows what history holds, once the log is known from before; ingest says when to try again", async () => {
    const history = openPostgresHistory({ url: database.url, clock: systemClock });
    await history.migrate();
    await history.close();
    const duties = openPostgresDuties({ url: database.url });
    await duties.note("log", { epoch: "known from before" });
    await duties.close();
    const instance = await startInstance({ env: { ...env, ROLES: "web" } });
    const current = await fetch(`${instance.url}/api/traffic/current`);
    const { meta } = (await current.json()) as { meta: { layer: string } };
    expect([current.status, meta.layer]).toEqual([200, "batch"]);
    for (const path of ["/", "/roads", "/streams"]) {
      const page = await fetch(`${instance.url}${path}`, { headers: { accept: "text/html" } });
      expect([path, page.status]).toEqual([path, 200]);
    }
    const streams = await fetch(`${instance.url}/api/streams`);
    const { data } = (await streams.json()) as { data: readonly { log: string }[] };
    expect(data[0]?.log).toBe("away");
    const began_ms = performance.now();
    const event = { road_id: "r", timestamp: new Date().toISOString(), current_speed: 31 };
    const sent = await fetch(`${instance.url}/api/ingest/traffic`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(event),
    });
    expect([sent.status, Number(sent.headers.get("retry-after")) > 0]).toEqual([503, true]);
    expect(performance.now() - began_ms).toBeLessThan(15_000);
    await ended(instance);
  }, 90_000);

  test("speed, batch and feeds wait for the log, say so, and end at once when told to", async () => {
    for (const ROLES of ["speed", "batch", "feeds"]) {
      const instance = await startInstance({ env: { ...env, ROLES }, wait: "/healthz" });
      let said = "";
      while (!said.includes("Kafka")) {
        const ready = await fetch(`${instance.url}/readyz`);
        expect(ready.status).toBe(503);
        said = await ready.text();
        await Bun.sleep(50);
      }
      await ended(instance);
    }
  }, 90_000);
});
