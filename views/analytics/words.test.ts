import { describe, expect, test } from "bun:test";
import type {
  Correlated,
  Pairing,
  TrafficFigures,
  TrafficSummary,
} from "../../src/serving/analytics/answer.ts";
import { heatStep } from "../charts/heat-map.tsx";
import { slowStep } from "../charts/scan-map.tsx";
import { pairSentence, unsaidSentence } from "./moves-with.tsx";
import { summarySentence } from "./sentence.ts";
import { longTime, signed } from "./words.ts";

const lag = (r: number | null, r_low: number, r_high: number, n = 640, lag_h = 1): Correlated => ({
  lag_h,
  r,
  r_low,
  r_high,
  rho: r,
  n,
  n_effective: n / 4,
});
const pairing = (best: Correlated | null, reason: string | null = null): Pairing => ({
  cause: "precipitation",
  cause_unit: "mm",
  effect: "congested_share",
  effect_unit: "1",
  location: null,
  best,
  lags: [],
  reason,
});

describe("what moves with what", () => {
  test("is said with r, its interval, n and lag", () => {
    expect(pairSentence(pairing(lag(0.42, 0.35, 0.49)))).toBe(
      "Congestion moves with rain about 1 h later (r 0.42, 0.35 to 0.49, n 640).",
    );
    expect(pairSentence(pairing(lag(-0.3, -0.4, -0.2, 640, 0)))).toBe(
      "Congestion moves against rain in the same hour (r −0.30, −0.40 to −0.20, n 640).",
    );
  });

  test("is not said where the interval holds zero, or with fewer than 100 pairs", () => {
    expect(pairSentence(pairing(lag(0.1, -0.2, 0.4)))).toStartWith(
      "Congestion does not clearly move with rain",
    );
    expect(pairSentence(pairing(lag(0.9, 0.8, 0.95, 99)))).toBe(
      "Not said of congestion and rain: only 99 pairs of hours, 100 are needed.",
    );
    expect(pairSentence(pairing(null, "Rain never changes."))).toBe(
      "Not said of congestion and rain: rain never changes.",
    );
    expect(unsaidSentence(Array<Pairing>(5).fill(pairing(null)), "Too few")).toBe(
      "Not said of congestion and rain, congestion and rain, congestion and rain, 2 more: too few.",
    );
  });
});

const figures = (change: Partial<TrafficFigures>): TrafficFigures => ({
  periods: [],
  n: 100,
  windows_n: 50,
  windows_expected: 50,
  coverage: 1,
  mean_speed: 41.2,
  stddev_speed: 9,
  min_speed: 2,
  max_speed: 110,
  free_flow_speed: 50,
  percentiles: { p5: null, p10: null, p25: null, p50: null, p75: null, p90: null, p95: null },
  congested_share: 0.123,
  delay_index: 1.2,
  pace_s: 88,
  roads_seen: 4,
  busiest_hour: null,
  ...change,
});
const compared = (mean_speed: number | null, points: number | null): TrafficSummary => ({
  asked: figures({}),
  compared: { of: "last_week", ...figures({ mean_speed: 43.3 }) },
  difference: {
    mean_speed,
    free_flow_speed: null,
    p50: null,
    congested_share: points,
    delay_index: null,
    pace_s: null,
  },
});

test("the first line says what is normal, and what got worse", () => {
  const is = "41.2 km/h on average, congested 12.3 % of the time.";
  expect(summarySentence({ asked: figures({}), compared: null, difference: null })).toBe(is);
  expect(summarySentence(compared(-2.1, 0.031))).toBe(
    `${is} 2.1 km/h slower than the week before, +3.1 points congested.`,
  );
  expect(summarySentence(compared(0.2, 0))).toBe(
    `${is} About as fast as the week before (+0.2 km/h), ±0.0 points congested.`,
  );
  expect(summarySentence(compared(null, null))).toBe(
    `${is} Nothing was measured to compare with (the week before).`,
  );
  expect(summarySentence({ asked: figures({ n: 0 }), compared: null, difference: null })).toBe(
    "Nothing was measured in this range.",
  );
});

test("the ramp: most is its last step, and the upper end is within it", () => {
  expect([0, 0.1, 0.5, 0.99, 1, 2].map((value) => heatStep(value, 1))).toEqual([0, 0, 3, 6, 6, 6]);
  expect([null, 200, 100, 50, 0].map(slowStep)).toEqual([null, 0, 0, 3, 6]);
});

test("differences carry their sign, zero has none; delays one unit", () => {
  expect([2.14, -0.04, 0, null].map((value) => signed(value, 1))).toEqual(["+2.1", "±0.0", "±0.0", "–"]);
  expect([45, 2_280, 18_700, null].map(longTime)).toEqual(["45 s", "38 min", "5.2 h", "–"]);
});
