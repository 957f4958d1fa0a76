import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from "fast-check";
import { gunzipSync } from "node:zlib";
import { openScene, type Scene } from "../../test/serving-scene.ts";
import { formatCursor } from "../core/cursor.ts";
import { ProblemError } from "../core/errors.ts";
import { minutes, seconds } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import type { CurrentRow } from "./answer.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

const ids = (rows: readonly CurrentRow[]): unknown[] => rows.map((row) => row["road_id"]);

async function problem(asked: Promise<unknown>) {
  const error = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProblemError)) throw new Error(`Wanted a ProblemError, got ${String(error)}`);
  return error.problem;
}

describe("the list", () => {
  test("rows stand by key, each with its own age; half the roads silent reads 0.5", async () => {
    const { serving, send, settle } = scene;
    await send([
      { road_id: "b" },
      { road_id: "a", at_ms: -seconds(5) },
      { road_id: "c", at_ms: -seconds(31) },
    ]);
    await settle();
    const { data, meta } = await serving.current(traffic, {});
    expect(ids(data)).toEqual(["a", "b", "c"]);
    expect(data.map((row) => [row.as_of, row.stale])).toEqual([
      ["2026-11-21T09:19:55Z", false],
      ["2026-11-21T09:20:00Z", false],
      ["2026-11-21T09:19:29Z", true],
    ]);
    expect(meta).toMatchObject({
      layer: "speed",
      as_of: "2026-11-21T09:20:00Z",
      age_ms: 0,
      stale: false,
      coverage: 0.5,
    });
  });

  test("an empty list is stale, has no age, and covers nothing", async () => {
    const { meta, data } = await scene.serving.current(traffic, {});
    expect(data).toEqual([]);
    expect(meta).toMatchObject({ as_of: null, age_ms: null, stale: true, coverage: 0 });
  });

  test("an age is never negative, though a feed's clock is ahead", async () => {
    await scene.send([{ road_id: "a", at_ms: seconds(90) }]);
    await scene.settle();
    expect((await scene.serving.current(traffic, {})).meta.age_ms).toBe(0);
  });

  test("bbox takes roads by their geometry and point sensors by their place; coverage is the box's", async () => {
    const { serving, send, settle } = scene;
    await send([
      { road_id: "a" },
      { road_id: "b" },
      { road_id: "point", place: [11.02, 48.02] },
      { road_id: "nowhere" },
    ]);
    await settle();
    const { data, meta } = await serving.current(traffic, { bbox: [10.9, 47.9, 11.06, 48.1] });
    expect(ids(data)).toEqual(["a", "point"]);
    expect(meta.coverage).toBe(1);
    const east = await serving.current(traffic, { bbox: [11.16, 47.9, 11.4, 48.1] });
    expect([ids(east.data), east.meta.coverage]).toEqual([[], 0]);
  });

  test("keys asked for are the keys expected", async () => {
    await scene.send([{ road_id: "a" }, { road_id: "b" }]);
    await scene.settle();
    const { data, meta } = await scene.serving.current(traffic, { keys: ["b", "d"] });
    expect([ids(data), meta.coverage]).toEqual([["b"], 0.5]);
  });

  test("pages stay right while rows come in", async () => {
    const { serving, send, toLive } = scene;
    await send(["a", "c", "e", "g"].map((road_id) => ({ road_id })));
    await toLive();
    const first = await serving.current(traffic, { limit: 2 });
    await send([{ road_id: "b" }, { road_id: "f" }]);
    await toLive();
    const second = await serving.current(traffic, { limit: 2, cursor: first.meta.next_cursor! });
    const third = await serving.current(traffic, { limit: 2, cursor: second.meta.next_cursor! });
    expect([ids(first.data), ids(second.data), ids(third.data)]).toEqual([["a", "c"], ["e", "f"], ["g"]]);
    expect(third.meta.next_cursor).toBeUndefined();
  });
});

describe("cursors", () => {
  test("a list stamped while the live view lags is resumed without a miss", async () => {
    const { serving, send, toLive, live } = scene;
    await send([
      { road_id: "a", speed: 1 },
      { road_id: "a", at_ms: 1, speed: 2 },
      { road_id: "b", speed: 3 },
    ]);
    await toLive(1);
    const stamped = await serving.current(traffic, {});
    expect(stamped.data.find((row) => row["road_id"] === "a")!["current_speed"]).toBe(1);
    await toLive();
    const news = await serving.current(traffic, { since: stamped.meta.cursor });
    expect(news.data.map((row) => [row["road_id"], row["current_speed"]])).toContainEqual(["a", 2]);
    expect((await serving.current(traffic, { since: news.meta.cursor })).data).toEqual([]);
    expect((await live.applied(traffic)).reduce((a, b) => a + b, 0)).toBe(3);
  });

  test("any interleaving of events, lag and asking since= leaves the client with the live view", async () => {
    const step = oneof(
      record({
        road_id: constantFrom("a", "b", "c", "x"),
        at_ms: integer({ min: -20, max: 20 }),
        speed: integer({ min: 0, max: 99 }),
      }),
      constantFrom("read 1", "read all", "ask" as const),
    );
    const names: Record<string, true> = {};
    let round = 0;
    await assert(
      asyncProperty(array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const { serving, send, toLive } = scene;
        round++;
        const first = await serving.current(traffic, {});
        const mine = new Map(first.data.map((row) => [row["road_id"], row["event_id"]]));
        let { cursor } = first.meta;
        const ask = async (): Promise<void> => {
          const news = await serving.current(traffic, { since: cursor });
          for (const row of news.data) mine.set(row["road_id"], row["event_id"]);
          ({ cursor } = news.meta);
        };
        for (const one of steps) {
          if (one === "read 1") await toLive(1);
          else if (one === "read all") await toLive();
          else if (one === "ask") await ask();
          else {
            names[one.road_id] = true;
            await send([{ ...one, at_ms: one.at_ms + round }]);
          }
        }
        await toLive();
        await ask();
        const all = await serving.current(traffic, {});
        expect(mine).toEqual(new Map(all.data.map((row) => [row["road_id"], row["event_id"]])));
      }),
      { numRuns: 25 },
    );
    expect(Object.keys(names).length).toBe(4);
  });

  test("a position read after the rows loses an event: the order is what the law rests on", async () => {
    const { serving, send, toLive, live } = scene;
    const all = live.all.bind(live);
    live.all = async (stream) => {
      const { rows } = await all(stream);
      await toLive();
      return { rows, applied: await live.applied(stream) };
    };
    await send([{ road_id: "a" }]);
    const stamped = await serving.current(traffic, {});
    live.all = all;
    expect(stamped.data).toEqual([]);
    // The planted fault's client never hears of it.
    expect((await serving.current(traffic, { since: stamped.meta.cursor })).data).toEqual([]);
    expect((await serving.current(traffic, {})).data).toHaveLength(1);
  });

  test("a forged cursor, one of another log, and one of another list are told by name, value and rule", async () => {
    const { serving, send, toLive } = scene;
    await send([{ road_id: "a" }, { road_id: "b" }]);
    await toLive();
    const { meta } = await serving.current(traffic, { limit: 1 });
    const foreign = formatCursor("another-epoch", { traffic: [0, 0, 0, 0] });
    for (const since of ["nonsense", "", "%%", foreign, meta.next_cursor!, `${meta.cursor}x`]) {
      const told = await problem(serving.current(traffic, { since }));
      expect(told.name).toBe("invalid-parameter");
      expect(told.errors).toEqual([
        { parameter: "since", value: since, rule: "must be a cursor that this installation gave" },
      ]);
    }
    const page = (await serving.roads({ limit: 1 })).meta.next_cursor!;
    for (const cursor of ["nonsense", meta.cursor, page, "x".repeat(5_000)]) {
      const told = await problem(serving.current(traffic, { cursor }));
      expect([told.name, told.errors![0]!.parameter]).toEqual(["invalid-parameter", "cursor"]);
    }
  });
});

describe("the shared list", () => {
  test("its bytes are the answer's, plain and compressed", async () => {
    const { serving, send, settle } = scene;
    await send([{ road_id: "a" }, { road_id: 'ü"🚦' }]);
    await settle();
    const { json, gzip, answer } = await serving.shared(traffic);
    expect(Buffer.from(json).toString()).toBe(JSON.stringify(answer));
    expect(gunzipSync(gzip).equals(json)).toBe(true);
    expect(answer.data).toEqual((await serving.current(traffic, {})).data);
  });

  test("nothing new: the same object; the tag changes with an event, a row grown stale, an expiry, and the layer", async () => {
    const { serving, send, settle, clock, away } = scene;
    const tags: string[] = [];
    const tag = async (): Promise<void> => void tags.push((await serving.shared(traffic)).etag);
    await send([{ road_id: "a" }, { road_id: "b", at_ms: -minutes(9) }]);
    await settle();
    await tag();
    const same = await serving.shared(traffic);
    expect(await serving.shared(traffic)).toBe(same);
    clock.ms += seconds(20);
    expect(await serving.shared(traffic)).toBe(same);
    clock.ms += seconds(11);
    await tag();
    clock.ms += seconds(30);
    await tag();
    await send([{ road_id: "a" }]);
    await settle();
    await tag();
    away.live = true;
    await tag();
    expect(new Set(tags).size).toBe(5);
    for (const one of tags) expect(one).toMatch(/^W\/"[0-9a-z]+"$/);
  });

  test("however many ask at once, the live view is read once", async () => {
    const { serving, send, toLive, live } = scene;
    await send([{ road_id: "a" }]);
    await toLive();
    let reads = 0;
    const all = live.all.bind(live);
    live.all = (stream) => (reads++, all(stream));
    await Promise.all(Array.from({ length: 100 }, () => serving.shared(traffic)));
    expect(reads).toBe(1);
  });
});

describe("layers", () => {
  test("without the live view, history's newest rows answer, as layer batch", async () => {
    const { serving, send, settle, away } = scene;
    await send([
      { road_id: "a", speed: 10 },
      { road_id: "b", at_ms: -minutes(20) },
    ]);
    await settle();
    expect(ids((await serving.current(traffic, {})).data)).toEqual(["a"]);
    away.live = true;
    const { data, meta } = await serving.current(traffic, {});
    expect([ids(data), meta.layer, data.map((row) => row.stale)]).toEqual([
      ["a", "b"],
      "batch",
      [false, true],
    ]);
    expect((await serving.one(traffic, "a")).meta.layer).toBe("batch");
    away.live = false;
    expect((await serving.current(traffic, {})).meta.layer).toBe("speed");
  });

  test("without history, the live view still answers", async () => {
    const { serving, send, toLive, history } = scene;
    await send([{ road_id: "a" }]);
    await toLive();
    await history.close();
    expect(ids((await serving.current(traffic, {})).data)).toEqual(["a"]);
    expect((await serving.one(traffic, "a")).data["road_id"]).toBe("a");
    expect((await serving.summary()).sentence).toBe(
      "0 of 4 roads congested; no earlier day to compare with yet",
    );
    expect((await serving.roads({})).data).toHaveLength(4);
  });

  test("one key: live, what history knew last, or not found", async () => {
    const { serving, send, settle, clock } = scene;
    await send([{ road_id: "a" }, { road_id: "b:ü", at_ms: -minutes(5) }]);
    await settle();
    expect((await serving.one(traffic, "b:ü")).meta).toMatchObject({
      layer: "speed",
      stale: true,
      coverage: 0,
    });
    clock.ms += minutes(6);
    const gone = await serving.one(traffic, "b:ü");
    expect(gone.meta).toMatchObject({
      layer: "batch",
      as_of: "2026-11-21T09:15:00Z",
      age_ms: minutes(11),
      stale: true,
    });
    for (const key of ["c", "nowhere", "<script>"]) {
      const told = await problem(serving.one(traffic, key));
      expect([told.name, told.detail.includes(JSON.stringify(key))]).toEqual(["not-found", true]);
    }
  });
});
