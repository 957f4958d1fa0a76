/** Law: an answer equals a fold of all windows, whatever comes from roll-ups; over a day of 25 hours, with late events. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { analyticsBed, STREAMS, whole, type AnalyticsBed } from "../../../test/analytics-bed.ts";
import { foldBatch } from "../../../test/fold-batch.ts";
import { hours, localTime, minutes, seconds } from "../../core/time.ts";
import { openMemoryLive } from "../../live/memory-live.ts";
import { openMemoryLog } from "../../log/memory-log.ts";
import { readings } from "../../streams/readings.ts";
import { traffic } from "../../streams/traffic.ts";
import { weather } from "../../streams/weather.ts";
import { createServing } from "../serving.ts";
import type { Analytics } from "./answer.ts";
import { comparedPeriod } from "./compared.ts";
import { pearson } from "./correlated.ts";

/** Clocks go back on the 25th at 3 o'clock. */
const FROM_MS = Date.parse("2026-10-20T00:00:00+02:00");
const NOW_MS = Date.parse("2026-10-27T15:20:00+01:00");
const ROADS = ["a", "b", "c"];

let bed: AnalyticsBed;
/** The same over windows alone. */
let folded: Analytics;
/** Small, but nothing that repeats within the test. */
let state = 7;
const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;

const events = (from_ms: number, to_ms: number, every_ms: number) => {
  const out: Record<string, unknown>[] = [];
  for (let at_ms = from_ms; at_ms < to_ms; at_ms += every_ms)
    for (const road_id of ROADS)
      if (random() < 0.8)
        out.push({
          timestamp: new Date(at_ms + Math.floor(random() * every_ms)).toISOString(),
          road_id,
          current_speed: Math.round(random() * 9_000) / 100,
          free_flow_speed: random() < 0.9 ? 50 + 10 * ROADS.indexOf(road_id) : null,
        });
  return out;
};

beforeAll(async () => {
  bed = await analyticsBed(ROADS, NOW_MS);
  const { clock, history, city } = bed;
  clock.ms = NOW_MS - hours(20);
  await bed.store(traffic, events(FROM_MS, clock.ms, minutes(20)));
  const stations: Record<string, unknown>[] = [];
  for (let at_ms = FROM_MS, i = 0; at_ms < NOW_MS - hours(20); at_ms += hours(1), i++)
    stations.push({
      timestamp: new Date(at_ms).toISOString(),
      station: "s",
      temperature: Math.round(100 * Math.sin(i / 5)) / 10,
      precipitation: i % 7,
      humidity: 50,
    });
  await bed.store(weather, stations);
  await bed.store(
    readings,
    stations.map(({ timestamp }, i) => ({
      timestamp,
      location: i % 2 === 0 ? "Alpha" : "Beta",
      aqi_value: (i * 37) % 320,
      current_speed: (i * 13) % 50,
      free_flow_speed: 50,
    })),
  );
  await bed.refresh();
  // What came since lies above the frontier, and some of it below.
  clock.ms = NOW_MS;
  await bed.store(traffic, events(NOW_MS - hours(20), NOW_MS, minutes(20)));
  await bed.store(traffic, events(FROM_MS + hours(50), FROM_MS + hours(52), minutes(5)));
  folded = createServing({
    streams: STREAMS,
    live: openMemoryLive({ clock }),
    history,
    batch: foldBatch(history, city.zone),
    log: openMemoryLog({ clock }),
    city,
    clock,
  }).analytics!;
});
afterAll(() => bed.end());

const queries = () => {
  const week = whole("2026-10-20T00:00:00+02:00", "2026-10-27T16:00:00+01:00");
  const odd = whole("2026-10-21T07:00:00+02:00", "2026-10-26T05:00:00+01:00");
  return [
    week,
    odd,
    { ...week, weekdays: [5, 7], without_holidays: true },
    { ...odd, roads: ["b", "c"], compared: comparedPeriod("yesterday", odd, bed.city.zone) },
    { ...week, compared: comparedPeriod("typical", odd, bed.city.zone) },
  ];
};

const data = async (answer: Promise<{ data: unknown }>): Promise<unknown> => (await answer).data;

test("every answer from roll-ups and windows equals the same from windows alone", async () => {
  const { analytics } = bed;
  expect((await bed.batch.frontiers(traffic))["hours"]).toBeGreaterThan(FROM_MS);
  for (const query of queries()) {
    expect(await data(analytics.trafficSummary(query))).toEqual(await data(folded.trafficSummary(query)));
    const asked = { ...query, step: query.compared === null ? ("1d" as const) : ("1h" as const), limit: 3 };
    expect(await data(analytics.trends(asked))).toEqual(await data(folded.trends(asked)));
    expect(await data(analytics.statistics(query))).toEqual(await data(folded.statistics(query)));
    expect(await data(analytics.peakHours(query))).toEqual(await data(folded.peakHours(query)));
    expect(await data(analytics.dailySummary(query))).toEqual(await data(folded.dailySummary(query)));
    expect(await data(analytics.correlation(query))).toEqual(await data(folded.correlation(query)));
  }
});

test("hourly means are sums of the events of that hour by the city's clock, divided once", async () => {
  const query = whole("2026-10-20T00:00:00+02:00", "2026-10-27T16:00:00+01:00");
  const sums = Array.from({ length: 24 }, () => ({ n: 0, sum: 0 }));
  const range = { from_ms: query.from_ms, to_ms: query.to_ms, limit: 5_000 };
  const rows = await bed.history.raw(traffic, range);
  expect(rows.length).toBeLessThan(5_000);
  for (const { event_time_ms, row } of rows) {
    const hour = sums[localTime(event_time_ms, bed.city.zone).hour]!;
    hour.n++;
    hour.sum += row["current_speed"] as number;
  }
  const { data: found, meta } = await bed.analytics.trends({ ...query, step: "1d", limit: 1 });
  expect(found.hourly_avg_speed.map(({ n }) => n)).toEqual(sums.map(({ n }) => n));
  for (const [hour, { n, sum }] of sums.entries())
    expect(found.hourly_avg_speed[hour]!.speed).toBeCloseTo(sum / n, 3);
  expect(found.series.map(({ windows_expected }) => windows_expected / 36)).toEqual([
    24,
    24,
    24,
    24,
    24,
    25,
    24,
    15 + 4 / 12,
  ]);
  expect(meta.layer).toBe("merged");
  expect(Date.parse(meta.frontier!)).toBeLessThan(NOW_MS);
  // 02:00 is there twice on the 25th.
  const sunday = found.weekday_hour.filter(({ weekday }) => weekday === 7);
  expect(sunday.map(({ windows_expected }) => windows_expected / 36)).toEqual(
    Array.from({ length: 24 }, (_, hour) => (hour === 2 ? 2 : 1)),
  );
  const days = (await bed.analytics.dailySummary(query)).data;
  expect(days.find(({ date }) => date === "2026-10-25")).toMatchObject({ length_h: 25, partial: false });
});

test("correlations are Pearson's of the hours that have both; what never changes has none and says so", async () => {
  const query = whole("2026-10-20T00:00:00+02:00", "2026-10-27T16:00:00+01:00");
  const { data: found } = await bed.analytics.correlation(query);
  const pair = (cause: string, effect: string) =>
    found.weather_traffic.find((one) => one.cause === cause && one.effect === effect)!;
  const rain = pair("precipitation", "speed");
  const windows = await bed.history.windows(traffic, { ...query, limit: 5_000 });
  const by_hour = Map.groupBy(
    windows,
    ({ window_start_ms }) => Math.floor(window_start_ms / hours(1)) * hours(1),
  );
  const [a, b]: [number[], number[]] = [[], []];
  for (let at_ms = FROM_MS, i = 0; at_ms < NOW_MS - hours(20); at_ms += hours(1), i++) {
    const mine = by_hour.get(at_ms + hours(2));
    if (mine === undefined) continue;
    const sum = (column: string): number => mine.reduce((all, { kept }) => all + Number(kept[column]), 0);
    a.push(i % 7);
    b.push(sum("current_speed_sum") / sum("n"));
  }
  expect(rain.lags[2]!.n).toBe(a.length);
  expect(rain.lags[2]!.r).toBeCloseTo(pearson(a, b)!, 4);
  expect(rain.best!.r_low!).toBeLessThan(rain.best!.r!);
  expect(rain.best!.r_high!).toBeGreaterThan(rain.best!.r!);
  expect(pair("humidity", "speed")).toMatchObject({
    best: null,
    reason: "one of both never changes in this range",
  });
  expect(pair("wind_speed", "speed")).toMatchObject({
    best: null,
    reason: "0 hours have both; at least 100 are needed",
  });
  expect(found.traffic_aqi.map(({ location }) => location)).toEqual([null, "Alpha", "Beta"]);
  expect(found.traffic_aqi[1]).toMatchObject({ best: null, reason: expect.stringContaining("at least 100") });
});

test("the hour that goes on is shared by all who ask within it, and events a moment later are in the next answer", async () => {
  const query = whole("2026-10-27T00:00:00+01:00", "2026-10-27T16:00:00+01:00");
  const before = (await bed.analytics.trafficSummary(query)).data.asked.n;
  await bed.store(traffic, events(NOW_MS - minutes(2), NOW_MS - minutes(1), seconds(1)));
  expect((await bed.analytics.trafficSummary(query)).data.asked.n).toBe(before);
  bed.later();
  expect((await bed.analytics.trafficSummary(query)).data.asked.n).toBeGreaterThan(before + 100);
});
