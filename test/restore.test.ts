/** A platform, its backup, and a platform on the copy: the same answers, a log of its own, and clients that are told so. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../package.json";
import { restoreBackup } from "../src/backup/restore.ts";
import { takeBackup } from "../src/backup/take.ts";
import { readConfig } from "../src/config.ts";
import type { Stream } from "../src/core/stream.ts";
import { formatInstant, minutes, systemClock, type Clock } from "../src/core/time.ts";
import { createLogger } from "../src/logger.ts";
import { startPlatform, type Platform } from "../src/platform.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { internalStreams, streams } from "../src/streams/index.ts";
import { operationsOf, type OpenApiDocument } from "../routes/openapi.ts";
import { exampleRows } from "./example-rows.ts";
import { freshDatabase, type TestDatabase } from "./postgres.ts";
import { goodValues, keysByName } from "./walk-values.ts";
import { walk } from "./walk.ts";

/** It stands still, so that ages and open windows are the same in both. */
const NOW_MS = Math.floor(systemClock.now() / 1_000) * 1_000;
const clock: Clock = { now: () => NOW_MS, monotonic: () => systemClock.monotonic() };
const topics = [
  ...[...streams, ...internalStreams].map(({ topic, name }) => ({ topic, stream: name })),
  { topic: DEAD_LETTERS_TOPIC, stream: DEAD_LETTERS_TOPIC },
];

const dir = mkdtempSync(join(tmpdir(), "arterial-restore-"));
const path = join(dir, "a.backup");
const databases: TestDatabase[] = [];
const running: Platform[] = [];

async function start(database: TestDatabase): Promise<Platform> {
  const config = readConfig({
    DATABASE_URL: database.url,
    PORT: "0",
    FEEDS: "none",
    SEED_HOURS: "0",
    ROLES: "web,speed,batch",
  });
  const platform = await startPlatform(config, { clock, logger: createLogger("silent"), version });
  running.push(platform);
  return platform;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const late_ms = systemClock.monotonic() + 30_000;
  while (!(await holds())) {
    if (systemClock.monotonic() > late_ms) throw new Error(`Waited 30 s in vain until ${what}`);
    await Bun.sleep(20);
  }
}

const json = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;
const ready = (platform: Platform): Promise<void> =>
  until("it is ready", async () => (await fetch(`${platform.url}/readyz`)).status === 200);

/** Some events of every stream, over the last minutes, and one that is none. */
async function send(
  { door, history, log }: Platform,
  roads: readonly string[],
): Promise<Map<Stream, string>> {
  const keys = new Map<Stream, string>();
  for (const stream of streams) {
    const of_road = stream.key === "road_id";
    for (const ago of [9, 4, 1]) {
      const rows = exampleRows(stream, of_road ? roads : ["k1", "k2"], formatInstant(NOW_MS - minutes(ago)));
      const values = rows.map(({ as_of: _a, stale: _s, ...row }) => row);
      const { accepted, rejects } = await door.accept(stream, values, { source: "test" });
      expect([stream.name, accepted, rejects]).toEqual([stream.name, values.length, []]);
      keys.set(stream, String(rows[0]![stream.key]));
    }
  }
  await door.accept(streams[0]!, [{ road_id: "x", current_speed: -1 }], { source: "test" });
  await until("history holds all of it", async () => {
    const applied = await history.applied(streams);
    const ends = await log.ends(streams.map(({ topic }) => topic));
    const rejects = await history.rejectsApplied();
    return (
      (rejects.get(0) ?? 0) > 0 &&
      ends.every(({ topic, partition, end_offset }) => {
        const stream = streams.find((one) => one.topic === topic)!;
        return (applied[stream.name]?.[partition] ?? 0) === end_offset;
      })
    );
  });
  return keys;
}

/** Answers that are of the process and not of the data. */
const OF_THE_PROCESS =
  /^\/(metrics|healthz|readyz|openapi\.json|asyncapi\.json|api\/feeds|api\/jobs|api\/streams$|api\/live)/;

/** By address: status and body, without what names the log or how long it took. */
async function answers(platform: Platform, keys: ReadonlyMap<Stream, string>, roads: readonly string[]) {
  const document = await json<OpenApiDocument>(`${platform.url}/openapi.json`);
  const others = operationsOf(document).filter(
    ({ method, path: at }) => method !== "get" || OF_THE_PROCESS.test(at),
  );
  const said = new Map<string, unknown>();
  await walk(document, {
    good: {
      ...goodValues({ keys, streams, roads }),
      from: [formatInstant(NOW_MS - minutes(120))],
      to: [formatInstant(NOW_MS)],
    },
    keys: keysByName({ keys }),
    nasty: [],
    bodies: {},
    skip: others.map(({ object }) => String(object["operationId"])),
    async send(at, init) {
      const response = await fetch(new URL(at, platform.url), init);
      const text = await response.clone().text();
      said.set(at, { status: response.status, body: plain(text) });
      return response;
    },
  });
  return said;
}

/** Names of the log and of the request, and which layer was asked: a process that has just begun asks history. */
const OWN = new Set(["cursor", "next_cursor", "request_id", "layer"]);

function plain(text: string): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) => (OWN.has(name) ? undefined : value));
  } catch {
    return text.replaceAll(/^# .*$/gm, "");
  }
}

/** Where two answers part, and how. */
function firstDifference(a: unknown, b: unknown, at = ""): string {
  const of = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null)?.[name];
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)]))
      if (!Bun.deepEquals(of(a, name), of(b, name)))
        return firstDifference(of(a, name), of(b, name), `${at}/${name}`);
  }
  return `${at} ${JSON.stringify(a)?.slice(0, 300)} ≠ ${JSON.stringify(b)?.slice(0, 300)}`;
}

let copy: Platform;
let before: Map<string, unknown>;
let keys: Map<Stream, string>;
let roads: string[];
let last_event_id: string;

beforeAll(async () => {
  const [full, empty] = [await freshDatabase(), await freshDatabase()];
  databases.push(full, empty);
  const sender = await start(full);
  await ready(sender);
  roads = (await json<{ data: { road_id: string }[] }>(`${sender.url}/api/roads?limit=3`)).data.map(
    (row) => row.road_id,
  );
  keys = await send(sender, roads);
  // What a process remembers of before the events is not what is compared.
  await sender.stop();
  const first = await start(full);
  await ready(first);
  before = await answers(first, keys, roads);
  last_event_id = (await hello(first.url, "")).cursor;
  const signal = new AbortController().signal;
  await takeBackup({ url: full.url, path, release: version, city: "demo", topics, clock, signal });
  await first.stop();
  await restoreBackup({ path, url: empty.url, replace: false, clock, signal });
  copy = await start(empty);
  await ready(copy);
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map((platform) => platform.stop()));
  await Promise.all(databases.map((database) => database.drop()));
  rmSync(dir, { recursive: true, force: true });
});

interface Told {
  cursor: string;
  events: string[];
}

/** The first events of a live stream. */
async function hello(url: string, id: string): Promise<Told> {
  const stop = new AbortController();
  const response = await fetch(`${url}/api/live?topics=traffic`, {
    headers: id === "" ? {} : { "last-event-id": id },
    signal: stop.signal,
  });
  expect(response.status).toBe(200);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    if (
      text.includes("event: hello") &&
      (id === "" || text.includes("event: resync")) &&
      text.endsWith("\n\n")
    )
      break;
  }
  stop.abort();
  const cursor = /"cursor":"([^"]*)"/.exec(text)?.[1] ?? "";
  return { cursor, events: [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1]!) };
}

describe("paper 000, disaster scenario 3: the database is lost, and restored from a backup", () => {
  test("every address answers alike", async () => {
    const after = await answers(copy, keys, roads);
    expect([...after.keys()]).toEqual([...before.keys()]);
    const differ = [...before].filter(([at, answer]) => !Bun.deepEquals(answer, after.get(at)));
    expect(differ.map(([at, answer]) => `${at}: ${firstDifference(answer, after.get(at))}`)).toEqual([]);
    expect(before.size).toBeGreaterThan(80);
  }, 60_000);

  test("the ledger adds up, and goes on from where it was", async () => {
    for (const stream of streams) {
      const ledger = await copy.history.ledger(stream);
      const { rows, dead } = await copy.history.recount(stream);
      expect(ledger.reduce((n, row) => n + row.stored, 0)).toBe(rows);
      for (const row of ledger) expect(row.consumed).toBe(row.stored + row.duplicate + row.dead);
      expect(dead).toBeGreaterThanOrEqual(0);
    }
    const stream = streams.find(({ name }) => name === "traffic")!;
    const stored = async (): Promise<number> =>
      (await copy.history.ledger(stream)).reduce((n, row) => n + row.stored, 0);
    const was = await stored();
    const [row] = exampleRows(stream, [roads[0]!], formatInstant(NOW_MS));
    const { as_of: _a, stale: _s, ...value } = row!;
    await copy.door.accept(stream, [value], { source: "test" });
    await until("the next event is stored", async () => (await stored()) === was + 1);
  });

  test("a client that comes back with an id of the old log gets one resync, and a forged one is refused", async () => {
    const told = await hello(copy.url, last_event_id);
    expect(told.events).toEqual(["hello", "resync"]);
    expect(told.cursor).not.toBe(last_event_id);
    const forged = await fetch(`${copy.url}/api/live?topics=traffic`, {
      headers: { "last-event-id": `${last_event_id}x` },
    });
    expect(forged.status).toBe(400);
  });
});
