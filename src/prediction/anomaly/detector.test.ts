/** When a road is reported, when not, and against labelled series. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { nabIsThere, nabSpeeds } from "../../../test/nab-speeds.ts";
import { minutes } from "../../core/time.ts";
import { RoadDetector, RULES, scoreOf, type Opening } from "./detector.ts";
import { judgeAlarms } from "./judge.ts";
import { OwnBand } from "./own-band.ts";
import { STUCK_MS, StuckWatch } from "./stuck.ts";

const STEP_MS = minutes(5);
/** A road with the band 40 to 60, step after step; null is a step without data. */
function openings(values: readonly (number | null)[], detector = new RoadDetector()): Opening[] {
  return values.flatMap((actual, step) => {
    if (actual === null) return [];
    const opening = detector.observe({ at_ms: step * STEP_MS, actual, low: 40, high: 60 });
    return opening === null ? [] : [opening];
  });
}
const within = [50, 50, 50];

describe("a road", () => {
  test("is reported at the second far step of three, once, with its figures", () => {
    expect(openings([...within, 12, 14, 12, 12, 12])).toEqual([
      {
        at_ms: 4 * STEP_MS,
        since_ms: 3 * STEP_MS,
        direction: "slow",
        actual: 14,
        low: 40,
        high: 60,
        score: 2.6,
      },
    ]);
    expect(openings([...within, 12, 45, 12])).toHaveLength(1);
  });

  test("one far step, or two with two between, are nothing; nor is what is outside but not far", () => {
    expect(openings([...within, 12, 50, 50, 12, 50])).toEqual([]);
    expect(openings([...within, 35, 33, 31, 35, 65, 66])).toEqual([]);
  });

  test("too fast counts as well, but one of each kind does not make two", () => {
    expect(openings([...within, 90, 95])).toMatchObject([{ direction: "fast" }]);
    expect(openings([...within, 12, 95, 50, 50])).toEqual([]);
  });

  test("is reported again only after it was within for three steps", () => {
    expect(openings([...within, 12, 12, 50, 50, 12, 12, 12])).toHaveLength(1);
    expect(openings([...within, 12, 12, 50, 50, 50, 12, 12])).toHaveLength(2);
  });

  test("must have been within before: what is far from the beginning, or after an hour of silence, is not news", () => {
    expect(openings([12, 12, 12, 12, 12])).toEqual([]);
    expect(openings([...within, ...Array.from({ length: 13 }, () => null), 12, 12, 12])).toEqual([]);
    expect(openings([...within, ...Array.from({ length: 5 }, () => null), 12, 12])).toHaveLength(1);
  });

  test("repeats, steps out of order and values that are no numbers change nothing", () => {
    const detector = new RoadDetector();
    openings(within, detector);
    const at = (minute: number, actual: number, low = 40) =>
      detector.observe({ at_ms: minutes(minute), actual, low, high: 60 });
    expect(at(15, 12)).toBeNull();
    for (const again of [at(15, 12), at(15, 12), at(5, 12), at(16, NaN), at(17, 12, NaN)])
      expect(again).toBeNull();
    expect(at(20, 12)).not.toBeNull();
  });

  test("a narrow band does not make a hair's breadth far", () => {
    expect(scoreOf({ at_ms: 0, actual: 47, low: 49.9, high: 50.1 }, RULES)).toBeGreaterThan(-1);
    expect(scoreOf({ at_ms: 0, actual: 20, low: 49.9, high: 50.1 }, RULES)).toBeLessThan(-5);
  });

  test("whatever comes, two reports are never nearer than it takes to end one and to begin another", () => {
    const values = fc.array(fc.option(fc.integer({ min: 0, max: 120 }), { nil: null }), { maxLength: 200 });
    fc.assert(
      fc.property(values, (series) => {
        const times = openings(series).map(({ at_ms }) => at_ms);
        for (let i = 1; i < times.length; i++)
          expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(
            (RULES.closes_m + RULES.opens_k) * STEP_MS,
          );
      }),
    );
  });
});

describe("a road's own band", () => {
  test("says nothing before it has seen 24 values, then holds nine of ten, and a jam hardly moves it", () => {
    const band = new OwnBand();
    let seed = 7;
    const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    // A sum of twelve is nearly normal: deviation 1.
    const value = (): number => 50 + 5 * (Array.from({ length: 12 }, chance).reduce((a, b) => a + b) - 6);
    for (let i = 0; i < 23; i++) band.learn(8, value());
    expect(band.at(8)).toBeNull();
    for (let i = 0; i < 400; i++) band.learn(8, value());
    const { low, high } = band.at(8)!;
    const all = Array.from({ length: 2_000 }, value);
    const inside = all.filter((one) => one >= low && one <= high).length / all.length;
    expect(Math.abs(inside - 0.9)).toBeLessThan(0.04);
    for (let i = 0; i < 12; i++) band.learn(8, 5);
    const after = band.at(8)!;
    expect(Math.abs(after.low - low)).toBeLessThan(5);
    // An hour that it does not know yet is as all hours together.
    expect(band.at(3)).not.toBeNull();
    band.learn(8, NaN);
    expect(band.at(8)).toEqual(after);
  });
});

describe("a sensor", () => {
  const run = (
    n: number,
    every_ms: number,
    of: (i: number) => Partial<Parameters<StuckWatch["read"]>[0]>,
  ) => {
    const watch = new StuckWatch();
    return Array.from({ length: n }, (_, i) =>
      watch.read({ at_ms: i * every_ms, speed: 37, free_flow_speed: 60, road_closed: false, ...of(i) }),
    ).filter((one) => one !== null);
  };
  test("that tells the same for four hours is told once; not where it is free, closed, or tells seldom", () => {
    expect(run(500, minutes(1), () => ({}))).toEqual([
      { at_ms: STUCK_MS, since_ms: 0, speed: 37, readings_n: 241 },
    ]);
    expect(run(239, minutes(1), () => ({}))).toEqual([]);
    expect(run(500, minutes(1), () => ({ speed: 58 }))).toEqual([]);
    expect(run(500, minutes(1), () => ({ road_closed: true, speed: 0 }))).toEqual([]);
    expect(run(40, minutes(10), () => ({}))).toEqual([]);
    expect(run(500, minutes(1), (i) => ({ speed: i % 200 === 0 ? 38 : 37 }))).toEqual([]);
    expect(run(500, minutes(1), () => ({ free_flow_speed: null, speed: 58 }))).toHaveLength(1);
  });
});

describe.skipIf(!nabIsThere())(
  "labelled series of real sensors (skipped where ../shared/data/anomalies is not there)",
  () => {
    test("every labelled window is found, with at most four reports outside of them", () => {
      let outside = 0;
      for (const { points, windows, judged_from_ms } of nabSpeeds()) {
        const [road, band] = [new RoadDetector(), new OwnBand()];
        const alarms: number[] = [];
        for (const { at_ms, value } of points) {
          const hour = new Date(at_ms).getUTCHours();
          const expected = band.at(hour);
          const opening = expected && road.observe({ at_ms, actual: value, ...expected });
          band.learn(hour, value);
          if (opening !== null && at_ms >= judged_from_ms) alarms.push(at_ms);
        }
        const judged = judgeAlarms(alarms, windows);
        expect(judged.found_n).toBe(windows.length);
        expect(judged.nab_score).toBeGreaterThan(85);
        outside += judged.false_n;
      }
      expect(outside).toBeLessThanOrEqual(4);
    });
  },
);

test("the benchmark's score: nothing is 0, at once is 100, and a false report costs a ninth of a window", () => {
  const windows = [{ from_ms: 100, to_ms: 200 }];
  expect(judgeAlarms([], windows).nab_score).toBe(0);
  expect(judgeAlarms([100], windows).nab_score).toBeCloseTo(100, 6);
  expect(judgeAlarms([50, 100], windows).nab_score).toBeCloseTo(94.5, 6);
  expect(judgeAlarms([150], windows).nab_score).toBeGreaterThan(judgeAlarms([190], windows).nab_score);
});
