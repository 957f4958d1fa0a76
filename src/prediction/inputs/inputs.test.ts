import { describe, expect, test } from "bun:test";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { days, minutes } from "../../core/time.ts";
import { aroundOf } from "./around.ts";
import { Calendar, SLOTS, type Moment } from "./calendar.ts";
import { Inputs, VIEW_STEPS, type View } from "./inputs.ts";
import { blankFilled, speedOr } from "./measured.ts";
import { INPUT_NAMES } from "./names.ts";
import { neighboursOf } from "./neighbours.ts";
import { classProfile, daysOf, emptyProfile, PROFILE_STATS, profileOf } from "./profile.ts";
import { statisticsOf } from "./statistics.ts";

describe("the calendar", () => {
  const la = new Calendar({ zone: "America/Los_Angeles", holidays: ["2012-03-06"] });

  test("gives slots of the local day, and which days are free", () => {
    // 2012-03-01 was a Thursday.
    const thursday = Date.UTC(2012, 2, 1, 8);
    const first = la.at(thursday);
    expect(first).toMatchObject({ slot: 0, kind: 0 });
    expect(la.at(thursday + 287 * STEP_MS)).toEqual({ day: first.day, slot: 287, kind: 0 });
    expect(la.at(thursday + 288 * STEP_MS)).toEqual({ day: first.day + 1, slot: 0, kind: 0 });
    const kinds = Array.from({ length: 7 }, (_, day) => la.at(thursday + days(day) + minutes(60)).kind);
    expect(kinds).toEqual([0, 0, 1, 1, 0, 1, 0]);
    // A step that begins between two slots belongs to the nearer.
    expect(la.at(thursday + minutes(2)).slot).toBe(0);
    expect(la.at(thursday + minutes(3)).slot).toBe(1);
  });

  test("a day of 23 hours has no steps in the hour that it lacks", () => {
    const sunday = Date.UTC(2012, 2, 11, 8);
    const slots = Array.from({ length: 276 }, (_, k) => la.at(sunday + k * STEP_MS).slot);
    expect(new Set(slots).size).toBe(276);
    expect(slots.some((slot) => slot >= 24 && slot < 36)).toBeFalse();
  });
});

describe("what was measured", () => {
  const blanked = (series: readonly number[]): number[] => {
    const filled: number[] = [];
    const at = (step: number): number => Math.fround(series[step] ?? Number.NaN);
    blankFilled(at, series.length, (step) => filled.push(step));
    return filled;
  };
  const ragged = [61.375, 58.2, 63.111, 57.75, 60.5, 62.143, 59.25, 61.8, 60.444, 58.9];

  test("a straight run between two values was filled", () => {
    expect(blanked([...ragged, 50, 52.7, 55.4, 58.1, 60.8, ...ragged])).toEqual([11, 12, 13]);
    expect(blanked(ragged)).toEqual([]);
  });

  test("one exact midpoint was filled where it is no mean of up to nine readings", () => {
    expect(blanked([...ragged, 50.1, 55.2345, 60.369, ...ragged])).toEqual([11]);
    expect(blanked([...ragged, 50, 55, 60, ...ragged])).toEqual([]);
  });

  test("a level run was filled where it is long and the road does not repeat itself by nature", () => {
    const more = Array.from({ length: 20 }, () => ragged).flat();
    expect(blanked([...more, 61.5, 61.5, 61.5, ...more])).toEqual([]);
    expect(blanked([...more, 61.5, 61.5, 61.5, 61.5, 61.5, 61.5, ...more])).toEqual([201, 202, 203, 204]);
    const limit = Array.from({ length: 200 }, (_, i) => (i % 9 === 0 ? 61.3 : 70.2));
    expect(blanked(limit)).toEqual([]);
  });

  test("whole numbers stand in line by nature", () => {
    expect(blanked([50, 51, 52, 53, 54, 53, 52, 51, 50, 49, 48])).toEqual([]);
  });

  test("what is no speed is not known", () => {
    expect(speedOr(50, 70)).toBe(50);
    expect(speedOr(0, 70)).toBe(0);
    for (const absurd of [-1, 1e6, Infinity, Number.NaN]) expect(speedOr(absurd, 70)).toBeNaN();
  });
});

describe("neighbours", () => {
  test("lie where the traffic goes and where it comes from, nearest first, on shortest ways of up to 10 km", () => {
    const edges = [
      { from: 0, to: 1, km: 1 },
      { from: 1, to: 2, km: 2 },
      { from: 0, to: 2, km: 5 },
      { from: 2, to: 3, km: 8 },
    ];
    const [first, , third] = neighboursOf(4, edges);
    expect(first).toEqual({
      downstream: [
        { road: 1, km: 1 },
        { road: 2, km: 3 },
      ],
      upstream: [],
    });
    expect(third).toEqual({
      downstream: [{ road: 3, km: 8 }],
      upstream: [
        { road: 1, km: 2 },
        { road: 0, km: 3 },
      ],
    });
  });

  test("the other carriageway, as near one way as the other, is neither; where all ways tie a road is both", () => {
    const two = (there: number, back: number) =>
      neighboursOf(2, [
        { from: 0, to: 1, km: there },
        { from: 1, to: 0, km: back },
      ])[0];
    expect(two(1, 1.1)).toEqual({ downstream: [], upstream: [] });
    expect(two(1, 1)).toEqual({ downstream: [{ road: 1, km: 1 }], upstream: [{ road: 1, km: 1 }] });
    expect(two(1, 1.5)).toEqual({ downstream: [{ road: 1, km: 1 }], upstream: [] });
  });

  test("edges that make no sense are left out", () => {
    const bad = [
      { from: 0, to: 5, km: 1 },
      { from: -1, to: 1, km: 1 },
      { from: 0, to: 1, km: Number.NaN },
      { from: 0, to: 1, km: -2 },
      { from: 0, to: 0, km: 0 },
    ];
    expect(neighboursOf(2, bad)).toEqual([
      { downstream: [], upstream: [] },
      { downstream: [], upstream: [] },
    ]);
  });
});

const slowBelow = (roads: number): Float32Array => new Float32Array(roads).fill(4);

/** Days of one road, each a value of its own. */
function daysWith(values: readonly number[], kinds: readonly number[]) {
  const moments: Moment[] = values.flatMap((_, day) =>
    Array.from({ length: SLOTS }, (__, slot) => ({ day, slot, kind: kinds[day] ?? 0 })),
  );
  const speeds = Float32Array.from(moments, ({ day }) => values[day]!);
  return daysOf(speeds, 1, moments);
}
const cell = (table: Float32Array, slot: number): number[] => [
  ...table.subarray(slot * PROFILE_STATS, (slot + 1) * PROFILE_STATS),
];

describe("the profile", () => {
  test("is mean, least, greatest and slow share over the days of its kind", () => {
    const these = daysWith([5, 3, 8, 100], [0, 0, 0, 1]);
    const [mean, least, greatest, slow] = cell(profileOf(these, 0, slowBelow(1)), 100);
    expect(mean).toBeCloseTo(16 / 3, 5);
    expect([least, greatest]).toEqual([3, 8]);
    expect(slow).toBeCloseTo(1 / 3, 5);
    expect(cell(profileOf(these, 1, slowBelow(1)), 0)).toEqual([100, 100, 100, 0]);
  });

  test("leaves a day out wholly: whatever it held, the profile without it is the same", () => {
    const without = (value: number): Float32Array =>
      profileOf(daysWith([5, value, 8], [0, 0, 0]), 0, slowBelow(1), 1);
    expect(without(3)).toEqual(without(1000));
    expect(cell(without(3), 0)).toEqual([6.5, 5, 8, 0]);
  });

  test("of a kind of day that never was is not known", () => {
    expect(cell(profileOf(daysWith([5], [0]), 1, slowBelow(1)), 7)).toEqual([NaN, NaN, NaN, NaN]);
    expect(cell(profileOf(daysWith([5], [0]), 0, slowBelow(1), 0), 7)).toEqual([NaN, NaN, NaN, NaN]);
  });

  test("of a class is the mean of its roads, and in the last column of all", () => {
    const table = emptyProfile(3);
    for (const [road, value] of [6, 8, Number.NaN].entries()) table.fill(value, road * 4, road * 4 + 4);
    const classes = classProfile(table, Int32Array.of(0, 1, 1), 3);
    expect([classes[0], classes[4], classes[8]]).toEqual([6, 8, 7]);
  });
});

test("a road's statistics: free flow, deviation, share of slow, deviation from what is usual", () => {
  const values = Float32Array.from({ length: 101 }, (_, i) => i / 10);
  const [free, deviation, slow, residual] = statisticsOf(values, Float32Array.of(-1, 1), 4);
  expect(free).toBeCloseTo(8.5, 5);
  expect(deviation).toBeCloseTo(2.915, 2);
  expect(slow).toBeCloseTo(40 / 101, 5);
  expect(residual).toBe(1);
  expect([...statisticsOf(new Float32Array(0), new Float32Array(0), 4)]).toEqual([NaN, NaN, NaN, NaN]);
});

describe("the inputs of a road", () => {
  const ROADS = 3;
  const edges = [
    { from: 0, to: 1, km: 1 },
    { from: 1, to: 2, km: 3 },
  ];
  const known = {
    class_of: new Int32Array(ROADS),
    classes: 2,
    stats: Float32Array.from([9, 2, 0.1, 1, 8, 2, 0.2, 1, 7, 2, 0.3, 1]),
    class_stats: Float32Array.from([8, 2, 0.2, 1, 8, 2, 0.2, 1]),
  };
  const flat = (columns: number, value: number): Float32Array<ArrayBuffer> =>
    emptyProfile(columns).map((_, i) => (i % PROFILE_STATS === 3 ? 0.5 : value));
  const view = (): View => ({
    tables: Array.from({ length: VIEW_STEPS }, () => flat(ROADS, 6)),
    class_tables: Array.from({ length: VIEW_STEPS }, () => flat(2, 7)),
    slots: Int32Array.from({ length: VIEW_STEPS }, (_, i) => 100 + i),
    free_day: 1,
  });
  const make = (
    speeds: Float32Array,
    unseen: readonly number[] = [],
  ): ((name: string, road?: number) => number) => {
    const inputs = new Inputs(ROADS, aroundOf(ROADS, edges), known);
    for (const road of unseen) inputs.unseen[road] = 1;
    inputs.begin(speeds, 0, view());
    const out = new Float32Array(ROADS * INPUT_NAMES.length);
    for (let road = 0; road < ROADS; road++) inputs.write(road, out, road * INPUT_NAMES.length);
    return (name, road = 0) => {
      const place = INPUT_NAMES.indexOf(name);
      if (place < 0) throw new Error(`no input ${name}`);
      return out[road * INPUT_NAMES.length + place]!;
    };
  };
  /** Road r at step k: 5 + r + k/10. */
  const rising = (): Float32Array =>
    Float32Array.from({ length: 12 * ROADS }, (_, i) => 5 + (i % ROADS) + Math.floor(i / ROADS) / 10);

  test("have names, one each", () => {
    expect(new Set(INPUT_NAMES).size).toBe(INPUT_NAMES.length);
  });

  test("are what their names say", () => {
    const of = make(rising());
    expect(of("x")).toBeCloseTo(6.1, 5);
    expect(of("x_since_1")).toBeCloseTo(0.1, 5);
    expect(of("x_since_11")).toBeCloseTo(1.1, 5);
    expect(of("mean_3")).toBeCloseTo(-0.1, 5);
    expect(of("mean_12")).toBeCloseTo(-0.55, 5);
    expect(of("deviation_6")).toBeCloseTo(0.1708, 3);
    expect(of("deviation_12")).toBeCloseTo(0.3452, 3);
    expect(of("min_12")).toBeCloseTo(-1.1, 5);
    expect(of("max_12")).toBe(0);
    expect(of("age")).toBe(0);
    expect(of("known")).toBe(1);
    expect(of("free_flow")).toBe(9);
    expect(of("free_flow_ahead")).toBeCloseTo(2.9, 5);
    expect(of("slow_share", 1)).toBeCloseTo(0.2, 5);
    expect(of("residual")).toBeCloseTo(0.1, 5);
    expect(of("residual_6")).toBeCloseTo(-0.15, 5);
    expect(of("residual_12")).toBeCloseTo(-0.45, 5);
    expect(of("profile_mean_10")).toBeCloseTo(-0.1, 5);
    expect(of("profile_slow_30")).toBe(0.5);
    expect(of("profile_20")).toBe(6);
    expect(of("profile_20_since_0")).toBe(0);
    expect(of("slot")).toBeCloseTo(115 / 288, 5);
    expect(of("free_day")).toBe(1);
    expect(of("down_0_ahead")).toBeCloseTo(1, 5);
    expect(of("down_0_km")).toBe(1);
    expect(of("down_1_ahead")).toBeCloseTo(2, 5);
    expect(of("down_1_profile_20_ahead")).toBeCloseTo(-2.1, 5);
    expect(of("down_2_ahead")).toBeNaN();
    expect(of("up_0_ahead")).toBeNaN();
    expect(of("up_0_ahead", 1)).toBeCloseTo(-1, 5);
    expect(of("down_2km_ahead")).toBeCloseTo(1, 5);
    expect(of("down_5km_ahead")).toBeCloseTo(2, 5);
    expect(of("down_10km_ahead")).toBeNaN();
    expect(of("all_x")).toBeCloseTo(7.1, 5);
    expect(of("all_since_3")).toBeCloseTo(0.3, 5);
  });

  test("carry the last value forward, say how old it is, and know nothing of a road that was never measured", () => {
    const speeds = rising();
    for (let step = 9; step < 12; step++) speeds[step * ROADS] = Number.NaN;
    for (let step = 0; step < 12; step++) speeds[step * ROADS + 1] = Number.NaN;
    const of = make(speeds);
    expect(of("x")).toBeCloseTo(5.8, 5);
    expect(of("age")).toBe(3);
    expect(of("x_since_2")).toBe(0);
    expect(of("x", 1)).toBeNaN();
    expect(of("age", 1)).toBe(12);
    expect(of("down_0_ahead")).toBeNaN();
    expect(of("down_1_ahead")).toBeCloseTo(2.3, 5);
    expect(of("all_x")).toBeCloseTo((5.8 + 8.1) / 2, 5);
  });

  test("of a road without history come from its class", () => {
    const of = make(rising(), [0]);
    expect(of("known")).toBe(0);
    expect(of("known", 1)).toBe(1);
    expect(of("free_flow")).toBe(8);
    expect(of("residual")).toBeCloseTo(-0.9, 5);
    expect(of("profile_20")).toBe(7);
  });
});
