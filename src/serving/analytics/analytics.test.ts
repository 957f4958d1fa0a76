/** Figures of the analytics against figures computed by hand. Zone Berlin; `+02:00` in summer. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { analyticsBed, whole, type AnalyticsBed } from "../../../test/analytics-bed.ts";
import type { ProblemError } from "../../core/errors.ts";
import { readings } from "../../streams/readings.ts";
import { traffic } from "../../streams/traffic.ts";
import { comparedPeriod } from "./compared.ts";

/** Wednesday, two minutes to twelve in Berlin. */
const NOW_MS = Date.parse("2026-07-15T11:58:00+02:00");
const WEEK = whole("2026-07-09T00:00:00+02:00", "2026-07-15T13:00:00+02:00");

let bed: AnalyticsBed;
const at = (time: string, road_id: string, current_speed: number, free_flow_speed: number | null = 50) => ({
  timestamp: `2026-07-${time}+02:00`,
  road_id,
  current_speed,
  free_flow_speed,
});
const read = (
  time: string,
  location: string,
  aqi_value: number | null,
  current_speed: number | null = null,
) => ({
  timestamp: `2026-07-${time}+02:00`,
  location,
  aqi_value,
  current_speed,
  free_flow_speed: current_speed === null ? null : 50,
});

beforeAll(async () => {
  bed = await analyticsBed(["a", "b", "c"], NOW_MS);
  await bed.store(traffic, [
    // Monday a week before: what it is compared with.
    at("06T08:00:00", "a", 40),
    // Monday: three windows, two of them congested.
    at("13T08:00:00", "a", 20),
    at("13T08:05:00", "a", 24),
    at("13T08:00:00", "b", 100, 100),
    // Tuesday evening: one window of two events.
    at("14T17:10:00", "b", 60, 100),
    at("14T17:10:10", "b", 80, 100),
    // Today.
    at("15T11:00:00", "a", 50),
    at("15T11:00:00", "c", 30, null),
  ]);
  await bed.store(readings, [
    read("13T08:00:00", "Alpha", 40, 25),
    read("13T08:30:00", "Alpha", 60, 45),
    read("13T09:00:00", "Beta", 120),
    read("15T11:10:00", "Alpha", 301, 50),
  ]);
});
afterAll(() => bed.end());

/** Whatever part of the answer comes from roll-ups, it says the same. */
const fromBothLayers = (name: string, law: () => Promise<void>): void =>
  test(name, async () => {
    await law();
    await bed.refresh();
    bed.later();
    await law();
  });

describe("traffic-summary", () => {
  fromBothLayers("means are over events, paces over windows, and each has its compared figure", async () => {
    const compared = comparedPeriod("last_week", WEEK, "Europe/Berlin");
    const { data, meta } = await bed.analytics.trafficSummary({ ...WEEK, compared });
    // Speeds 20, 24, 100, 60, 80, 50, 30; free flow 50, 50, 100, 100, 100, 50.
    expect(data.asked).toMatchObject({
      n: 7,
      windows_n: 6,
      mean_speed: 52,
      min_speed: 20,
      max_speed: 100,
      free_flow_speed: 75,
      congested_share: 0.285714,
      roads_seen: 3,
      // Paces of windows: 180, 150, 36, 51.429 (of 70 km/h), 72, 120 s.
      pace_s: 101.5715,
      // Without c, which has no free flow: 489.429 s taken, 3 × 72 + 2 × 36 s free.
      delay_index: 1.6994,
    });
    expect(data.asked.busiest_hour).toMatchObject({ hour: 8, n: 3, congested_share: 0.666667, speed: 48 });
    expect(data.asked.percentiles.p5).toBeGreaterThanOrEqual(20);
    expect(data.asked.percentiles.p95).toBeGreaterThanOrEqual(95);
    // Three roads, 12 windows an hour, six days and twelve hours; the last window has begun.
    expect(data.asked.windows_expected).toBe(3 * 12 * (6 * 24 + 12));
    expect(meta.coverage).toBe(data.asked.coverage);
    expect(data.compared).toMatchObject({ of: "last_week", n: 1, mean_speed: 40, delay_index: 1.25 });
    expect(data.difference).toMatchObject({ mean_speed: 12, congested_share: 0.285714, delay_index: 0.4494 });
    expect(meta.as_of).toBe("2026-07-15T09:00:00Z");
  });

  test("a range is of whole hours and of whole days alike: its ends are cut where they are", async () => {
    const part = whole("2026-07-13T09:00:00+02:00", "2026-07-15T11:00:00+02:00");
    const { data } = await bed.analytics.trafficSummary(part);
    expect(data.asked).toMatchObject({
      n: 2,
      windows_n: 1,
      mean_speed: 70,
      roads_seen: 1,
      delay_index: 1.4286,
    });
  });

  test("chosen roads, weekdays and no holidays: only they count, in figures and in what is expected", async () => {
    const of_a = await bed.analytics.trafficSummary({ ...WEEK, roads: ["a"], weekdays: [1] });
    expect(of_a.data.asked).toMatchObject({ n: 2, mean_speed: 22, roads_seen: 1, windows_expected: 12 * 24 });
    expect(bed.analytics.trafficSummary({ ...WEEK, roads: ["a", "nowhere"] })).rejects.toMatchObject({
      problem: { name: "not-found" },
    } satisfies { problem: Partial<ProblemError["problem"]> });
  });

  test("a range without data is empty, with coverage 0 and without numbers that nobody measured", async () => {
    const { data, meta } = await bed.analytics.trafficSummary(
      whole("2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00+01:00"),
    );
    expect(data.asked).toMatchObject({
      n: 0,
      mean_speed: null,
      delay_index: null,
      busiest_hour: null,
      coverage: 0,
    });
    expect(meta).toMatchObject({ coverage: 0, as_of: null, age_ms: null });
  });
});

describe("trends", () => {
  fromBothLayers("hours, heat map, series, rush hours and the worst roads say the same events", async () => {
    const compared = comparedPeriod("last_week", WEEK, "Europe/Berlin");
    const { data } = await bed.analytics.trends({ ...WEEK, compared, step: "1d", limit: 2 });
    expect(data.hourly_avg_speed.map(({ n }) => n).filter((n) => n > 0)).toEqual([3, 2, 2]);
    expect(data.hourly_avg_speed[17]).toMatchObject({
      hour: 17,
      speed: 70,
      congested_share: 0,
      is_peak_hour: true,
    });
    expect(data.hourly_avg_speed[3]).toMatchObject({ speed: null, p50: null, n: 0, coverage: 0 });
    expect(data.compared_hourly!.hours[8]).toMatchObject({ speed: 40, n: 1 });
    expect(data.weekday_hour).toHaveLength(168);
    expect(data.weekday_hour[8]).toMatchObject({
      weekday: 1,
      hour: 8,
      speed: 48,
      n: 3,
      windows_expected: 36,
    });
    expect(data.weekday_hour[24 + 17]).toMatchObject({ weekday: 2, hour: 17, n: 2 });
    expect(
      data.series.map(({ start, n, partial, compared_speed }) => [start, n, partial, compared_speed]),
    ).toEqual([
      ["2026-07-08T22:00:00Z", 0, false, null],
      ["2026-07-09T22:00:00Z", 0, false, null],
      ["2026-07-10T22:00:00Z", 0, false, null],
      ["2026-07-11T22:00:00Z", 0, false, null],
      ["2026-07-12T22:00:00Z", 3, false, 40],
      ["2026-07-13T22:00:00Z", 2, false, null],
      ["2026-07-14T22:00:00Z", 2, true, null],
    ]);
    expect(data.rush_hour_patterns.morning).toMatchObject({ hours: [7, 9], speed: 48, n: 3 });
    expect(data.rush_hour_patterns.evening!.by_weekday[1]).toMatchObject({ weekday: 2, speed: 70, n: 2 });
    expect(data.rush_hour_patterns.other).toMatchObject({ speed: 40, n: 2, congested_share: 0 });
    expect(data.top_congested_roads).toHaveLength(2);
    const [worst, next] = data.top_congested_roads;
    expect(worst).toMatchObject({
      rank: 1,
      road_id: "a",
      road_name: "Road A",
      n: 3,
      congested_share: 0.666667,
      // 1 km in (180 + 150 + 72) / 3 s instead of 72 s.
      delay_s: 62,
      compared_congested_share: 0,
    });
    expect(worst!.daily.map(({ n }) => n)).toEqual([0, 0, 0, 0, 2, 0, 1]);
    expect(next).toMatchObject({ road_id: "b", congested_share: 0 });
  });
});

describe("statistics", () => {
  fromBothLayers("speeds lie in their bins, air in the EPA's categories", async () => {
    const { data } = await bed.analytics.statistics(WEEK);
    const filled = data.speed.bins.filter(({ windows_n }) => windows_n > 0);
    expect(filled.map(({ from, windows_n }) => [from, windows_n])).toEqual([
      [20, 1],
      [24, 1],
      [30, 1],
      [49, 1],
      [70, 1],
      [100, 1],
    ]);
    expect(data.aqi).toMatchObject({ locations: 2, hours_n: 3, max: 301 });
    // Alpha's hours 50 and 301, Beta's 120.
    expect(data.aqi!.categories.filter(({ hours_n }) => hours_n > 0)).toEqual([
      { category: "Good", from: 0, to: 50, hours_n: 1 },
      { category: "Unhealthy for Sensitive Groups", from: 101, to: 150, hours_n: 1 },
      { category: "Hazardous", from: 301, to: null, hours_n: 1 },
    ]);
    expect(data.aqi!.percentiles).toMatchObject({ p5: 50, p50: 120, p95: 301 });
    expect(data.live).toMatchObject({ roads: 3, reporting: 0, mean_speed: null });
  });
});

describe("peak-hours and daily-summary", () => {
  test("today says its peaks while the days before have too few hours to", async () => {
    const young = await analyticsBed(["a"], NOW_MS);
    try {
      const today = Array.from({ length: 12 }, (_, hour) =>
        at(`15T${String(hour).padStart(2, "0")}:00:00`, "a", hour === 8 ? 20 : 50),
      );
      await young.store(traffic, [at("14T17:00:00", "a", 50), ...today]);
      const { data } = await young.analytics.peakHours(WEEK);
      expect(data.measured_peaks).toMatchObject([{ weekday: 3, from_hour: 8, to_hour: 9 }]);
    } finally {
      await young.end();
    }
  });

  test("history and today apart; a location's hours in paper 000's columns", async () => {
    const { data } = await bed.analytics.peakHours(WEEK);
    expect(data.batch[8]).toMatchObject({ n: 3, is_peak_hour: true, mean_speed: 48, traffic_level: 28 });
    expect(data.speed[11]).toMatchObject({ n: 2, is_peak_hour: false });
    expect(data.speed[8]!.n).toBe(0);
    expect(data.measured_peaks).toEqual([]);
    const rows = (await bed.analytics.peakHoursByLocation(WEEK)).data;
    expect(rows).toEqual([
      {
        date: "2026-07-13",
        hour: 8,
        location: "Alpha",
        layer: "batch",
        // 50 and 10 %.
        avg_traffic_level: 30,
        avg_aqi_value: 50,
        is_peak_hour: true,
        total_records: 2,
      },
      {
        date: "2026-07-13",
        hour: 9,
        location: "Beta",
        layer: "batch",
        avg_traffic_level: null,
        avg_aqi_value: 120,
        is_peak_hour: true,
        total_records: 1,
      },
      {
        date: "2026-07-15",
        hour: 11,
        location: "Alpha",
        layer: "speed",
        avg_traffic_level: 0,
        avg_aqi_value: 301,
        is_peak_hour: false,
        total_records: 1,
      },
    ]);
  });

  fromBothLayers("each day in one row, today marked as one that goes on", async () => {
    const { data } = await bed.analytics.dailySummary(WEEK);
    expect(data.map(({ date }) => date)).toEqual(
      [9, 10, 11, 12, 13, 14, 15].map((d) => `2026-07-${`0${d}`.slice(-2)}`),
    );
    expect(data[4]).toMatchObject({
      weekday: 1,
      length_h: 24,
      partial: false,
      total_records: 6,
      avg_speed: 48,
      congested_share: 0.666667,
      worst_hour: 8,
      readings_n: 3,
      avg_aqi: 73.3333,
      max_aqi: 120,
      avg_traffic: 30,
    });
    expect(data[6]).toMatchObject({ partial: true, n: 2, avg_aqi: 301 });
    expect(data[0]).toMatchObject({ n: 0, coverage: 0, avg_speed: null, worst_hour: null, avg_aqi: null });
  });
});

test("those who ask the same share one answer for 10 s", async () => {
  const first = await bed.analytics.trafficSummary(WEEK);
  expect(await bed.analytics.trafficSummary({ ...WEEK })).toBe(first);
  bed.later();
  expect(await bed.analytics.trafficSummary(WEEK)).not.toBe(first);
});
