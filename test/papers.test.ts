/**
 * Rows of papers 000, 001 and 002 about batch, serving, peak hours, statistics, raw data and disasters, each by its name. A row that
 * another suite proves at length is asserted once here, and the suite is named. Jakarta's day is WIB, as paper 000 tells its times.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { restoreBackup } from "../src/backup/restore.ts";
import { BATCH_GROUP } from "../src/batch/consumer.ts";
import { aqiCategory } from "../src/core/aqi.ts";
import { days, formatInstant, hours, minutes } from "../src/core/time.ts";
import { assertLedger } from "../src/history/conformance-kit.ts";
import type {
  Correlation,
  DailySummary,
  PeakHourOfLocation,
  PeakHoursOfTraffic,
  Statistics,
  TrafficSummary,
  Trends,
} from "../src/serving/analytics/answer.ts";
import type { Answer, CurrentRow } from "../src/serving/answer.ts";
import { SPEED_GROUP } from "../src/speed/speed-consumer.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { vehicles } from "../src/streams/vehicles.ts";
import { FROM_MS, NOW_MS, papersBed, TODAY_MS, type PapersBed } from "./papers-bed.ts";

let bed: PapersBed;
beforeAll(async () => {
  bed = await papersBed();
}, 120_000);
afterAll(() => bed.end());

/** Whole days and this morning's whole hours. */
const TO_MS = TODAY_MS + hours(10);
const RANGE = `from=${formatInstant(FROM_MS)}&to=${formatInstant(TO_MS)}`;
const dayOf = (ms: number): string => formatInstant(ms + hours(7)).slice(0, 10);
const [TODAY, YESTERDAY] = [dayOf(TODAY_MS), dayOf(TODAY_MS - days(1))];
/** Readings of two locations each half hour, events of three roads each quarter. */
const READINGS = (5 * 24 + 10) * 4;
const FLOWS = (5 * 24 + 10) * 12;

const get = <T>(path: string): Promise<Answer<T>> => bed.open.get<Answer<T>>(path);
const rows = (statement: string): Promise<Record<string, unknown>[]> => bed.open.rows(statement);
const countOf = async (table: string): Promise<number> =>
  Number((await rows(`select count(*)::int as n from ${table}`))[0]!["n"]);
const current = async (path: string): Promise<{ layer: string; rows: readonly CurrentRow[] }> => {
  bed.later();
  const { data, meta } = await get<readonly CurrentRow[]>(path);
  return { layer: meta.layer, rows: data };
};

/** What is asked of the batch layer, without when and by which layer it was answered. */
async function answers(): Promise<Record<string, unknown>> {
  bed.later();
  const found: Record<string, unknown> = {};
  for (const name of [
    "traffic-summary",
    "trends",
    "daily-summary",
    "correlation",
    "peak-hours?stream=readings",
    "peak-hours",
  ])
    found[name] = (
      await get<unknown>(`/api/analytics/${name}${name.includes("?") ? "&" : "?"}${RANGE}`)
    ).data;
  for (const view of ["batch_aggregations", "peak_hours_analysis", "peak_hours", "daily_summary"]) {
    const of_view = await rows(`select to_jsonb(v) - 'created_at' as row from ${view} v order by 1`);
    found[view] = of_view;
  }
  return found;
}

// Paper 000: layers and tables

test("paper 000: ingestion layer: topic traffic-aqi-data, every 5 minutes, backed up in raw_data with is_peak_hour and aqi_category", async () => {
  expect([readings.topic, readings.expected_period_ms]).toEqual(["traffic-aqi-data", minutes(5)]);
  const [row] = await rows(
    `select location, latitude, longitude, aqi_value, traffic_level, is_peak_hour, aqi_category from raw_data where location = 'Monas' and event_time = '${formatInstant(TODAY_MS + hours(7))}'`,
  );
  expect(row).toEqual({
    location: "Monas",
    latitude: 48.1,
    longitude: 11.2,
    aqi_value: 120,
    traffic_level: 70,
    is_peak_hour: true,
    aqi_category: "Unhealthy for Sensitive Groups",
  });
  // The feeds of TomTom and AQICN: src/sources/feeds.
});

test("paper 000: speed layer: consumer group, real-time peak hour detection and AQI categorization by the rules of the batch layer", async () => {
  expect([SPEED_GROUP, BATCH_GROUP]).toEqual(["speed-layer-consumer", "arterial-batch"]);
  const { data, meta } = await get<readonly CurrentRow[]>("/api/air-quality/current");
  expect(meta.layer).toBe("speed");
  const stored = await rows(
    "select distinct on (location) location, is_peak_hour, aqi_category from raw_data order by location, event_time desc",
  );
  expect(
    data.map(({ location, is_peak_hour, aqi_category }) => ({ location, is_peak_hour, aqi_category })),
  ).toEqual(stored as never);
  // Less than a second per message, measured: bench ingest; the law of last writes: src/live/conformance.ts.
});

test("paper 000: database schema: the six tables answer by their names and columns", async () => {
  const columns = await rows(
    "select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'",
  );
  const there = new Set(columns.map(({ name }) => name));
  const wanted: Readonly<Record<string, string>> = {
    raw_data: "location latitude longitude aqi_value traffic_level is_peak_hour aqi_category",
    realtime_data:
      "timestamp location latitude longitude aqi_value traffic_level is_peak_hour aqi_category created_at",
    batch_aggregations: "date location avg_aqi avg_traffic max_aqi max_traffic is_peak_hour created_at",
    peak_hours_analysis: "date hour location avg_traffic_level avg_aqi_value is_peak_hour total_records",
    peak_hours: "date hour location avg_traffic avg_aqi",
    daily_summary: "date total_records avg_aqi avg_traffic created_at",
  };
  const missing = Object.entries(wanted).flatMap(([table, names]) =>
    names
      .split(" ")
      .filter((name) => !there.has(`${table}.${name}`))
      .map((name) => `${table}.${name}`),
  );
  expect(missing).toEqual([]);
  // Partitioned by date, as its section Scaling wants: src/history/schema.test.ts holds the whole schema.
  const [parted] = await rows("select relkind::text from pg_class where relname = 'raw_data'");
  expect(parted).toEqual({ relkind: "p" });
});

test("paper 000: schedule: daily aggregation 00:00 WIB, hourly aggregation every hour, peak hours analysis 01:00 WIB, backups daily", async () => {
  const { data } = await get<{ job: string; schedule: string; next_due: string }[]>("/api/jobs");
  const due = new Map(data.map(({ job, next_due }) => [job, next_due]));
  expect(["daily", "hourly", "peak-hours", "backup"].map((name) => due.get(name))).toEqual([
    formatInstant(TODAY_MS + days(1)),
    formatInstant(TODAY_MS + hours(11) + minutes(5)),
    formatInstant(TODAY_MS + days(1) + hours(1)),
    formatInstant(TODAY_MS + days(1) + hours(3)),
  ]);
  // Days of 23 and 25 hours, missed runs, one run over all replicas: jobs/schedule.test.ts, jobs/replicas.test.ts.
});

test("paper 000: peak_hours_analysis is incremental: a reading counts as it is stored, before any job ran", async () => {
  const at = "where location = 'Monas' and hour = 10 and date = ";
  const before = (await rows(`select * from peak_hours_analysis ${at}'${TODAY}'`))[0];
  await bed.tell(readings, [bed.reading("Monas", NOW_MS - minutes(5), 30, 41)]);
  await bed.caughtUp("batch");
  const after = (await rows(`select * from peak_hours_analysis ${at}'${TODAY}'`))[0];
  expect([before?.["total_records"], after?.["total_records"]]).toEqual([1, 2]);
  expect([after?.["avg_traffic_level"], after?.["avg_aqi_value"]]).toEqual(["25.00", "40.50"]);
  expect(await countOf("batch_aggregations")).toBe(0);
});

test("paper 000: batch layer: raw_data to batch_aggregations, peak_hours and daily_summary, by hand", async () => {
  await bed.open.job("hourly");
  await bed.open.job("daily");
  const done = await bed.open.job("peak-hours");
  expect(String(done["words"])).toContain("06:00 (30.0 km/h)");
  expect(
    await rows(
      `select location, avg_aqi::float8, avg_traffic::float8, max_aqi, max_traffic, is_peak_hour from batch_aggregations where date = '${YESTERDAY}' and location = 'Monas' order by is_peak_hour`,
    ),
  ).toEqual([
    { location: "Monas", avg_aqi: 40, avg_traffic: 20, max_aqi: 40, max_traffic: 20, is_peak_hour: false },
    { location: "Monas", avg_aqi: 120, avg_traffic: 70, max_aqi: 120, max_traffic: 70, is_peak_hour: true },
  ]);
  expect(
    (
      await rows(`select hour from peak_hours where date = '${YESTERDAY}' and location = 'Monas' order by 1`)
    ).map(({ hour }) => hour),
  ).toEqual([6, 7, 8, 9, 16, 17, 18, 19]);
  // 8 hours of (120 + 60) / 2 and 16 of (40 + 30) / 2; (70 + 80) / 2 and (20 + 10) / 2.
  expect(
    await rows(
      `select total_records::int, avg_aqi::float8, avg_traffic::float8 from daily_summary where date = '${YESTERDAY}'`,
    ),
  ).toEqual([{ total_records: 96, avg_aqi: 53.33, avg_traffic: 35 }]);
  // Odd cases of these views: src/history/rollups/papers-views.test.ts; a week against an independent script: test/metr-la.test.ts.
});

test("paper 000: peak_hours_analysis is corrected by the batch layer: what was written wrong is found in raw_data and repaired", async () => {
  const at = `where location = 'Monas' and hour = 9 and date = '${TODAY}'`;
  const good = await rows(`select * from peak_hours_analysis ${at}`);
  await rows(
    `update reading_windows set traffic_level_sum = traffic_level_sum + 50 where location = 'Monas' and window_start = '${formatInstant(TODAY_MS + hours(9))}'`,
  );
  expect(await rows(`select * from peak_hours_analysis ${at}`)).not.toEqual(good);
  const did = await bed.open.job("audit");
  expect([did["found"], did["repaired"]]).toEqual([1, 1]);
  expect(await rows(`select * from peak_hours_analysis ${at}`)).toEqual(good);
  // Planted faults of every kind: src/batch/audit.test.ts.
});

test("paper 000: historical trend analysis: each day's mean speed, by hand", async () => {
  const { data } = await get<Trends>(`/api/analytics/trends?${RANGE}&step=1d`);
  // One road of three stands at 10 km/h in 8 of 24 hours, else all have 40.
  expect(data.series.filter(({ partial }) => !partial).map(({ speed, n }) => [speed, n])).toEqual(
    Array.from({ length: 5 }, () => [36.6667, 288]),
  );
  expect(data.top_congested_roads[0]).toMatchObject({
    road_id: "a",
    congested_share: expect.closeTo(1 / 3, 1),
  });
});

// Paper 000: serving and presentation

test("paper 000: serving layer combines speed and batch data: nothing twice, nothing missing at the frontier", async () => {
  const { data } = await get<readonly PeakHourOfLocation[]>(
    `/api/analytics/peak-hours?stream=readings&${RANGE}`,
  );
  expect(data.reduce((n, row) => n + row.total_records, 0)).toBe(READINGS);
  expect(new Set(data.map(({ date, layer }) => `${date === TODAY} ${layer}`))).toEqual(
    new Set(["false batch", "true speed"]),
  );
  // From roll-ups up to the frontier, from windows beyond it.
  const upto = `from=${formatInstant(FROM_MS)}&to=${formatInstant(TODAY_MS + hours(11))}`;
  const summary = await get<TrafficSummary>(`/api/analytics/traffic-summary?${upto}`);
  // The newest event is of 10:00, and others of its last window may come for two minutes.
  expect(summary.meta).toMatchObject({ layer: "merged", frontier: formatInstant(TO_MS - minutes(5)) });
  expect(summary.data.asked.n).toBe(FLOWS + 3);
  // The law under lateness, outages and re-runs: src/history/rollups/law.test.ts, src/serving/analytics/law.test.ts.
});

test("paper 000: data freshness detection: as_of, age, layer and stale stand beside each answer", async () => {
  const at_ms = NOW_MS - minutes(5);
  const { data, meta } = await get<readonly CurrentRow[]>("/api/air-quality/current");
  expect(meta).toMatchObject({ as_of: formatInstant(at_ms), layer: "speed", stale: false });
  expect(meta.age_ms).toBe(bed.clock.ms - at_ms);
  expect(data.map(({ as_of, stale }) => [as_of, stale])).toEqual([
    [formatInstant(TODAY_MS + hours(10)), false],
    [formatInstant(at_ms), false],
  ]);
  // Ages and staleness in every case: src/serving/current.test.ts.
});

test("paper 000: query time and cache TTL 10 seconds: an answer is shared for 10 s, and then made anew", async () => {
  const query = {
    from_ms: FROM_MS,
    to_ms: TO_MS,
    roads: null,
    weekdays: null,
    without_holidays: false,
    compared: null,
  };
  const ask = () => bed.open.serving.analytics!.trafficSummary(query);
  const first = await ask();
  expect(await ask()).toBe(first);
  bed.later();
  const second = await ask();
  expect(second).not.toBe(first);
  expect(second.data).toEqual(first.data);
  // Less than 100 ms is no law of a test on a busy machine: `bun run bench analytics` prints p99 over 28 days of 1,247 roads.
});

test("paper 000: dashboard tabs Heatmaps, Peak Hours, Statistics and Raw Data", async () => {
  const page = await bed.open.text("/analytics");
  for (const word of ["Peak hours", "Statistics", "Hour by weekday"]) expect(page).toContain(word);
  expect(await bed.open.text("/analytics/panels/week")).toContain("<svg");
  expect(await bed.open.text("/air")).toContain("Monas");
  expect(await bed.open.text("/data?stream=readings")).toContain("aqi_category");
  // In a real browser, at both widths, light and dark: test/pages.test.ts, test/pages-more.test.ts.
});

test("paper 000: raw data table with download: the file has exactly the rows of the range", async () => {
  const file = await bed.open.text(`/api/data/readings?${RANGE}&format=csv`);
  const lines = file.trim().split(/\r?\n/);
  expect(lines).toHaveLength(1 + READINGS);
  expect(lines[0]).toContain("location");
  const page = await bed.open.text("/data?stream=readings&last=7d");
  expect(page).toMatch(/href="[^"]*format=csv[^"]*"/);
  // A million rows under constant memory: routes/export.test.ts.
});

test("paper 000: data retention: speed layer 7 days, batch layer unlimited", async () => {
  const [old_ms, young_ms] = [NOW_MS - days(8), NOW_MS - days(6)];
  await bed.tell(readings, [bed.reading("Kota", old_ms, 5, 5), bed.reading("Kota", young_ms, 5, 5)]);
  await bed.caughtUp("batch");
  expect(await countOf("raw_data where location = 'Kota'")).toBe(2);
  expect(await rows(`select "timestamp" as at from realtime_data where location = 'Kota'`)).toEqual([
    { at: new Date(young_ms) },
  ]);
  expect(readings.history.retention_ms).toBe(null);
  // What is set to go goes, and windows stay: src/retention.test.ts, src/history/window-retention.test.ts.
});

// Paper 001

test("paper 001: late data handling: it counts at once, and the job makes its day's roll-ups anew", async () => {
  const at_ms = TODAY_MS - days(2) + hours(3) + minutes(7);
  const sum = async (): Promise<number> =>
    (await get<readonly DailySummary[]>(`/api/analytics/daily-summary?${RANGE}`)).data.reduce(
      (n, { readings_n }) => n + readings_n,
      0,
    );
  const before = await sum();
  await bed.open.job("late-data");
  await bed.tell(readings, [bed.reading("Monas", at_ms, 100, 500)]);
  await bed.caughtUp("batch");
  bed.later();
  expect(await sum()).toBe(before + 1);
  expect(await bed.open.batch.dirty(readings)).toBe(1);
  expect((await bed.open.job("late-data"))["redone"]).toBe(1);
  expect(await bed.open.batch.dirty(readings)).toBe(0);
  bed.later();
  expect(await sum()).toBe(before + 1);
  const [row] = await rows(
    `select max_aqi, max_traffic from batch_aggregations where date = '${dayOf(at_ms)}' and location = 'Monas' and not is_peak_hour`,
  );
  expect(row).toEqual({ max_aqi: 500, max_traffic: 100 });
});

test("paper 001: Lambda architecture reconciliation: batch and real-time views are compared, and say the same", async () => {
  const did = await bed.open.job("audit");
  expect(did).toMatchObject({ found: 0, repaired: 0, live_found: 0, words: "no difference" });
  expect(Number(did["compared"])).toBeGreaterThan(100);
});

test("paper 001: data quality checks: completeness of each key by day, in a report", async () => {
  await bed.open.job("data-quality", { from_ms: TODAY_MS - days(1), to_ms: TODAY_MS });
  const { data } = await get<{ keys: { key: string; completeness: number }[] }>(
    `/api/analytics/data-quality?stream=readings&from=${YESTERDAY}&to=${YESTERDAY}`,
  );
  // One each half hour, of one each five minutes.
  expect(data.keys).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: "Monas", completeness: expect.closeTo(1 / 6, 2) }),
    ]),
  );
  // Stuck, jumping and skewed ones, and what is left out by rule: src/batch/data-quality.test.ts.
});

test("paper 001: malformed data: validation at ingestion, dead letters, log and continue; exactly once, whatever is sent again", async () => {
  const [stored, dead] = [await countOf("traffic_data"), await countOf("dead_letters")];
  const good = bed.flow("b", NOW_MS - minutes(2), 33);
  const partition_key = "b";
  await bed.log.append(traffic.topic, [
    { key: partition_key, value: Buffer.from("{not json") },
    { key: partition_key, value: Buffer.from(JSON.stringify(good)) },
    { key: partition_key, value: Buffer.from(JSON.stringify(good)) },
  ]);
  await bed.caughtUp("batch");
  expect([await countOf("traffic_data"), await countOf("dead_letters")]).toEqual([stored + 1, dead + 1]);
  await assertLedger(bed.open.history, traffic);
  // 52 numbered faults and bad inputs: test/bad-input.test.ts, src/history/conformance-once.ts.
});

test("paper 001: daily analytics complete, 99 % success rate: the figure stands beside each job", async () => {
  const { runs } = bed.open.duties;
  const asked = { from_ms: null, to_ms: null, flags: {} };
  for (const kind of ["done", "failed"] as const) {
    const run = await runs.ask({ job: "daily", at_ms: bed.clock.ms, asked, holder: null }, 60_000);
    expect(run).not.toBe(null);
    const attempt = (await runs.take(["daily"], [], "test", 60_000))!;
    await runs.end(
      attempt,
      kind === "done"
        ? { kind, result: await bed.open.job("daily") }
        : { kind, error: "a test's", again_ms: null },
    );
    bed.later();
    bed.later();
  }
  const { data } =
    await get<{ job: string; runs: number; runs_done: number; success_share: number }[]>("/api/jobs");
  expect(data.find(({ job }) => job === "daily")).toMatchObject({
    runs: 2,
    runs_done: 1,
    success_share: 0.5,
  });
  // Kill, resume, retries, alerts of a job that fails: jobs/scheduled.test.ts, jobs/replicas.test.ts.
});

test("paper 001: /api/analytics/traffic-summary: city-wide summary, by hand, and as the page's sentence", async () => {
  const { data } = await get<TrafficSummary>(
    `/api/analytics/traffic-summary?from=${formatInstant(TODAY_MS - days(1))}&to=${formatInstant(TODAY_MS)}`,
  );
  expect(data.asked).toMatchObject({
    n: 288,
    mean_speed: 36.6667,
    min_speed: 10,
    max_speed: 40,
    congested_share: expect.closeTo(32 / 288, 4),
    roads_seen: 3,
  });
  expect(await bed.open.text("/analytics/sentence")).toMatch(/km\/h|congested/);
});

test("paper 001: data retention: GPS live for 24 hours, traffic aggregations for 7 days and longer", () => {
  expect(vehicles.live).toMatchObject({ ttl_ms: hours(24) });
  const kept_ms = traffic.windows === null ? 0 : (traffic.windows.retention_ms ?? Infinity);
  expect(kept_ms).toBeGreaterThanOrEqual(days(7));
  expect(traffic.rollups.map(({ name }) => name)).toEqual(expect.arrayContaining(["hours", "days"]));
});

// Paper 002

test("paper 002: peak hours detection: 06:00-10:00 and 16:00-20:00 of the city, on every reading", async () => {
  const found = await rows(
    "select distinct extract(hour from event_time at time zone 'Asia/Jakarta')::int as hour from raw_data where is_peak_hour order by 1",
  );
  expect(found.map(({ hour }) => hour)).toEqual([6, 7, 8, 9, 16, 17, 18, 19]);
  const not = await rows(
    "select 1 from raw_data where not is_peak_hour and extract(hour from event_time at time zone 'Asia/Jakarta') in (6, 7, 8, 9, 16, 17, 18, 19)",
  );
  expect(not).toEqual([]);
});

test("paper 002: AQI categorization: Good, Moderate, Unhealthy and worse, at their bounds", () => {
  expect([50, 51, 100, 101, 150, 151, 200, 201, 300, 301].map(aqiCategory)).toEqual([
    "Good",
    "Moderate",
    "Moderate",
    "Unhealthy for Sensitive Groups",
    "Unhealthy for Sensitive Groups",
    "Unhealthy",
    "Unhealthy",
    "Very Unhealthy",
    "Very Unhealthy",
    "Hazardous",
  ]);
  // Breakpoints of each pollutant: src/core/aqi.test.ts.
});

test("paper 002: get_peak_hours_analysis: the endpoint says what the table peak_hours_analysis says", async () => {
  const { data } = await get<readonly PeakHourOfLocation[]>(
    `/api/analytics/peak-hours?stream=readings&${RANGE}`,
  );
  const table = await rows(
    `select date::text, hour, location, avg_traffic_level::float8, avg_aqi_value::float8, is_peak_hour, total_records::int from peak_hours_analysis where date >= '${dayOf(FROM_MS)}' and (date < '${TODAY}' or hour < 10) order by date, hour, location`,
  );
  const told = data
    .filter(({ total_records }) => total_records > 0)
    .map(({ date, hour, location, is_peak_hour, total_records, ...row }) => ({
      date,
      hour,
      location,
      is_peak_hour,
      total_records,
      avg_traffic_level: Math.round(row.avg_traffic_level! * 100) / 100,
      avg_aqi_value: Math.round(row.avg_aqi_value! * 100) / 100,
    }));
  expect(told).toHaveLength(table.length);
  expect(told).toEqual(table as never);
});

test("paper 002: combined heatmap data has peak hour info from batch and speed layer", async () => {
  const { data } = await get<PeakHoursOfTraffic>(`/api/analytics/peak-hours?${RANGE}`);
  expect(data.rule).toEqual([
    [6, 10],
    [16, 20],
  ]);
  for (const layer of [data.batch, data.speed])
    expect(layer.filter(({ is_peak_hour }) => is_peak_hour).map(({ hour }) => hour)).toEqual([
      6, 7, 8, 9, 16, 17, 18, 19,
    ]);
  expect(data.batch[7]).toMatchObject({ mean_speed: 30, traffic_level: 40, n: 60 });
  expect(data.speed[7]).toMatchObject({ mean_speed: 30, traffic_level: 40, n: 12 });
  expect(data.speed[16]!.n).toBe(0);
});

test("paper 002: peak hours charts: the tab, and the chart as a file of its own", async () => {
  const panel = await bed.open.text(`/analytics/panels/peak-hours?${RANGE}`);
  expect(panel).toContain("<svg");
  expect(panel).toContain("<table");
  expect(await bed.open.text(`/analytics/files/peak-hours.csv?${RANGE}`)).toContain("hour");
});

test("paper 002: real-time statistics: metric cards and distributions of speed and AQI", async () => {
  await bed.tell(
    traffic,
    ["a", "c"].map((road) => bed.flow(road, bed.clock.ms, 40)),
  );
  await Promise.all([bed.caughtUp("speed"), bed.caughtUp("batch")]);
  bed.later();
  const { data } = await get<Statistics>(`/api/analytics/statistics?${RANGE}`);
  expect(data.live).toMatchObject({ roads: 3, reporting: 3 });
  expect(data.live.aqi).toMatchObject({ locations: 2 });
  expect(data.speed.bins.reduce((n, { windows_n }) => n + windows_n, 0)).toBe(FLOWS);
  const shares = Object.fromEntries(data.aqi!.categories.map(({ category, hours_n }) => [category, hours_n]));
  // 8 of 24 hours and 4 of this morning's: Bundaran HI is moderate, Monas worse.
  expect(shares).toMatchObject({ Moderate: 44, "Unhealthy for Sensitive Groups": 44 });
  expect(await bed.open.text("/analytics/live")).toContain("AQI");
});

test("paper 002: combined Traffic vs AQI view, and their correlation", async () => {
  const page = await bed.open.text("/air?location=Bundaran+HI");
  expect(page).toContain("US EPA AQI");
  expect(page).toContain("Traffic level, %");
  const { data } = await get<Correlation>(
    `/api/analytics/correlation?from=${formatInstant(FROM_MS)}&to=${formatInstant(TODAY_MS)}`,
  );
  const pair = data.traffic_aqi.find(({ location }) => location === "Bundaran HI");
  expect(pair?.lags[0]).toMatchObject({ lag_h: 0, r: 1, n: 120 });
});

test("paper 002: sidebar with peak hours info: every page's frame says it", async () => {
  for (const path of ["/", "/roads", "/air", "/analytics", "/data", "/streams"]) {
    const page = await bed.open.text(path);
    expect(page).toContain("Next peak 16:00");
    expect(page).toContain("Peak hours of the city: 06:00–10:00, 16:00–20:00");
  }
});

// Disasters

test("paper 000: scenario 1, speed layer failure: serving falls back from speed to batch, users see slightly older data, no data loss", async () => {
  const before = await countOf("traffic_data");
  const speeds = (found: readonly CurrentRow[]): unknown[] => found.map((row) => row["current_speed"]);
  bed.later();
  await bed.tell(traffic, [bed.flow("c", bed.clock.ms, 21)]);
  await Promise.all([bed.caughtUp("speed"), bed.caughtUp("batch")]);
  expect((await current("/api/traffic/current")).layer).toBe("speed");
  bed.away.live = true;
  bed.later();
  await bed.tell(traffic, [bed.flow("c", bed.clock.ms, 22), bed.flow("a", bed.clock.ms, 23)]);
  await bed.caughtUp("batch");
  const meanwhile = await current("/api/traffic/current");
  expect(meanwhile.layer).toBe("batch");
  expect(speeds(meanwhile.rows)).toEqual([23, 33, 22]);
  bed.away.live = false;
  await bed.caughtUp("speed");
  const afterwards = await current("/api/traffic/current");
  expect(afterwards.layer).toBe("speed");
  expect(speeds(afterwards.rows)).toEqual([23, 33, 22]);
  expect(await countOf("traffic_data")).toBe(before + 3);
  await assertLedger(bed.open.history, traffic);
  // Killed and hung Redis, breaker, alert: test/redis-outage.test.ts (paper 001: graceful degradation).
});

test("paper 000: scenario 2, batch layer failure: the speed layer goes on, aggregations are delayed, and catch up", async () => {
  const before = await countOf("raw_data");
  await bed.stop("batch");
  bed.later();
  const late_ms = TODAY_MS - days(1) + hours(2) + minutes(3);
  await bed.tell(readings, [
    bed.reading("Monas", bed.clock.ms, 99, 151),
    bed.reading("Bundaran HI", late_ms, 90, 90),
  ]);
  await bed.caughtUp("speed");
  const live = await current("/api/air-quality/current");
  expect(live.layer).toBe("speed");
  expect(live.rows.find(({ location }) => location === "Monas")).toMatchObject({ aqi_category: "Unhealthy" });
  expect(await countOf("raw_data")).toBe(before);
  bed.startBatch();
  await bed.caughtUp("batch");
  expect(await countOf("raw_data")).toBe(before + 2);
  const merged = await answers();
  await bed.open.job("hourly");
  const refreshed = await answers();
  const apart = Object.keys(merged).filter((name) => !Bun.deepEquals(merged[name], refreshed[name]));
  // The one view that is a copy as far as its frontier, and says so in created_at; the daily summary by its name is made of it.
  expect(apart).toEqual(["batch_aggregations", "daily_summary"]);
  const [row] = await rows(
    `select avg_aqi::float8 from batch_aggregations where date = '${YESTERDAY}' and location = 'Bundaran HI' and not is_peak_hour`,
  );
  // (32 · 30 + 90) / 33
  expect(row).toEqual({ avg_aqi: 31.82 });
  await assertLedger(bed.open.history, readings);
});

test("paper 000: scenario 2, reprocess from raw_data: windows that are lost are made anew, and every answer is as before", async () => {
  const before = await answers();
  const [from_ms, to_ms] = [TODAY_MS - hours(18), TODAY_MS - hours(15)];
  for (const table of ["reading_windows", "traffic_windows"])
    await rows(
      `delete from ${table} where window_start >= '${formatInstant(from_ms)}' and window_start < '${formatInstant(to_ms)}'`,
    );
  expect((await answers())["peak_hours_analysis"]).not.toEqual(before["peak_hours_analysis"]);
  const { batch } = bed.open;
  const made = [
    await batch.rebuildWindows(readings, from_ms, to_ms, { now_ms: bed.clock.ms }),
    await batch.rebuildWindows(traffic, from_ms, to_ms, { now_ms: bed.clock.ms }),
  ];
  expect(made.map(({ added, changed }) => [added, changed])).toEqual([
    [6, 0],
    [36, 0],
  ]);
  await bed.open.job("late-data");
  expect(await answers()).toEqual(before);
  // Under live traffic, interrupted, and by `bun run job backfill`: src/history/rollups/law.test.ts, jobs/by-hand.test.ts.
});

test("paper 000: scenario 3, database failure: restore from the latest backup, replay the log within its retention, rerun batch processing", async () => {
  const done = await bed.open.job("backup");
  expect(done["unread_events"]).toBe(0);
  // What comes after the backup is in the log alone.
  bed.later();
  await bed.tell(readings, [
    bed.reading("Monas", bed.clock.ms, 45, 77),
    bed.reading("Monas", TODAY_MS - days(3) + minutes(1), 45, 77),
  ]);
  await bed.tell(traffic, [bed.flow("a", TODAY_MS - days(1) + minutes(4), 12)]);
  await bed.caughtUp("batch");
  await bed.open.job("hourly");
  const before = await answers();
  const counts = [await countOf("raw_data"), await countOf("traffic_data")];

  await bed.stop("batch");
  const file = readdirSync(bed.dir)
    .filter((name) => name.endsWith(".backup"))
    .sort()
    .at(-1)!;
  await bed.lose(async (url) => {
    await restoreBackup({
      path: join(bed.dir, file),
      url,
      replace: false,
      clock: bed.clock,
      signal: AbortSignal.timeout(60_000),
    });
  });
  expect([await countOf("raw_data"), await countOf("traffic_data")]).toEqual([
    counts[0]! - 2,
    counts[1]! - 1,
  ]);
  bed.startBatch();
  await bed.caughtUp("batch");
  await bed.open.job("hourly");
  expect([await countOf("raw_data"), await countOf("traffic_data")]).toEqual(counts);
  expect(await answers()).toEqual(before);
  await assertLedger(bed.open.history, readings);
  await assertLedger(bed.open.history, traffic);
  // Every address of the API on a restored copy, and clients of the old log: test/restore.test.ts; S3: src/backup/place.test.ts.
}, 60_000);
