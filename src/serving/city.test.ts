import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { NOW_MS, openScene, type Scene, type Sent } from "../../test/serving-scene.ts";
import type { ProblemError } from "../core/errors.ts";
import { days, hours, minutes, seconds } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { sentence, type SentenceFacts } from "./sentence.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

/** The four roads, with that many of them congested, so many days ago at this time. */
const at = (back: number, congested: number, off_ms = 0): Sent[] =>
  ["a", "b", "c", "d"].map((road_id, n) => ({
    road_id,
    at_ms: -days(back) + off_ms,
    speed: n < congested ? 10 : 48,
  }));

describe("the city in one sentence", () => {
  test("with no earlier day it says so; with one it compares with that; with three weekdays with them", async () => {
    const { serving, send, settle, clock } = scene;
    await send(at(0, 2));
    await settle();
    expect(await serving.summary()).toMatchObject({
      sentence: "2 of 4 roads congested; no earlier day to compare with yet",
      usual: null,
      congested: 2,
      roads: 4,
      counts: { free: 2, moderate: 0, heavy: 0, severe: 2, closed: 0, unknown: 0 },
      stale: false,
    });
    await send(at(3, 1, minutes(1)));
    await settle();
    clock.ms += seconds(6);
    // Counted beside the answers: the last one stands until the new one is there.
    const deadline_ms = performance.now() + 3_000;
    while ((await serving.summary()).usual === null && performance.now() < deadline_ms) await Bun.sleep(1);
    expect((await serving.summary()).sentence).toBe(
      "2 of 4 roads congested, 1 more than at this time the day before",
    );
    const fresh = await openScene();
    await fresh.send([...at(7, 4, minutes(2)), ...at(14, 4), ...at(21, 3), ...at(3, 0), ...at(0, 2)]);
    await fresh.settle();
    expect(await fresh.serving.summary()).toMatchObject({
      sentence: "2 of 4 roads congested, 2 fewer than usual for Saturday 10:20",
      usual: { congested: 4, days: 3, basis: "weekday" },
    });
    await fresh.end();
  });

  test("a day on which hardly a road reported is not compared with", async () => {
    await scene.send([...at(0, 1), { road_id: "a", at_ms: -days(1), speed: 5 }]);
    await scene.settle();
    expect((await scene.serving.summary()).usual).toBeNull();
  });

  test("words", () => {
    const facts: SentenceFacts = {
      congested: 14,
      roads: 1_247,
      reporting: 1_247,
      usual: null,
      slot_ms: NOW_MS,
      zone: "Europe/Berlin",
    };
    const say = (more: Partial<SentenceFacts>): string => sentence({ ...facts, ...more });
    const weekday = { days: 4, basis: "weekday" as const };
    expect(say({ usual: { ...weekday, congested: 8 } })).toBe(
      "14 of 1,247 roads congested, 6 more than usual for Saturday 10:20",
    );
    expect(say({ usual: { ...weekday, congested: 1_020 } })).toBe(
      "14 of 1,247 roads congested, 1,006 fewer than usual for Saturday 10:20",
    );
    expect(say({ usual: { ...weekday, congested: 14 } })).toBe(
      "14 of 1,247 roads congested, as many as usual for Saturday 10:20",
    );
    expect(say({ usual: { congested: 9, days: 2, basis: "any-day" } })).toBe(
      "14 of 1,247 roads congested, 5 more than at this time on the 2 days before",
    );
    expect(say({})).toBe("14 of 1,247 roads congested; no earlier day to compare with yet");
    expect(say({ reporting: 0, congested: 0 })).toBe("None of 1,247 roads has reported lately");
  });

  test("the worst come first by time lost, free roads not at all, stale ones last, unknown lengths by their ratio", async () => {
    const { serving, send, settle } = scene;
    // Lengths are 1, 2, 3 and 4 km; free flow 50 km/h.
    await send([
      { road_id: "a", speed: 5 },
      { road_id: "b", speed: 30 },
      { road_id: "c", speed: 49 },
      { road_id: "d", speed: 5, at_ms: -minutes(2) },
      { road_id: "x", speed: 20 },
      { road_id: "y", speed: 10 },
    ]);
    await settle();
    const { worst } = await serving.summary();
    expect(worst.map(({ road_id, delay_s, stale }) => [road_id, delay_s, stale])).toEqual([
      ["a", 648, false],
      ["b", 96, false],
      ["y", null, false],
      ["x", null, false],
      ["d", 2_592, true],
    ]);
    expect(worst[0]).toMatchObject({
      road_name: "Road A",
      congestion_level: "severe",
      current_speed: 5,
      free_flow_speed: 50,
    });
  });

  test("while the live view is away, rows of last week do not count as now", async () => {
    const { serving, send, settle, away } = scene;
    await send([
      { road_id: "a", speed: 5, at_ms: -days(2) },
      { road_id: "b", speed: 5 },
    ]);
    await settle();
    away.live = true;
    const { counts, congested } = await serving.summary();
    expect([congested, counts.unknown]).toEqual([1, 3]);
  });
});

describe("roads", () => {
  test("the network, and roads that only events know, by id and in pages", async () => {
    const { serving, send, settle } = scene;
    await send([
      { road_id: "a" },
      { road_id: "point", place: [11.02, 48.02] },
      { road_id: "old", at_ms: -hours(2) },
    ]);
    await settle();
    const { data, meta } = await serving.roads({});
    expect(data.map(({ road_id, geometry }) => [road_id, geometry?.type])).toEqual([
      ["a", "LineString"],
      ["b", "LineString"],
      ["c", "LineString"],
      ["d", "LineString"],
      ["old", undefined],
      ["point", "Point"],
    ]);
    expect(meta).toMatchObject({ attribution: ["Nobody"], coverage: 1 });
    const page = await serving.roads({ limit: 4 });
    expect(
      (await serving.roads({ limit: 4, cursor: page.meta.next_cursor! })).data.map((r) => r.road_id),
    ).toEqual(["old", "point"]);
    const box = await serving.roads({ bbox: [10.9, 47.9, 11.06, 48.1] });
    expect(box.data.map((r) => r.road_id)).toEqual(["a", "point"]);
  });

  test("one road: what it is, now, its last hours, its typical day, in under 50 ms", async () => {
    const { serving, send, settle, clock } = scene;
    const sent: Sent[] = [];
    for (let back = 0; back <= 28; back++) {
      for (let off = -hours(3); off <= 0; off += minutes(5)) {
        sent.push({ road_id: "a", at_ms: off - days(back), speed: back % 7 === 0 ? 20 : 40 });
      }
    }
    await send(sent);
    await settle();
    await serving.road("b", 3);
    const began = performance.now();
    const view = await serving.road("a", 3);
    const took_ms = performance.now() - began;
    expect(view.road.road_name).toBe("Road A");
    expect(view.now).toMatchObject({ current_speed: 20, stale: false });
    expect(view.windows).toHaveLength(36);
    expect(view.windows.at(-1)).toMatchObject({
      window_start: "2026-11-21T09:20:00Z",
      current_speed_mean: 20,
    });
    // Four Saturdays at 20 km/h; the days between had 40. 10:20 is slot 124; on 24 October clocks stood an hour ahead.
    expect([
      view.typical_days,
      view.typical.length,
      view.typical[124],
      view.typical[87],
      view.typical[137],
    ]).toEqual([4, 288, 20, null, null]);
    expect(view.meta).toMatchObject({ layer: "merged", stale: false });
    expect(took_ms).toBeLessThan(50);
    clock.ms += minutes(1);
    expect((await serving.road("a", 3)).now?.stale).toBe(true);
  });

  test("with fewer than three such weekdays, the typical day is that of the days there are", async () => {
    const { serving, send, settle } = scene;
    await send([
      { road_id: "a", at_ms: -days(1), speed: 10 },
      { road_id: "a", at_ms: -days(2), speed: 40 },
      { road_id: "a", at_ms: -days(2) + seconds(1), speed: 40 },
    ]);
    await settle();
    const { typical, typical_days, now } = await serving.road("a", 3);
    // A mean over events, not of means.
    expect([
      typical_days,
      typical[124],
      now?.current_speed,
      typical.filter((slot) => slot !== null).length,
    ]).toEqual([2, 30, 10, 1]);
  });

  test("a road of the network without an event has no now; one that nobody knows is not found", async () => {
    const view = await scene.serving.road("c", 3);
    expect([view.now, view.windows, view.typical_days, view.meta.as_of]).toEqual([null, [], 0, null]);
    const told: unknown = await scene.serving.road("nowhere", 3).catch((e: unknown) => e);
    expect((told as ProblemError).problem.name).toBe("not-found");
  });
});

describe("streams", () => {
  test("ledger, lag, watermark and age add up, also while history lags", async () => {
    const { serving, send, settle, clock, toLive } = scene;
    expect((await serving.streams()).data[0]).toMatchObject({
      state: "empty",
      as_of: null,
      consumed: 0,
      lag_events: 0,
    });
    await send([{ road_id: "a" }, { road_id: "b", at_ms: -seconds(50) }]);
    await settle();
    await send([{ road_id: "c", at_ms: seconds(1) }]);
    await toLive();
    const [status] = (await serving.streams()).data;
    expect(status).toMatchObject({
      stream: "traffic",
      state: "live",
      as_of: "2026-11-21T09:20:01Z",
      consumed: 2,
      stored: 2,
      duplicate: 0,
      dead: 0,
      ledger_difference: 0,
      lag_events: 1,
      layer: "speed",
      live_keys: 3,
      expected_keys: 4,
      open_dead_letters: 0,
      rejected: [],
    });
    expect(status!.partitions).toHaveLength(traffic.partitions);
    expect(status!.partitions.reduce((sum, p) => sum + p.end_offset, 0)).toBe(3);
    clock.ms += minutes(2);
    expect((await serving.streams()).data[0]!.state).toBe("delayed");
    clock.ms += minutes(10);
    expect((await serving.streams()).data[0]!.state).toBe("silent");
  });

  test("the rate is that of the log's ends", async () => {
    const { serving, send, clock } = scene;
    await serving.streams();
    clock.ms += 5_000;
    await send(Array.from({ length: 50 }, (_, n) => ({ road_id: "a", at_ms: n })));
    expect((await serving.streams()).data[0]!.events_per_s).toBe(10);
  });

  test("the cursor for a page that is about to connect is not ahead of the live view", async () => {
    const { serving, send, toLive } = scene;
    await send([{ road_id: "a" }]);
    const before = await serving.cursor();
    await toLive();
    expect(await serving.cursor()).not.toBe(before);
    expect((await serving.current(traffic, { since: before })).data).toHaveLength(1);
    expect((await serving.current(traffic, { since: await serving.cursor() })).data).toEqual([]);
  });
});
