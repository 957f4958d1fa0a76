/** What data quality leaves out, in every analytic answer, on a real PostgreSQL: figures by hand, before and after roll-ups are made. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { analyticsBed, STREAMS, whole, type AnalyticsBed } from "../../test/analytics-bed.ts";
import { foldBatch } from "../../test/fold-batch.ts";
import { openMemoryLive } from "../live/memory-live.ts";
import { openMemoryLog } from "../log/memory-log.ts";
import { readings } from "../streams/readings.ts";
import { traffic } from "../streams/traffic.ts";
import { createServing } from "./serving.ts";

/** Wednesday, two minutes to twelve in Berlin. */
const NOW_MS = Date.parse("2026-07-15T11:58:00+02:00");
const WEEK = whole("2026-07-13T00:00:00+02:00", "2026-07-15T12:00:00+02:00");
const NOTE = { keys: 1, note: "1 road excluded: stuck sensor" };

let bed: AnalyticsBed;
const at = (time: string, road_id: string, current_speed: number) => ({
  timestamp: `2026-07-${time}+02:00`,
  road_id,
  current_speed,
  free_flow_speed: 50,
});

beforeAll(async () => {
  bed = await analyticsBed(["a", "b", "c"], NOW_MS);
  await bed.store(traffic, [
    // Monday at 8 o'clock: all three. c stands still, and is what is least.
    at("13T08:00:00", "a", 20),
    at("13T08:05:00", "a", 30),
    at("13T08:00:00", "b", 70),
    at("13T08:00:00", "c", 1),
    // Tuesday: c alone, the fastest of all.
    at("14T09:00:00", "c", 140),
    // Today.
    at("15T11:00:00", "b", 40),
    at("15T11:00:00", "c", 1),
    // The week before: c is nobody's business there, but compared with.
    at("06T08:00:00", "a", 50),
    at("06T08:00:00", "c", 5),
  ]);
  await bed.store(readings, [
    { timestamp: "2026-07-14T08:00:00+02:00", location: "Alpha", aqi_value: 40 },
    { timestamp: "2026-07-14T08:00:00+02:00", location: "Beta", aqi_value: 400 },
  ]);
});
afterAll(() => bed.end());

describe("without exclusions", () => {
  test("all roads count, and nothing is said of any", async () => {
    const { data, meta } = await bed.analytics.trafficSummary(WEEK);
    expect(data.asked).toMatchObject({ n: 7, mean_speed: 43.1429, min_speed: 1, max_speed: 140 });
    expect(meta.excluded).toBeUndefined();
    bed.later();
  });
});

describe("a road that was stuck on Tuesday", () => {
  beforeAll(async () => {
    await bed.quality.putExclusions("traffic", "2026-07-14", [
      {
        stream: "traffic",
        key: "c",
        from_day: "2026-07-14",
        to_day: "2026-07-14",
        rule: "stuck" as const,
        reason: "same value for 9 hours",
      },
    ]);
  });

  const laws = async (): Promise<void> => {
    const compared = {
      of: "last_week" as const,
      ranges: [
        { from_ms: Date.parse("2026-07-06T00:00:00+02:00"), to_ms: Date.parse("2026-07-08T12:00:00+02:00") },
      ],
    };
    const summary = await bed.analytics.trafficSummary({ ...WEEK, compared });
    expect(summary.meta.excluded).toEqual(NOTE);
    // 20, 30, 70 and 40 are left: mean 40, √(Σv²/4 − 40²) = √350; two of three roads are expected.
    expect(summary.data.asked).toMatchObject({
      n: 4,
      windows_n: 4,
      mean_speed: 40,
      stddev_speed: 18.7083,
      min_speed: 20,
      max_speed: 70,
      free_flow_speed: 50,
      roads_seen: 2,
      windows_expected: 2 * 12 * 60,
      // Paces 180, 120, 51.429 and 90 s; free 72.
      pace_s: 110.3573,
      delay_index: 1.5327,
    });
    expect(summary.data.asked.busiest_hour).toMatchObject({ hour: 8, n: 3, speed: 40 });
    // Of the same roads in what it is compared with.
    expect(summary.data.compared).toMatchObject({ n: 1, mean_speed: 50 });

    const trends = await bed.analytics.trends({ ...WEEK, step: "1d", limit: 5 });
    expect(trends.meta.excluded).toEqual(NOTE);
    expect(trends.data.series.map(({ n, speed }) => [n, speed])).toEqual([
      [3, 40],
      [0, null],
      [1, 40],
    ]);
    expect(trends.data.top_congested_roads.map(({ road_id }) => road_id).sort()).toEqual(["a", "b"]);

    const statistics = await bed.analytics.statistics(WEEK);
    expect(statistics.data.speed.bins.filter(({ windows_n }) => windows_n > 0)).toHaveLength(4);
    expect((await bed.analytics.peakHours(WEEK)).data.batch[9]).toMatchObject({ n: 0, mean_speed: null });
    expect((await bed.analytics.dailySummary(WEEK)).data.map(({ avg_speed }) => avg_speed)).toEqual([
      40,
      null,
      40,
    ]);

    const named = await bed.analytics.trafficSummary({ ...WEEK, roads: ["a", "c"] });
    expect(named.data.asked).toMatchObject({
      n: 2,
      mean_speed: 25,
      roads_seen: 1,
      windows_expected: 12 * 60,
    });
    expect(named.meta.excluded).toEqual(NOTE);
    const other = await bed.analytics.trafficSummary({ ...WEEK, roads: ["a"] });
    expect(other.meta.excluded).toBeUndefined();
    const monday = whole("2026-07-13T00:00:00+02:00", "2026-07-14T00:00:00+02:00");
    const before = await bed.analytics.trafficSummary(monday);
    expect(before.data.asked.n).toBe(4);
    expect(before.meta.excluded).toBeUndefined();
  };

  test("is left out of every figure of a range that has the day, from windows as from roll-ups", async () => {
    await laws();
    await bed.refresh();
    bed.later();
    await laws();
  });

  test("answers equal those of windows alone", async () => {
    const { history, city, clock, quality } = bed;
    const folded = createServing({
      streams: STREAMS,
      live: openMemoryLive({ clock }),
      history,
      quality,
      city,
      clock,
      batch: foldBatch(history, city.zone),
      log: openMemoryLog({ clock }),
    }).analytics!;
    for (const query of [WEEK, { ...WEEK, weekdays: [2, 3] }, { ...WEEK, roads: ["b", "c"] }]) {
      const [mine, theirs] = await Promise.all([
        bed.analytics.trafficSummary(query),
        folded.trafficSummary(query),
      ]);
      expect(mine.data).toEqual(theirs.data);
      const asked = { ...query, step: "1h" as const, limit: 3 };
      expect((await bed.analytics.trends(asked)).data).toEqual((await folded.trends(asked)).data);
    }
  });

  test("is left out of what recurs on roads, too", async () => {
    const patterns = bed.serving.patterns!;
    const { from_ms, to_ms } = WEEK;
    const rows = await patterns.reliability({ from_ms, to_ms, by: "road" });
    expect(rows.data.map(({ road_id }) => road_id)).toEqual(["a", "b"]);
    expect(rows.meta.excluded).toEqual(NOTE);
    const { data, meta } = await patterns.episodes({
      from_ms,
      to_ms,
      state: "all",
      sort: "started_at",
      limit: 10,
    });
    expect([...new Set(data.map(({ road_id }) => road_id))]).toEqual(["a"]);
    expect(meta.excluded).toEqual(NOTE);
    const worst = await patterns.bottlenecks({ from_ms, to_ms, limit: 10 });
    expect(worst.data.map(({ road_id }) => road_id)).toEqual(["a"]);
    const scan = await patterns.scan({
      corridor: null,
      roads: ["a", "c"],
      from_ms: Date.parse("2026-07-14T11:00:00+02:00"),
      to_ms: Date.parse("2026-07-15T11:30:00+02:00"),
    });
    expect(scan.data.segments[1]!.percent.every((percent) => percent === null)).toBe(true);
    expect(scan.meta.excluded).toEqual(NOTE);
    // What goes on now is of today, and today it is sound.
    const now = await patterns.episodes({ from_ms, to_ms, state: "now", sort: "started_at", limit: 10 });
    expect(now.meta.excluded).toBeUndefined();
  });
});

test("a location by hand: out of distributions and days of air; both streams are told in one sentence", async () => {
  const from_day = "2026-07-14";
  await bed.quality.exclude({
    stream: "readings",
    key: "Beta",
    from_day,
    to_day: null,
    rule: "hand",
    reason: "works",
  });
  bed.later();
  const { data, meta } = await bed.analytics.statistics(WEEK);
  expect(data.aqi).toMatchObject({ locations: 1, mean: 40, max: 40 });
  const note = "1 road excluded: stuck sensor; 1 location excluded: by hand";
  expect(meta.excluded).toEqual({ keys: 2, note });
  const summary = await bed.analytics.dailySummary(WEEK);
  expect(summary.data[1]).toMatchObject({ readings_n: 1, max_aqi: 40 });
  expect((await bed.analytics.peakHoursByLocation(WEEK)).data.map(({ location }) => location)).toEqual([
    "Alpha",
  ]);
});
