/** Any answer explains itself: event, place in the log, rule, window, layer and breaker, on a real history. */
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { congestionLevel, levelRatios } from "../core/congestion.ts";
import { ProblemError } from "../core/errors.ts";
import { formatInstant, minutes, seconds } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { cityOf, openScene, type Scene } from "../../test/serving-scene.ts";
import type { BreakerState } from "./delivery.ts";
import { levelRule } from "./explain-rule.ts";
import { explainSentence } from "./explain-sentence.ts";
import { createServing } from "./serving.ts";

setDefaultTimeout(30_000);

describe("the rule", () => {
  const row = (current_speed: number, free_flow_speed: number | null, road_closed = false) => ({
    current_speed,
    free_flow_speed,
    speed_ratio:
      free_flow_speed === null ? null : Math.round((current_speed / free_flow_speed) * 10_000) / 10_000,
    road_closed,
  });

  test("says the ratio, the speeds and the thresholds that it fell between", () => {
    expect(levelRule(row(12.4, 40)).rule).toBe(
      "speed_ratio 0.31 = 12.4 / 40.0: at least 0.25 and below 0.5 is heavy",
    );
    expect(levelRule(row(60, 50)).rule).toBe("speed_ratio 1.20 = 60.0 / 50.0: at least 0.75 is free");
    expect(levelRule(row(2, 50)).rule).toBe("speed_ratio 0.04 = 2.0 / 50.0: below 0.25 is severe");
    expect(levelRule(row(2, 50, true)).rule).toContain("a closed road is closed, whatever its speed");
    expect(levelRule(row(2, null)).rule).toContain("names no free_flow_speed");
  });

  test("is the one that computed the level, for every ratio", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30_000 }), fc.boolean(), (n, road_closed) => {
        const speed_ratio = n / 10_000;
        const rule = levelRule({
          current_speed: speed_ratio * 50,
          free_flow_speed: 50,
          speed_ratio,
          road_closed,
        });
        expect(rule.congestion_level).toBe(congestionLevel(speed_ratio, road_closed));
        if (road_closed) return;
        expect(rule.ratio_from).toBeLessThanOrEqual(speed_ratio);
        expect(rule.ratio_below ?? Infinity).toBeGreaterThan(speed_ratio);
      }),
    );
  });

  test("never rounds a ratio over a threshold, neither in the rule nor in the sentence", () => {
    for (const threshold of Object.values(levelRatios)) {
      const ratio = threshold - 0.0001;
      const rule = levelRule({ current_speed: ratio * 50, free_flow_speed: 50, speed_ratio: ratio });
      expect(rule.rule).toContain(`speed_ratio ${ratio} =`);
      expect(explainSentence(rule, false, 0)).toContain(`${Number((ratio * 100).toFixed(2))} % of it`);
    }
  });
});

describe("a road", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(["a", "b", "c"]);
  });
  afterAll(() => scene.end());
  beforeEach(() => {
    scene.away.live = false;
  });
  const explain = (road_id: string) => scene.serving.explain(road_id);

  test("that is live and stored is explained whole", async () => {
    await scene.send([
      { road_id: "a", at_ms: -seconds(20), speed: 40 },
      { road_id: "a", at_ms: -seconds(5), speed: 20, free: 50 },
    ]);
    await scene.settle();
    const { data, meta } = await explain("a");
    expect(data.sentence).toBe(
      "Heavy, because traffic moves at 20 km/h where 50 km/h is free flow: 40 % of it, and from 25 % to below 50 % is heavy.",
    );
    const time = formatInstant(scene.clock.ms - seconds(5));
    expect(data.event).toMatchObject({ road_id: "a", timestamp: time, current_speed: 20, source: "test" });
    expect(data.level).toMatchObject({ congestion_level: "heavy", ratio_from: 0.25, ratio_below: 0.5 });
    const { topic, partition, offset } = data.log!;
    const [record] = await scene.log.read(topic, partition, offset, 1);
    const value = JSON.parse(Buffer.from(record!.value!).toString()) as { event_id: string };
    expect(value.event_id).toBe(String(data.event!["event_id"]));
    expect(data.log).toMatchObject({
      topic: "traffic-raw",
      stored: true,
      first: null,
      received_at: formatInstant(record!.timestamp_ms),
    });
    expect(data.window).toMatchObject({ n: 2, current_speed_mean: 30, holds_event: true, final: false });
    expect(Date.parse(String(data.window!["window_start"]))).toBeLessThanOrEqual(Date.parse(time));
    expect(Date.parse(String(data.window!["window_end"]))).toBeGreaterThan(Date.parse(time));
    expect(data).toMatchObject({ layer: "speed", breaker: "none" });
    expect(meta).toMatchObject({ layer: "merged", as_of: time, age_ms: 5_000, stale: false, coverage: 1 });
    const raw = new URL(data.raw_url!, "http://x");
    const range = ["from", "to"].map((name) => Date.parse(raw.searchParams.get(name)!)) as [number, number];
    const { data: kept } = await scene.serving.data(traffic, {
      key: raw.searchParams.get("key")!,
      from_ms: range[0],
      to_ms: range[1],
      limit: 10,
    });
    expect(kept.map((one) => one["event_id"])).toEqual([value.event_id]);
  });

  test("that is live but not stored yet says so", async () => {
    await scene.send([{ road_id: "b", at_ms: -seconds(1), speed: 48 }]);
    await scene.toLive();
    const { data } = await explain("b");
    expect(data.level?.congestion_level).toBe("free");
    expect(data.log).toMatchObject({ stored: false, received_at: null, first: null });
    expect(data.window).toBeNull();
    await scene.toHistory();
    expect((await explain("b")).data.log).toMatchObject({ stored: true });
  });

  test("is answered from history while the live view is away, and the breaker's state is told", async () => {
    scene.away.live = true;
    let state: BreakerState = "open";
    const serving = createServing({
      streams: [traffic],
      live: scene.live,
      history: scene.history,
      log: scene.log,
      city: scene.city,
      clock: scene.clock,
      breaker: () => state,
    });
    const away = await explain("a");
    expect(away.data).toMatchObject({ layer: "batch", level: { congestion_level: "heavy" } });
    expect(away.data.why_layer).toBe("The live view does not answer, so this is what history stored last");
    expect(away.data.log).toMatchObject({ stored: true });
    expect(away.meta.layer).toBe("batch");
    scene.away.live = false;
    expect((await explain("a")).data.breaker).toBe("none");
    for (state of ["open", "half-open", "closed"] as const)
      expect((await serving.explain("c")).data.breaker).toBe(state);
  });

  test("of the network without any event is explained as such; one that nothing knows is not found", async () => {
    const { data, meta } = await explain("c");
    expect(data).toMatchObject({ road_name: "Road C", level: null, event: null, log: null, window: null });
    expect(data).toMatchObject({ layer: null, raw_url: null });
    expect(data.sentence).toContain("no event has named this road yet");
    expect(meta).toMatchObject({ as_of: null, age_ms: null, stale: true, coverage: 0 });
    expect(cityOf(["c"]).roads[0]?.road_name).toBe(data.road_name);
    const refused = await explain("nowhere").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProblemError);
    expect((refused as ProblemError).problem.name).toBe("not-found");
  });

  test("whose window is over is final once the watermark has passed its end and the lateness", async () => {
    const window_end = async () => Date.parse(String((await explain("a")).data.window!["window_end"]));
    const end_ms = await window_end();
    expect((await explain("a")).data.window?.final).toBe(false);
    const { data: before } = await explain("a");
    // Every partition must get there: the stream is as far as the last of them.
    scene.clock.ms = end_ms + traffic.lateness_ms + seconds(1);
    const roads = Array.from({ length: 40 }, (_, n) => `x${n}`);
    await scene.send(roads.map((road_id) => ({ road_id })));
    await scene.settle();
    const { data, meta } = await explain("a");
    expect(data.event).toEqual(before.event);
    expect(data.window).toMatchObject({ final: true, n: 2 });
    expect(meta.stale).toBe(true);
    expect(data.sentence).toMatch(/That was \d+ min ago; nothing newer has come\.$/);
  });

  test("that the live view has let go is answered from history, and says why", async () => {
    scene.clock.ms += minutes(30);
    const { data } = await explain("a");
    expect(data.layer).toBe("batch");
    expect(data.why_layer).toBe(
      "The live view lets a road go 10 min after its last event, so this is what history stored last",
    );
  });

  test("sent twice names the place that came first", async () => {
    const send = { road_id: "b", at_ms: 0, speed: 10 };
    await scene.send([send]);
    await scene.settle();
    const { data: once } = await explain("b");
    const { topic, partition, offset } = once.log!;
    const [record] = await scene.log.read(topic, partition, offset, 1);
    await scene.log.append(topic, [{ key: record!.key, value: record!.value }]);
    await scene.settle();
    const { data: twice } = await explain("b");
    expect(twice.log).toMatchObject({ stored: true, offset: offset + 1, first: { partition, offset } });
    expect(twice.window?.["n"]).toBe(once.window!["n"]);
  });
});
