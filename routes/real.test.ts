/** The whole way over HTTP, on real stores: send, read in every form, refuse, try again. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import { formatInstant } from "../src/core/time.ts";
import { streams } from "../src/streams/index.ts";
import { city } from "../test/api-fixture.ts";
import { realApi } from "../test/real-api.ts";
import { exampleRows } from "../test/example-rows.ts";
import { goodValues, keysByName } from "../test/walk-values.ts";
import { walk } from "../test/walk.ts";
import type { OpenApiDocument } from "./openapi.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 10, 20);
const ROADS = [...city.roads.map((road) => road.road_id), "=1+1"];
const others = streams.filter((stream) => stream.name !== "traffic");
/** A key of each stream that is known. */
const KEYS = new Map(
  streams.map((stream): [Stream, string] => {
    const [row] = exampleRows(stream, ["one"], formatInstant(NOW_MS));
    return [
      stream,
      stream.name === "traffic"
        ? "r1"
        : stream.fields[stream.key]!.derived
          ? city.city_id
          : String(row![stream.key]),
    ];
  }),
);
let monotonic = 0;
// Each look at the clock is a tick later: nothing is kept from the question before.
const clock: Clock = { now: () => NOW_MS, monotonic: () => (monotonic += 10_000) };

let api: Awaited<ReturnType<typeof realApi>>;
beforeAll(async () => {
  api = await realApi(clock);
  // An hour of three roads, an event a minute; the last is a point sensor that only events know.
  const events = ROADS.flatMap((road_id, r) =>
    Array.from({ length: 60 }, (_, i) => ({
      road_id,
      timestamp: formatInstant(NOW_MS - 1_000 - i * 60_000),
      current_speed: 20 + r * 10 + (i % 5),
      free_flow_speed: 50,
      ...(r === 2 ? { latitude: 51.5, longitude: 1.5 } : {}),
    })),
  );
  const sent = await post("/api/ingest/traffic", events);
  expect([sent.status, await sent.json()]).toMatchObject([202, { data: { accepted: 180, rejected: 0 } }]);
  for (const stream of others) {
    const rows = exampleRows(stream, ["one", "two"], formatInstant(NOW_MS - 1_000));
    const answer = await post(`/api/ingest/${stream.name}`, rows);
    expect([stream.name, await answer.json()]).toMatchObject([
      stream.name,
      { data: { accepted: 2, rejected: 0 } },
    ]);
  }
  // Strangers write to the log, too: what they send is refused by its reader.
  await api.log.append("traffic-raw", [
    { key: "r1", value: new TextEncoder().encode(`{"road_id":"r1","current_speed":-1}`) },
  ]);
  await api.settle();
});
afterAll(() => api.stop());

const post = (path: string, body: unknown): Promise<Response> =>
  Promise.resolve(
    api.app.request(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  );
const get = async <T>(path: string): Promise<T> => {
  const response = await api.app.request(path);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
};

interface Rows {
  data: Record<string, unknown>[];
  meta: { cursor: string; next_cursor?: string; coverage: number; stale: boolean; layer: string };
}

test("every address answers as documented, with good values and with bad", async () => {
  const document = await get<OpenApiDocument>("/openapi.json");
  const { meta } = await get<Rows>("/api/traffic/current?limit=1");
  const dead = await get<Rows>("/api/dead-letters");
  const id = String(dead.data[0]!["dead_letter_id"]);
  const json = (body: unknown): RequestInit => ({
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const steps = await walk(document, {
    good: {
      ...goodValues({ keys: KEYS, streams, roads: ROADS }),
      "trafficCurrent.cursor": [meta.next_cursor!],
      "trafficCurrent.since": [meta.cursor],
      from: ["2026-11-21T09:00:00Z", "2026-11-21T11:00:00+02:00"],
      to: ["2026-11-21T10:00:00Z"],
    },
    keys: keysByName({ keys: KEYS }),
    bodies: {
      // There are no feeds here.
      believeFeed: { good: [], bad: [{}] },
      replayDeadLetters: { good: [json({ ids: [id, "no id"] })], bad: [json({ ids: [] }), json({})] },
      ingest: {
        good: [json({ road_id: "r1", timestamp: formatInstant(NOW_MS), current_speed: 10 })],
        bad: [
          json({ road_id: "r1", timestamp: formatInstant(NOW_MS), current_speed: 400 }),
          json({}),
          { body: "{", headers: { "content-type": "application/json" } },
        ],
      },
    },
    // Jobs and corridors are a whole process's; what changes something has tests of its own.
    skip: ["live", "jobRun", "jobRuns", "startJob", "excludeKey", "includeKey", "analyticsCongestionScan"],
    send: (path, init) => api.app.request(path, init),
  });
  expect(steps.length).toBeGreaterThan(500);
  expect(steps.filter((step) => step.faults.length > 0)).toEqual([]);
  expect(api.faults).toEqual([]);
});

test("now, before, and in windows: the same facts", async () => {
  const now = await get<Rows>("/api/traffic/current");
  expect(new Set(now.data.map((row) => row["road_id"]))).toEqual(new Set(ROADS));
  expect(now.data).toHaveLength(ROADS.length);
  expect(now.meta).toMatchObject({ layer: "speed", coverage: 1, stale: false });
  const raw = await get<Rows>("/api/traffic/history/r1?from=2026-11-21T09:30:00Z&to=2026-11-21T10:00:00Z");
  expect(raw.data).toHaveLength(30);
  const windows = await get<Rows>(
    "/api/traffic/history/r1?step=15m&from=2026-11-21T09:30:00Z&to=2026-11-21T10:00:00Z",
  );
  expect(windows.data.map((row) => row["n"])).toEqual([15, 15]);
  const all = await get<Rows>(
    "/api/streams/traffic/windows?from=2026-11-21T09:30:00Z&to=2026-11-21T09:35:00Z",
  );
  expect(all.data).toHaveLength(3);
});

test("pages join without a gap and without a repeat", async () => {
  for (const path of [
    "/api/data/traffic?limit=50&key=r1",
    "/api/traffic/current?limit=1",
    "/api/roads?limit=1",
  ]) {
    const whole = await get<Rows>(path.replace(/limit=\d+/, "limit=1000"));
    const pages: Record<string, unknown>[] = [];
    let next: string | null = path;
    while (next !== null) {
      const response = await api.app.request(next);
      pages.push(...((await response.json()) as Rows).data);
      next = /<(.+)>/.exec(response.headers.get("link") ?? "")?.[1] ?? null;
    }
    expect(pages).toEqual(whole.data);
  }
});

test("a dead letter says what was wrong, is tried again, and is told of once", async () => {
  const { data } = await get<Rows>("/api/dead-letters?stream=traffic");
  const letter = data.find((row) => row["pointer"] === "/timestamp" || row["pointer"] === "/current_speed")!;
  expect(letter["payload"]).toBe(`{"road_id":"r1","current_speed":-1}`);
  const id = String(letter["dead_letter_id"]);
  const again = await post("/api/dead-letters/replay", { ids: [id] });
  expect(again.status).toBe(202);
  await api.settle();
  const after = await get<Rows>("/api/dead-letters?stream=traffic");
  expect(after.data.filter((row) => row["dead_letter_id"] === id)).toMatchObject([
    { state: "open", attempts: 1 },
  ]);
});
