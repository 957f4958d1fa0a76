/** Arterial as a user meets it: a process started by one command. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenApiDocument } from "../routes/openapi.ts";
import type { Stream } from "../src/core/stream.ts";
import { formatInstant } from "../src/core/time.ts";
import { alive, serverPid } from "../src/processes.ts";
import { streams } from "../src/streams/index.ts";
import { freshDatabase } from "./postgres.ts";
import { freePort, freshFolder, removeFolder, startInstance, type Instance } from "./instance.ts";
import { goodValues, keysByName } from "./walk-values.ts";
import { walk } from "./walk.ts";

const folders: string[] = [];
const folder = (name: string): string => {
  const dir = freshFolder(name);
  folders.push(dir);
  return dir;
};
afterAll(() => folders.forEach(removeFolder));

const json = async (
  url: string,
): Promise<{ data: Record<string, unknown>[]; meta: Record<string, unknown> }> =>
  (await (await fetch(url)).json()) as { data: Record<string, unknown>[]; meta: Record<string, unknown> };

async function until(condition: () => Promise<boolean>, deadline_ms: number): Promise<number> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > deadline_ms) throw new Error(`Cannot wait longer than ${deadline_ms} ms`);
    await Bun.sleep(50);
  }
  return performance.now() - start;
}

/** Questions over all roads; of them the trends and the scan are asked here. */
const LONG = [
  "TrafficSummary",
  "Statistics",
  "PeakHours",
  "DailySummary",
  "Correlation",
  "Reliability",
  "Episodes",
  "Bottlenecks",
].map((name) => `analytics${name}`);

describe("npm start, on an empty folder", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ dir: folder("whole"), wait: "/openapi.json" });
  });

  test("all 1,247 roads are live, then the last 24 hours stand behind them", async () => {
    await until(
      async () => (await json(`${instance.url}/api/traffic/current`)).meta["coverage"] === 1,
      30_000,
    );
    await until(async () => instance.output().includes("Writing the last 24 hours: 100 %"), 120_000);
    await until(async () => (await fetch(`${instance.url}/readyz`)).status === 200, 120_000);
    const road = (await json(`${instance.url}/api/roads?limit=1`)).data[0]!["road_id"] as string;
    const from = formatInstant(Date.now() - 23 * 3_600_000);
    // What is written stands in history soon after.
    await until(async () => {
      const { data, meta } = await json(`${instance.url}/api/traffic/history/${road}?step=1h&from=${from}`);
      return data.length >= 23 && meta["coverage"] === 1;
    }, 120_000);
  }, 300_000);

  test("each road is predicted within two minutes, with nothing trained by hand", async () => {
    const predicted = await until(async () => {
      const { data } = await json(`${instance.url}/api/traffic/predictions`);
      return data.length === 1_247;
    }, 120_000);
    expect(predicted).toBeLessThan(120_000);
    const { data } = await json(`${instance.url}/api/traffic/predictions?limit=1`);
    expect(data[0]).toMatchObject({ model_version: expect.any(String), regime: expect.any(String) });
  }, 150_000);

  test("prints one calm page", () => {
    const page = instance.output();
    for (const line of [
      "Arteria, 1,247 roads",
      `Map       ${instance.url}`,
      "PostgreSQL, embedded, in",
      "Stop      Ctrl-C",
    ])
      expect(page).toContain(line);
    expect(page).not.toMatch(/error|warn|\bat \//i);
  });

  test("every address answers as /openapi.json says, for good and bad values", async () => {
    const document = (await (await fetch(`${instance.url}/openapi.json`)).json()) as OpenApiDocument;
    const { data, meta } = await json(`${instance.url}/api/traffic/current?limit=1`);
    const road = String(data[0]!["road_id"]);
    const now = formatInstant(Date.now());
    const body = (value: unknown): RequestInit => ({
      body: JSON.stringify(value),
      headers: { "content-type": "application/json" },
    });
    // A key of each stream that has told something in the last day: of notifications nobody has yet.
    const keys = new Map<Stream, string>();
    const day = formatInstant(Date.now() - 24 * 3_600_000);
    for (const stream of streams) {
      const [row] = (await json(`${instance.url}/api/data/${stream.name}?limit=1&from=${day}`)).data;
      if (row !== undefined) keys.set(stream, String(row[stream.key]));
    }
    const known = [...keys.keys()].map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(["traffic", "vehicles", "emergencies", "transactions"]));
    const event = { road_id: road, timestamp: now, current_speed: 10 };
    const steps = await walk(document, {
      good: {
        ...goodValues({ keys, streams, roads: [road] }),
        "trafficCurrent.since": [String(meta["cursor"])],
        "trafficCurrent.cursor": [String(meta["next_cursor"])],
        from: [formatInstant(Date.now() - 3_600_000)],
        to: [now],
      },
      keys: keysByName({ keys }),
      // All of them are tried on real stores without a process around; here it is the process that counts.
      nasty: ["-1"],
      bodies: {
        // The simulator is no feed that could be suspect.
        believeFeed: { good: [], bad: [{}] },
        replayDeadLetters: { good: [body({ ids: ["no id"] })], bad: [body({ ids: [] }), body({})] },
        ingest: {
          good: [body(event)],
          bad: [
            body({ ...event, current_speed: 400 }),
            body({}),
            { body: "{", headers: { "content-type": "application/json" } },
          ],
        },
      },
      // What changes something has tests of its own, and what takes long is walked over few roads: routes/real.test.ts.
      skip: ["live", "jobRun", "startJob", "excludeKey", "includeKey", ...LONG],
      send: (path, init) => fetch(new URL(path, instance.url), init),
    });
    expect(steps.length).toBeGreaterThan(350);
    expect(steps.filter((step) => step.faults.length > 0)).toEqual([]);
  }, 120_000);

  test("a second one on the same folder, or on the same port, is one sentence and exit code 1", async () => {
    const same = await startInstance({ dir: instance.dir, wait: null });
    expect(await same.exited).toBe(1);
    expect(same.output().trim()).toMatch(
      /^DATA_DIR is ".*", which another running Arterial uses; stop that one, or give another folder$/,
    );
    const port = Number(new URL(instance.url).port);
    const taken = await startInstance({ dir: folder("port"), port, wait: null });
    expect(await taken.exited).toBe(1);
    expect(taken.output().trim()).toBe(
      `PORT is ${port}, which another process on 127.0.0.1 uses; give another port, or stop that process`,
    );
  });

  test("Ctrl-C stops everything within 3 s, PostgreSQL too; the next start goes on where it was", async () => {
    const server = serverPid(join(instance.dir, "postgres"))!;
    const before = (await json(`${instance.url}/api/streams`)).data[0]!;
    const { code, ms } = await instance.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
    await until(async () => !alive(server), 1_000);
    instance = await startInstance({ dir: instance.dir, wait: "/readyz" });
    const after = (await json(`${instance.url}/api/streams`)).data[0]!;
    expect(after["stored"] as number).toBeGreaterThanOrEqual(before["stored"] as number);
    expect(after["ledger_difference"]).toBe(0);
    expect(instance.output()).not.toContain("Writing the last");
    await instance.stop();
  }, 60_000);
});

describe("what a user can mend is one sentence, exit code 1, no stack", () => {
  const sentence = async (env: Record<string, string>, dir = folder("mend")): Promise<string> => {
    const instance = await startInstance({ dir, env, wait: null });
    expect(await instance.exited).toBe(1);
    const said = instance.output().trim();
    expect(said.split("\n")).toHaveLength(1);
    return said;
  };

  test("a variable that is wrong", async () => {
    expect(await sentence({ PORT: "http" })).toBe(
      'PORT is "http", but it must be a whole number from 0 to 65535',
    );
    expect(await sentence({ CITY: "atlantis" })).toBe('CITY is "atlantis", but it must be one of demo');
    expect(await sentence({ HOST: "203.0.113.9", ADMIN_TOKEN: "0123456789abcdef" })).toContain(
      'HOST is "203.0.113.9", which is no address of this machine',
    );
  });

  test("a data folder that cannot be written", async () => {
    const parent = folder("closed");
    const file = join(parent, "file");
    writeFileSync(file, "");
    expect(await sentence({}, join(file, "data"))).toMatch(
      /^DATA_DIR is ".*", which cannot be written \(ENOTDIR\); give a folder that can$/,
    );
    // Root may write anywhere; others are told the same of a folder that is not theirs.
    if (process.getuid?.() !== 0) {
      const closed = join(parent, "closed");
      mkdirSync(closed);
      chmodSync(closed, 0o500);
      expect(await sentence({}, join(closed, "data"))).toContain("which cannot be written (EACCES)");
    }
  });

  test("a database that refuses us; one that is not there is waited for, and it is said", async () => {
    const database = await freshDatabase();
    const wrong = database.url.replace(/:[^:@/]+@/, ":wrong@");
    expect(await sentence({ DATABASE_URL: wrong })).toMatch(
      /^DATABASE_URL names a server that refuses us \(password authentication failed/,
    );
    await database.drop();
    const port = await freePort();
    const instance = await startInstance({
      env: { DATABASE_URL: `postgres://me:secret@127.0.0.1:${port}/x` },
      wait: "/healthz",
    });
    await until(async () => instance.output().includes("Waiting for PostgreSQL of DATABASE_URL"), 10_000);
    expect(instance.output()).not.toContain("secret");
    const ready = await fetch(`${instance.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining("PostgreSQL of DATABASE_URL"),
    ]);
    const page = await fetch(`${instance.url}/`, { headers: { accept: "text/html" } });
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining("Arterial is starting")]);
    expect((await instance.stop()).code).toBe(0);
  }, 30_000);
});
