/** A new stream is one file and one migration: ingest, reads, history, SSE and the Streams page work with no other change. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readConfig } from "../src/config.ts";
import { formatInstant, systemClock } from "../src/core/time.ts";
import { createLogger } from "../src/logger.ts";
import { startPlatform, type Platform } from "../src/platform.ts";
import { streams } from "../src/streams/index.ts";
import { freshFolder, removeFolder } from "./instance.ts";
import { parking } from "./new-stream/parking.ts";

const dir = freshFolder("new-stream");
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(
    readConfig({ DATA_DIR: dir, PORT: "0", FEEDS: "none", SEED_HOURS: "0", LOG_LEVEL: "silent" }),
    {
      clock: systemClock,
      logger: createLogger("silent"),
      version: "test",
      streams: {
        streams: [...streams, parking],
        migrations: [join(import.meta.dir, "new-stream/migrations")],
      },
    },
  );
});
afterAll(async () => {
  await platform.stop();
  removeFolder(dir);
});

const at = Date.now();
const event = (garage_id: string, free_places: number, ago_s: number) => ({
  event_id: `${garage_id}-${ago_s}`,
  measured_at: formatInstant(at - ago_s * 1_000),
  garage_id,
  free_places,
});

const get = async (path: string): Promise<{ data: Record<string, unknown>[] }> => {
  const response = await fetch(platform.url + path);
  expect(response.status).toBe(200);
  return (await response.json()) as { data: Record<string, unknown>[] };
};

async function until<T>(look: () => Promise<T>, good: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (good(found)) return found;
    if (tries > 200) throw new Error(`Cannot wait longer; the last was ${JSON.stringify(found)}`);
    await Bun.sleep(25);
  }
}

describe("a new stream, declared in one file with one migration", () => {
  test("is told over SSE, taken in, read live, in history and in windows, counted and shown", async () => {
    const abort = new AbortController();
    const live = await fetch(`${platform.url}/api/live?topics=parking`, { signal: abort.signal });
    expect(live.headers.get("content-type")).toContain("text/event-stream");
    const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = (await reader.read()).value ?? "";
    expect(heard).toContain("event: hello");

    const sent = [
      event("north", 12, 30),
      event("north", 9, 10),
      event("south", 0, 5),
      { ...event("south", -3, 4) },
      event("south", 0, 5),
    ];
    const posted = await fetch(`${platform.url}/api/ingest/parking`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(sent),
    });
    expect(posted.status).toBe(202);
    const { data } = (await posted.json()) as {
      data: { accepted: number; rejected: number; rejects: { pointer: string; rule: string }[] };
    };
    expect(data).toMatchObject({
      accepted: 4,
      rejected: 1,
      rejects: [{ pointer: "/free_places", rule: "must be at least 0" }],
    });

    while (!heard.includes('"garage_id":"south"')) heard += (await reader.read()).value ?? "";
    expect(heard).toContain("event: parking");
    abort.abort();

    const current = await until(
      () => get("/api/streams/parking/current"),
      ({ data: rows }) => rows.length === 2,
    );
    expect(current.data.map((row) => [row["garage_id"], row["free_places"], row["is_full"]])).toEqual([
      ["north", 9, false],
      ["south", 0, true],
    ]);
    expect((await get("/api/streams/parking/current/north")).data).toMatchObject({ free_places: 9 });

    const span = `from=${formatInstant(at - 3_600_000)}&to=${formatInstant(at + 60_000)}`;
    const stored = await until(
      () => get(`/api/data/parking?${span}`),
      ({ data: rows }) => rows.length === 3,
    );
    expect(stored.data.map((row) => row["event_id"])).toEqual(["north-30", "north-10", "south-5"]);

    const windows = await get(`/api/streams/parking/windows/north?${span}&step=15m`);
    expect(windows.data.reduce((sum, row) => sum + Number(row["n"]), 0)).toBe(2);
    expect(windows.data.reduce((most, row) => Math.max(most, Number(row["free_places_max"])), 0)).toBe(12);

    const ledger = await until(
      () => get("/api/streams"),
      ({ data: rows }) => rows.find((row) => row["stream"] === "parking")?.["stored"] === 3,
    );
    expect(ledger.data.find((row) => row["stream"] === "parking")).toMatchObject({
      label: "Parking garages",
      consumed: 4,
      stored: 3,
      duplicate: 1,
      dead: 0,
      ledger_difference: 0,
      rejected: [{ source: "http", count: 1 }],
    });

    const page = await (await fetch(`${platform.url}/streams`)).text();
    expect(page).toContain("Parking garages");
    const document = (await (await fetch(`${platform.url}/openapi.json`)).json()) as {
      components: { schemas: Record<string, unknown> };
    };
    expect(JSON.stringify(document)).toContain("free_places");
  });
});
