/** A day's bytes against history's windows on a real PostgreSQL, and what they are compared with. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { days, hours, minutes } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import { speedGrid } from "../history/speed-grid.ts";
import { traffic } from "../streams/traffic.ts";
import { NOW_MS, openScene, type Scene } from "../../test/serving-scene.ts";

const STEP = minutes(5);
const END = windowStart(NOW_MS, STEP) + STEP;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(["a", "b", "c"]);
  const at = (back: number, minutes_back: number, road_id: string, speed: number) => ({
    road_id,
    at_ms: -back * days(1) - minutes(minutes_back),
    speed,
    free: 50,
  });
  await scene.send([
    // Now: a is congested, b is free, c says nothing.
    at(0, 0, "a", 10),
    at(0, 0, "b", 50),
    at(0, 60, "a", 30),
    at(1, 0, "a", 40),
    at(1, 0, "b", 20),
    at(7, 0, "a", 20),
    at(7, 0, "b", 30),
    at(14, 0, "a", 41),
    at(14, 0, "b", 40),
    // Too few roads to say something of the city: of 3 weeks ago, only a.
    at(21, 0, "a", 50),
    at(21, 0, "b", 10),
    at(21, 0, "c", 10),
    at(28, 0, "a", 1),
    // An hour before, no earlier week has anything: the last days have.
    at(2, 60, "a", 20),
    at(3, 60, "a", 10),
  ]);
  await scene.settle();
});
afterAll(() => scene.end());

const last24 = (of: "yesterday" | "last_week" | "typical" | null = null) =>
  scene.serving.trafficDay({ from_ms: END - days(1), to_ms: END, of });
const row = (day: Awaited<ReturnType<typeof last24>>, at_ms: number): number[] => {
  const i = day.steps.indexOf(windowStart(at_ms, day.step_ms));
  return [...day.percent.subarray(i * day.roads.length, (i + 1) * day.roads.length)];
};

describe("a day", () => {
  test("is the kept windows of history, byte for byte, and counts what it shows", async () => {
    const day = await last24();
    const range = { from_ms: END - days(1), to_ms: END };
    const windows = await scene.history.windows(traffic, { ...range, limit: 1_000 });
    expect(windows.length).toBeGreaterThan(2);
    expect(day.percent).toEqual(speedGrid(traffic, { ...range, keys: day.roads }, windows));
    expect([day.roads, day.steps.length, day.days]).toEqual([["a", "b", "c"], 288, 1]);
    expect(row(day, NOW_MS)).toEqual([20, 100, 255]);
    expect([day.congested.at(-1), day.reporting.at(-1)]).toEqual([1, 2]);
    expect(day.reporting.reduce((sum, n) => sum + n, 0)).toBe(windows.length);
    // Of 288 × 3 windows.
    expect(day.meta.coverage).toBeCloseTo(windows.length / 864, 4);
    expect([day.meta.layer, day.meta.as_of, day.closed]).toEqual(["batch", "2026-11-21T09:20:00Z", false]);
    expect(day.meta.cursor).not.toBe("");
  });

  test("without data is all 255, with coverage 0, and is closed", async () => {
    const day = await scene.serving.trafficDay({ from_ms: END - days(9), to_ms: END - days(8), of: null });
    expect(day.percent.every((value) => value === 255)).toBe(true);
    expect([day.meta.coverage, day.meta.as_of, day.days, day.closed]).toEqual([0, null, 0, true]);
  });

  test("expects nothing of steps that have not begun", async () => {
    const rest = { from_ms: END - STEP, to_ms: END + hours(3), of: null };
    const day = await scene.serving.trafficDay(rest);
    expect(day.steps).toHaveLength(37);
    expect(day.meta.coverage).toBeCloseTo(2 / 3, 4);
  });

  test("is asked of history once by all who ask at the same time", async () => {
    scene.clock.ms += minutes(10);
    let asked = 0;
    const { speedGrid: real } = scene.history;
    scene.history.speedGrid = (...args) => (asked++, real(...args));
    const answers = await Promise.all([last24(), last24(), last24()]);
    scene.history.speedGrid = real;
    expect(new Set(answers).size).toBe(1);
    expect(asked).toBeLessThanOrEqual(7);
    scene.clock.ms = NOW_MS;
  });
});

describe("what it is compared with", () => {
  test("is the same local time a day or a week before", async () => {
    expect(row(await last24("yesterday"), NOW_MS)).toEqual([80, 40, 255]);
    expect(row(await last24("last_week"), NOW_MS)).toEqual([40, 60, 255]);
  });

  test("typical is the mean over the same weekdays, without times at which too few reported; else over the last days", async () => {
    const day = await last24("typical");
    // Of 7, 14 and 21 days ago; 28 days ago one road of three reported.
    expect(row(day, NOW_MS)).toEqual([Math.round((40 + 82 + 100) / 3), Math.round((60 + 80 + 20) / 3), 20]);
    expect(row(day, NOW_MS - hours(1))).toEqual([30, 255, 255]);
    expect(day.days).toBe(3);
  });

  test("a local time that was not there the day before has no data; one that was there twice is the first", async () => {
    // Berlin's clocks went from 3 to 2 on the 25th of October: 2:30 was at 0:30 and at 1:30 UTC.
    const at = (text: string): number => Date.parse(text) - NOW_MS;
    await scene.send([
      { road_id: "a", at_ms: at("2026-10-25T00:31:00Z"), speed: 10, free: 50 },
      { road_id: "a", at_ms: at("2026-10-25T01:31:00Z"), speed: 40, free: 50 },
      { road_id: "a", at_ms: at("2026-03-29T01:31:00Z"), speed: 25, free: 50 },
    ]);
    await scene.settle();
    const then = async (text: string) => {
      const from_ms = Date.parse(text);
      return row(
        await scene.serving.trafficDay({ from_ms, to_ms: from_ms + STEP, of: "yesterday" }),
        from_ms,
      )[0];
    };
    expect(await then("2026-10-26T01:30:00Z")).toBe(20);
    // 2:30 on the 30th of March: the 29th had no such time; 3:30 it had.
    expect(await then("2026-03-30T00:30:00Z")).toBe(255);
    expect(await then("2026-03-30T01:30:00Z")).toBe(50);
  });
});
