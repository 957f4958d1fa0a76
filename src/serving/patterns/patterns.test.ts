/** What recurs on roads, on a real PostgreSQL, against figures computed by hand. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hours, minutes } from "../../core/time.ts";
import { analyticsBed, type AnalyticsBed } from "../../../test/analytics-bed.ts";
import { cameras } from "../../streams/cameras.ts";
import { traffic } from "../../streams/traffic.ts";
import type { RoadPatterns } from "../episode-answer.ts";
import { corridorRow } from "./corridor-reliability.ts";
import { groupRow, indicesOf } from "./reliability.ts";

/** Thursday, noon in Berlin. */
const NOW_MS = Date.parse("2026-11-19T11:00:00Z");
const at = (clock: string): number => Date.parse(`2026-11-19T${clock}:00Z`);
const day = { from_ms: at("00:00") - hours(1), to_ms: NOW_MS };

let bed: AnalyticsBed;
let patterns: RoadPatterns;

/** Windows of one event each, from a time on. */
const speeds = (road_id: string, clock: string, values: readonly (number | null)[]) =>
  values.flatMap((current_speed, i) =>
    current_speed === null
      ? []
      : [
          {
            road_id,
            timestamp: new Date(at(clock) + i * minutes(5)).toISOString(),
            current_speed,
            free_flow_speed: 50,
          },
        ],
  );

beforeAll(async () => {
  // Roads of 1, 2 and 3 km.
  bed = await analyticsBed(["a", "b", "c"], NOW_MS, [traffic, cameras]);
  patterns = bed.serving.patterns!;
  await bed.store(traffic, [
    // Nineteen windows at 40 km/h, one at 20.
    ...speeds("a", "07:00", [20, ...Array.from({ length: 19 }, () => 40)]),
    // An hour of 25 at 9, half of it observed; then free.
    ...speeds("b", "08:00", [24, 24, 24, null, null, 24, 24, 24, 50]),
    ...speeds("c", "08:00", [50]),
    // It goes on.
    ...speeds("c", "10:50", [10, 10]),
  ]);
  await bed.store(cameras, [
    { camera_id: "cam", road_id: "b", timestamp: "2026-11-19T08:01:00Z", cars: 60, period_s: 60 },
  ]);
});
afterAll(() => bed.end());

describe("reliability of a road", () => {
  test("index, planning time, buffer: 20 windows, 19 of 40 and one of 20 km/h, where 50 is free", async () => {
    const { data, meta } = await patterns.reliability({ ...day, by: "road", roads: ["a"] });
    // Mean pace (19 · 90 + 180) / 20 s, free 72 s; the 5th percentile of speed is the upper edge of the bin of 20 to 22.
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      road_id: "a",
      road_name: "Road A",
      length_km: 1,
      mean_travel_time_s: 94.5,
      free_flow_travel_time_s: 72,
      p95_travel_time_s: 163.6,
      travel_time_index: 1.3125,
      planning_time_index: 2.2727,
      buffer_index: 0.7316,
      congested_share: 0.05,
      delay_vehicle_hours: null,
      n: 20,
      windows_n: 20,
      windows_expected: 144,
      coverage: 0.1389,
    });
    expect(meta).toMatchObject({ coverage: 0.1389 });
  });

  test("is the same before and after roll-ups are made, whole days and parts of days", async () => {
    const ask = async () => (await patterns.reliability({ ...day, by: "road" })).data;
    const before = await ask();
    await bed.refresh();
    expect(await ask()).toEqual(before);
  });

  test("vehicle-hours: what one lost in the hour, times those that its camera counted", async () => {
    const { data } = await patterns.reliability({ ...day, by: "road", roads: ["b", "c"] });
    // Six windows of 24 km/h and one of 50: mean pace (6 · 150 + 72) / 7 s, free 72; 2 km, 60 vehicles.
    const lost_s = ((6 * 150 + 72) / 7 - 72) * 2;
    expect(data[0]!.delay_vehicle_hours).toBeCloseTo((lost_s * 60) / 3_600, 2);
    expect(data[1]!.delay_vehicle_hours).toBeNull();
  });

  test("by hour: roads together weighted by length, and nothing where less than 80 % of it has data", async () => {
    const of = async (roads: readonly string[]) =>
      (await patterns.reliability({ ...day, by: "hour", roads })).data;
    const [b, c, both] = await Promise.all([of(["b"]), of(["c"]), of(["b", "c"])]);
    // 8 UTC is 9 o'clock in Berlin.
    const index = (rows: typeof b): number | null => rows.find(({ hour }) => hour === 9)!.travel_time_index;
    expect(index(b)).toBeCloseTo((6 * 150 + 72) / 7 / 72, 3);
    expect(index(c)).toBe(1);
    expect(index(both)).toBeCloseTo((2 * index(b)! + 3 * 1) / 5, 3);
    expect(index(await of(["a", "b"]))).not.toBeNull();
    // At 11 o'clock only c has data: 3 of 6 km.
    expect((await of(["a", "b", "c"])).find(({ hour }) => hour === 11)).toMatchObject({
      travel_time_index: null,
      n: 2,
    });
    const week = (await patterns.reliability({ ...day, by: "weekday_hour", roads: ["c"] })).data;
    expect(week.map(({ weekday }) => weekday)).toContain(4);
    expect(week).toHaveLength(12);
  });

  test("a week of the whole city is refused: it would be read from too many hours", async () => {
    expect(patterns.reliability({ ...day, by: "weekday_hour" })).rejects.toThrow("at most 200 roads");
    expect(patterns.reliability({ ...day, by: "road", roads: ["nobody's"] })).rejects.toThrow(
      "There is no road_id",
    );
  });
});

describe("a corridor's reliability", () => {
  test("is of its travel times: the sum of lengths by speeds, where 80 % of the length has data", async () => {
    // At 8:00 a has 40 km/h, b 24, c 50: 90 + 300 + 216 s; free flow takes 432 s. Later c is missing: 3 of 6 km.
    const { data } = await patterns.reliability({ ...day, by: "corridor", roads: ["b", "a", "c"] });
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      length_km: 6,
      windows_n: 1,
      mean_travel_time_s: 606,
      free_flow_travel_time_s: 432,
      p95_travel_time_s: 606,
      travel_time_index: 1.4028,
      buffer_index: 0,
      windows_expected: 144,
    });
    expect(patterns.reliability({ ...day, by: "corridor" })).rejects.toThrow("must be given");
  });

  test("what is missing of the length is stretched over; percentiles are of the nearest rank", () => {
    const row = (travel_ms: number, covered_km: number) => ({
      start_ms: 0,
      travel_ms,
      free_ms: 60_000 * covered_km,
      covered_km,
      windows_n: 1,
      n: 10,
      congested_n: 1,
    });
    const times = Array.from({ length: 19 }, (_, i) => row(1_000_000 + i, 10));
    const made = corridorRow([...times, row(1_600_000, 8), row(9e9, 7.9)], 10, 40);
    // 1,600 s for 8 of 10 km are 2,000 s; 95 % of 20 are 19.
    expect(made).toMatchObject({
      windows_n: 20,
      p95_travel_time_s: 1_000,
      mean_travel_time_s: 1_050,
      coverage: 0.5,
    });
    expect(made.free_flow_travel_time_s).toBe(600);
    expect(corridorRow([], 10, 40)).toMatchObject({
      travel_time_index: null,
      buffer_index: null,
      coverage: 0,
    });
  });
});

test("several roads: indices are means by length, not of travel times", () => {
  const paces = (mean: number) => ({ mean, p95: 2 * mean, free: 100 });
  const kept = { n: 10, windows_n: 5, congested_n: 2 };
  const made = groupRow(
    [
      { length_km: 1, kept, paces: paces(100) },
      { length_km: 3, kept, paces: paces(200) },
      { length_km: 1, kept: null, paces: null },
    ],
    20,
  );
  expect(made).toMatchObject({
    travel_time_index: 1.75,
    planning_time_index: 3.5,
    buffer_index: 1,
    n: 20,
    coverage: 0.5,
  });
  expect(indicesOf(null).travel_time_index).toBeNull();
});

describe("episodes as they are answered", () => {
  test("with name, delay in seconds, minutes observed, and what goes on", async () => {
    const ask = async () =>
      (await patterns.episodes({ ...day, to_ms: NOW_MS + 1, state: "all", sort: "started_at", limit: 10 }))
        .data;
    const data = await ask();
    expect(data.map(({ road_id, ended_at }) => [road_id, ended_at])).toEqual([
      ["c", null],
      ["b", "2026-11-19T08:40:00Z"],
      ["a", "2026-11-19T07:05:00Z"],
    ]);
    // Of b six of eight windows; one vehicle loses 300 − 144 s on 2 km in each.
    expect(data[1]).toMatchObject({
      road_name: "Road B",
      started_at: "2026-11-19T08:00:00Z",
      end: "recovered",
      minutes: 40,
      worst_ratio: 0.48,
      delay_s: 936,
      mean_delay_s: 156,
      vehicle_hours: 2.6,
      counted_share: 0.1667,
      windows_n: 6,
      windows_expected: 8,
      coverage: 0.75,
    });
    await bed.refresh();
    const counting = { stream: cameras, column: "vehicles_n_sum", road_of: new Map([["cam", "b"]]) };
    await bed.patterns.rebuildEpisodes(traffic, { now_ms: NOW_MS, counting });
    expect(await ask()).toEqual(data);
    const now = await patterns.episodes({ ...day, state: "now", sort: "delay", limit: 10 });
    expect(now.data.map(({ road_id }) => road_id)).toEqual(["c"]);
    expect(now.meta).toMatchObject({ layer: "merged", frontier: expect.any(String) as string });
  });

  test("bottlenecks: ranked by delay, with the hour of the city's day", async () => {
    const { data } = await patterns.bottlenecks({ ...day, limit: 10 });
    // c: (1,080 − 216) s in each of two windows; b: 936 s; a: 108 s.
    expect(data.map(({ rank, road_id, delay_s }) => [rank, road_id, delay_s])).toEqual([
      [1, "c", 1_728],
      [2, "b", 936],
      [3, "a", 108],
    ]);
    expect(data[1]).toMatchObject({
      rank_before: null,
      frequent_hour: 9,
      frequent_hour_n: 1,
      median_minutes: 40,
    });
    expect(data[0]!.going_on).toBe(true);
    expect(data[0]!.by_hour).toHaveLength(24);
  });

  test("a scan: positions along the list, percent of free flow, missing as null, episodes in place", async () => {
    const { data, meta } = await patterns.scan({
      corridor: null,
      roads: ["b", "a"],
      from_ms: at("08:00"),
      to_ms: at("08:20"),
    });
    expect(data).toMatchObject({ length_km: 3, step_s: 300, cells_n: 7, cells_expected: 8 });
    expect(data.segments).toMatchObject([
      { road_id: "b", from_km: 0, to_km: 2, percent: [48, 48, 48, null] },
      { road_id: "a", from_km: 2, to_km: 3, percent: [80, 80, 80, 80] },
    ]);
    expect(data.episodes).toMatchObject([{ road_id: "b", from_km: 0, to_km: 2, worst_ratio: 0.48 }]);
    expect(meta.coverage).toBe(0.875);
    expect(
      patterns.scan({ corridor: "nowhere", roads: null, from_ms: at("08:00"), to_ms: at("09:00") }),
    ).rejects.toThrow("There is no corridor");
  });

  test("a profile says when it was never made, and has 168 cells once it was", async () => {
    expect((await patterns.profile("a")).data).toMatchObject({ from: null, cells: [] });
    await bed.patterns.rebuildProfiles(traffic, { now_ms: NOW_MS + hours(24) });
    const { data, meta } = await patterns.profile("a");
    expect(data.cells).toHaveLength(168);
    expect(data.cells.every(({ windows_expected }) => windows_expected > 0)).toBe(true);
    expect(meta.layer).toBe("batch");
    expect(patterns.profile("nobody's")).rejects.toThrow("There is no road_id");
  });
});
