/** Paper 000, "Recovery Scenarios" 1 and 2; the third is in `restore.test.ts`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { minutes } from "../src/core/time.ts";
import { assertLedger } from "../src/history/conformance-kit.ts";
import { traffic } from "../src/streams/traffic.ts";
import { NOW_MS, openScene, type Scene } from "./serving-scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.end());

const now = async (): Promise<{ layer: string; speeds: unknown }> => {
  const { data, meta } = await scene.serving.current(traffic, {});
  return {
    layer: meta.layer,
    speeds: Object.fromEntries(data.map((row) => [row["road_id"], row["current_speed"]])),
  };
};

test("paper 000, disaster scenario 1: the speed layer fails: the batch layer answers, a little older, and nothing is lost", async () => {
  await scene.send([{ road_id: "a", speed: 40 }]);
  await scene.settle();
  expect(await now()).toEqual({ layer: "speed", speeds: { a: 40 } });
  scene.away.live = true;
  await scene.send([{ road_id: "a", at_ms: 1_000, speed: 30 }]);
  scene.clock.ms += 2_000;
  // Slightly older: what history has.
  expect(await now()).toEqual({ layer: "batch", speeds: { a: 40 } });
  await scene.toHistory();
  scene.clock.ms += 2_000;
  expect(await now()).toEqual({ layer: "batch", speeds: { a: 30 } });
  scene.away.live = false;
  await scene.toLive();
  scene.clock.ms += 2_000;
  expect(await now()).toEqual({ layer: "speed", speeds: { a: 30 } });
});

test("paper 000, disaster scenario 2: the batch layer fails: the live view goes on, history is behind, and then has all of it", async () => {
  const before = await scene.history.recount(traffic);
  const sent = Array.from({ length: 12 }, (_, n) => ({
    road_id: "b",
    at_ms: n * 10_000 - minutes(2),
    speed: 20 + n,
  }));
  await scene.send(sent);
  await scene.toLive();
  scene.clock.ms += 2_000;
  expect((await now()).speeds).toMatchObject({ b: 31 });
  expect(await scene.history.recount(traffic)).toEqual(before);
  await scene.toHistory();
  expect((await scene.history.recount(traffic)).rows).toBe(before.rows + sent.length);
  await assertLedger(scene.history, traffic);
  // What was computed as it came is what the raw rows give: it can be reprocessed from them at any time.
  const [from_ms, to_ms] = [NOW_MS - minutes(60), NOW_MS + minutes(60)];
  const windows = await scene.history.windows(traffic, { from_ms, to_ms, limit: 100 });
  expect(windows.length).toBeGreaterThan(1);
  expect([...windows]).toEqual([...(await scene.history.recomputeWindows(traffic, from_ms, to_ms))]);
});
