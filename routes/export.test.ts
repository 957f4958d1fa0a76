/** Exports over a real socket: whole, at the client's pace, few at once, and never silently short. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { createApp } from "../src/app.ts";
import { decoderOf } from "../src/core/decode.ts";
import { HistoryUnavailableError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { formatInstant, hours, type Clock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { createServing } from "../src/serving/serving.ts";
import { traffic } from "../src/streams/traffic.ts";
import { city } from "../test/api-fixture.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 10, 20);
const ROWS = 23_456;
const BEFORE_MS = NOW_MS - hours(24);

let monotonic = 0;
const clock: Clock = { now: () => NOW_MS, monotonic: () => monotonic };
const memory = openMemoryHistory({ clock });
/** Pages asked for, and on which of them history is away. */
const asked = { pages: 0, away_from: Infinity };
const history: HistoryStore = {
  ...memory,
  raw: (stream, query) => {
    asked.pages++;
    if (asked.pages >= asked.away_from)
      return Promise.reject(new HistoryUnavailableError("Cannot read: it is switched off"));
    return memory.raw(stream, query);
  },
};
let server: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  const events = Array.from({ length: ROWS }, (_, i) => {
    const value = {
      // Long rows: an export of them is more than sockets hold.
      event_id: `e${i}-${"x".repeat(100)}`,
      timestamp: formatInstant(BEFORE_MS + Math.floor(i / 3) * 1_000),
      road_id: ["r1", "r2", "=1+1"][i % 3],
      road_name: i % 7 === 0 ? 'High "Street", old' : "A long name. ".repeat(15).trim(),
      current_speed: i % 50,
      free_flow_speed: 50,
    };
    const raw = { value: null, source: "test", received_at_ms: NOW_MS, partition: 0, offset: i };
    const decoded = decoderOf(traffic).check(
      value,
      { ...raw, backfill: false, dead_letter_id: null },
      { city, now_ms: NOW_MS },
    );
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.reject));
    return decoded.event;
  });
  for (let at = 0; at < ROWS; at += 10_000) {
    const some = events.slice(at, at + 10_000);
    const part = { partition: 0, expected_offset: at, next_offset: at + some.length, last_record_hash: null };
    await memory.append(traffic, [{ ...part, events: some, dead: [] }]);
  }
  const log = openMemoryLog({ clock });
  const live = openMemoryLive({ clock });
  const app = createApp({
    serving: createServing({ streams: [traffic], live, history, log, city, clock }),
    streams: [traffic],
    city,
    clock,
    readiness: { waitingFor: async () => [] },
    deadLetters: {
      list: async () => ({ letters: [], cursor: "" }),
      replay: async () => ({ replayed: [], skipped: [], cursor: "" }),
    },
    allowed_hosts: [],
    version: "test",
    ingest: new Hono(),
    live: new Hono(),
    pages: new Hono(),
  });
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
});
afterAll(() => server.stop(true));

const get = (query: string, encoding = "identity"): Promise<Response> => {
  return fetch(new URL(`/api/data/traffic?${query}`, server.url), {
    headers: { "accept-encoding": encoding, connection: "close" },
    decompress: false,
  } as RequestInit);
};

/** An export whose bytes nobody takes after the first ones. */
async function stalled(): Promise<{ socket: Socket }> {
  const socket = connect(server.port!, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET /api/data/traffic?format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "readable");
  return { socket };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 10_000; !(await holds()); await Bun.sleep(10))
    if (performance.now() > end) throw new Error("It did not come to pass within 10 s");
}

/** All exports that others left have ended. */
const idle = (): Promise<void> =>
  until(async () => {
    const answers = await Promise.all(Array.from({ length: limits.exports_max }, () => get("format=csv")));
    await Promise.all(answers.map((answer) => answer.text()));
    return answers.every((answer) => answer.status === 200);
  });

test("an export is the concatenation of its pages, as CSV and as NDJSON, of all keys and of one", async () => {
  for (const format of ["csv", "ndjson"]) {
    for (const of_key of ["", "&key=r2"]) {
      const range = `from=${formatInstant(BEFORE_MS)}&to=${formatInstant(NOW_MS)}`;
      const whole = await (await get(`format=${format}&${range}${of_key}`)).text();
      let pages = "";
      let next: string | null = `format=${format}&${range}${of_key}&limit=${limits.range_rows_max}`;
      while (next !== null) {
        const page = await get(next);
        const text = await page.text();
        pages += format === "csv" && pages !== "" ? text.slice(text.indexOf("\r\n") + 2) : text;
        next = /\?([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ?? null;
      }
      expect(Bun.hash(whole)).toBe(Bun.hash(pages));
      const rows = whole.trimEnd().split("\n").length - (format === "csv" ? 1 : 0);
      expect(rows).toBe(of_key === "" ? ROWS : Math.floor((ROWS + 1) / 3));
    }
  }
});

test("an export says what it is of: stream, range, zone and cursor", async () => {
  const answer = await get("format=ndjson&from=2026-11-21T09:00:00Z&to=2026-11-21T11:00:00%2B01:00");
  expect(answer.headers.get("content-disposition")).toBe(
    'attachment; filename="traffic-data-20261121T090000Z-20261121T100000Z.ndjson"',
  );
  expect(answer.headers.get("arterial-from")).toBe("2026-11-21T09:00:00Z");
  expect(answer.headers.get("arterial-to")).toBe("2026-11-21T10:00:00Z");
  const page = await get("limit=1");
  expect(answer.headers.get("arterial-cursor")).toBe(
    ((await page.json()) as { meta: { cursor: string } }).meta.cursor,
  );
  expect(await answer.text()).toBe("");
});

test("packed it is the same bytes", async () => {
  const packed = await get("format=csv", "gzip");
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  const plain = await (await get("format=csv")).text();
  expect(Bun.hash(gunzipSync(await packed.bytes()).toString())).toBe(Bun.hash(plain));
});

test("JSON stays in pages, and so does CSV of which a page is asked", async () => {
  const json = (await (await get("")).json()) as { data: unknown[]; meta: object };
  expect(json.data.length).toBeLessThanOrEqual(limits.range_rows_max);
  const csv = await get(`format=csv&from=${formatInstant(BEFORE_MS)}&limit=10`);
  expect((await csv.text()).trimEnd().split("\r\n")).toHaveLength(11);
  expect(csv.headers.get("link")).toContain('rel="next"');
});

test("what is wrong is told before anything is sent", async () => {
  expect((await get("format=csv&key=nobody")).status).toBe(404);
  expect((await get("format=csv&from=2026-11-21T11:00:00Z&to=2026-11-21T10:00:00Z")).status).toBe(400);
  expect((await get("format=csv&from=2025-01-01T00:00:00Z")).status).toBe(400);
  asked.pages = 0;
  asked.away_from = 1;
  const away = await get("format=csv");
  asked.away_from = Infinity;
  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "2"]);
});

test("history that goes on the way cuts the connection: no client takes half for the whole", async () => {
  asked.away_from = 3;
  for (const [format, encoding] of [
    ["csv", "identity"],
    ["ndjson", "identity"],
    ["csv", "gzip"],
  ] as const) {
    asked.pages = 0;
    const body = await get(`format=${format}`, encoding)
      .then((answer) => answer.bytes())
      .then(
        () => "came to its end",
        () => "was cut",
      );
    expect([format, encoding, body]).toEqual([format, encoding, "was cut"]);
  }
  asked.away_from = Infinity;
  await idle();
});

test("one that takes too long is cut, too", async () => {
  const { socket } = await stalled();
  let last: Uint8Array = new Uint8Array();
  socket.on("data", (bytes) => (last = Buffer.concat([last, Buffer.from(bytes)]).subarray(-5)));
  monotonic += limits.export_ms_max + 1;
  await new Promise((closed) => socket.once("close", closed));
  expect(Buffer.from(last).toString("latin1")).not.toBe("0\r\n\r\n");
  await idle();
});

test("more at once than there are places for are told to come again; one who left makes room", async () => {
  const others = await Promise.all(Array.from({ length: limits.exports_max }, stalled));
  const refused = await get("format=csv");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await refused.json()).toMatchObject({ type: "/problems/unavailable" });
  expect((await get("format=csv&limit=5")).status).toBe(200);
  for (const { socket } of others) socket.destroy();
  await idle();
});

test("of many who ask in one moment some are told to come again, and nobody is cut", async () => {
  const query = `format=csv&from=${formatInstant(BEFORE_MS)}`;
  const answers = await Promise.all(Array.from({ length: 3 * limits.exports_max }, () => get(query)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(limits.exports_max);
  for (const answer of answers) {
    const text = await answer.text();
    if (answer.status === 200) expect(text.trimEnd().split("\r\n")).toHaveLength(ROWS + 1);
    else expect([answer.status, text]).toEqual([503, expect.stringContaining("Cannot begin an export")]);
  }
  await idle();
});

test("a client that does not read stops the reading, and nobody else's", async () => {
  const query = `format=csv&from=${formatInstant(BEFORE_MS)}`;
  asked.pages = 0;
  await (await get(query)).text();
  const whole = asked.pages;
  expect(whole).toBe(Math.ceil(ROWS / limits.export_page_rows));
  asked.pages = 0;
  const { socket } = await stalled();
  for (let i = 0; i < 3; i++) await (await get(query)).text();
  expect(asked.pages).toBeLessThan(4 * whole);
  socket.destroy();
  await idle();
});

test("HEAD answers the headers and reads no further than the first page", async () => {
  asked.pages = 0;
  const head = await fetch(new URL("/api/data/traffic?format=csv", server.url), { method: "HEAD" });
  expect([head.status, head.headers.get("content-type")]).toEqual([
    200,
    "text/csv; charset=utf-8; header=present",
  ]);
  expect(asked.pages).toBe(1);
});
