/** A new stream is one file and one migration: what docs/adding-a-stream.md says is done to the letter, and then all of it works. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../src/config.ts";
import type { Stream } from "../src/core/stream.ts";
import { formatInstant, systemClock } from "../src/core/time.ts";
import { createLogger } from "../src/logger.ts";
import { startPlatform, type Platform } from "../src/platform.ts";
import { streams } from "../src/streams/index.ts";
import { freshFolder, removeFolder } from "./instance.ts";

const ROOT = join(import.meta.dir, "..");
const dir = freshFolder("new-stream");
let platform: Platform;

/** The page's only block of a language. */
function blockOf(page: string, language: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))];
  expect(blocks).toHaveLength(1);
  return blocks[0]![1]!;
}

/** Steps 1 to 3 of the page, in a folder that has our core beside its streams. */
async function follow(): Promise<{ stream: Stream; migrations: string }> {
  const page = readFileSync(join(ROOT, "docs/adding-a-stream.md"), "utf8");
  const migrations = join(dir, "sql/migrations");
  mkdirSync(join(dir, "src/streams"), { recursive: true });
  mkdirSync(migrations, { recursive: true });
  symlinkSync(join(ROOT, "src/core"), join(dir, "src/core"));
  writeFileSync(join(dir, "src/streams/parking.ts"), blockOf(page, "ts"));
  writeFileSync(join(migrations, "9001-parking.sql"), blockOf(page, "sql"));
  const { parking } = (await import(join(dir, "src/streams/parking.ts"))) as { parking: Stream };
  return { stream: parking, migrations };
}

beforeAll(async () => {
  const { stream, migrations } = await follow();
  platform = await startPlatform(
    readConfig({
      DATA_DIR: join(dir, "data"),
      PORT: "0",
      FEEDS: "none",
      SEED_HOURS: "0",
      LOG_LEVEL: "silent",
    }),
    {
      clock: systemClock,
      logger: createLogger("silent"),
      version: "test",
      streams: { streams: [...streams, stream], migrations: [migrations] },
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
  attendant_id: "Ms. Example",
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
    expect((await get("/api/parking/current")).data).toHaveLength(2);
    expect(JSON.stringify(current.data)).toContain('"attendant_id":"anon-');
    expect(JSON.stringify(current.data)).not.toContain("Example");
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
