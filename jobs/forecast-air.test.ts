/** From stored readings to an answered forecast, hour after hour, on a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { analyticsBed, STREAMS, type AnalyticsBed } from "../test/analytics-bed.ts";
import { formatInstant, hours, minutes } from "../src/core/time.ts";
import type { AirStore } from "../src/history/air/air-store.ts";
import { openPostgresAir } from "../src/history/air/postgres-air.ts";
import { openPostgresDuties, type Duties } from "../src/history/duties.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import type { Serving } from "../src/serving/answer.ts";
import { createServing } from "../src/serving/serving.ts";
import { readings } from "../src/streams/readings.ts";
import { weather } from "../src/streams/weather.ts";
import { forecastAir } from "./forecast-air.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 10, 7);
const HOUR_MS = hours(1);
const PAST_H = 24 * 20;
let bed: AnalyticsBed;
let air: AirStore;
let serving: Serving;
let duties: Duties;

/** The air has a day's wave; `silent` tells nothing in the last hours, `new` has told for two hours. */
const aqiAt = (hour: number): number =>
  Math.round(80 + 30 * Math.sin((2 * Math.PI * hour) / 24) + 6 * Math.sin(hour * hour));
const reading = (location: string, hour_ms: number): Record<string, unknown> => ({
  location,
  timestamp: formatInstant(hour_ms + minutes(5)),
  aqi_value: aqiAt(hour_ms / HOUR_MS),
  latitude: 51,
  longitude: 1,
});
const lastHour = (): number => bed.clock.ms - (bed.clock.ms % HOUR_MS) - HOUR_MS;

beforeAll(async () => {
  bed = await analyticsBed(["a"], NOW_MS);
  air = openPostgresAir({ url: bed.url });
  duties = openPostgresDuties({ url: bed.url });
  const { city, clock, history } = bed;
  const [live, log] = [openMemoryLive({ clock }), openMemoryLog({ clock })];
  serving = createServing({ streams: STREAMS, live, history, air, log, city, clock, tick_ms: 0 });
  const last_ms = lastHour();
  const past = Array.from({ length: PAST_H }, (_, i) => last_ms - (PAST_H - 1 - i) * HOUR_MS);
  await bed.store(
    readings,
    past.map((ms) => reading("old", ms)),
  );
  await bed.store(
    readings,
    past.slice(0, -6).map((ms) => reading("silent", ms)),
  );
  await bed.store(
    readings,
    past.slice(-2).map((ms) => reading("new", ms)),
  );
  await bed.store(
    weather,
    past.map((ms) => ({
      station: "w",
      timestamp: formatInstant(ms),
      latitude: 51.1,
      longitude: 1,
      temperature: 10,
      wind_speed: 12,
    })),
  );
});
afterAll(async () => {
  await Promise.all([air.close(), duties.close()]);
  await bed.end();
});

const run = () =>
  forecastAir({
    streams: STREAMS,
    history: bed.history,
    air,
    duties,
    city: bed.city,
    clock: bed.clock,
  }).run({
    from_ms: null,
    to_ms: null,
    scheduled_for_ms: bed.clock.ms,
    flags: {},
    clock: bed.clock,
    signal: new AbortController().signal,
    progress: () => {},
    resume: null,
    note: async () => {},
  });
const ask = (location?: string) => serving.airForecast!({ location });

test("each location by what is known of it: the model, persistence, nothing; and nothing is scored yet", async () => {
  const { scored, words } = await run();
  expect([scored, words]).toEqual([0, expect.stringContaining("1 told nothing lately")]);
  const { data, meta } = await ask();
  expect(data.filter(({ location }) => location === "silent")).toEqual([]);
  const old = data.filter(({ location }) => location === "old");
  expect(old.map(({ hours_ahead }) => hours_ahead)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  expect(old[0]).toMatchObject({
    method: "model",
    made_at: "2026-11-20T10:00:00Z",
    timestamp: "2026-11-20T10:00:00Z",
    stale: false,
    accuracy_mae: null,
    accuracy_n: 0,
  });
  expect(new Set(data.filter(({ location }) => location === "new").map(({ method }) => method))).toEqual(
    new Set(["persistence"]),
  );
  for (const { aqi, timestamp } of old)
    expect(Math.abs(aqi - aqiAt(Date.parse(timestamp) / HOUR_MS))).toBeLessThan(20);
  expect(meta).toMatchObject({ layer: "batch", coverage: 0.6667, stale: false });
});

test("a location that is named, one that is silent, and one that nobody knows", async () => {
  expect((await ask("new")).meta.coverage).toBe(1);
  const silent = await ask("silent");
  expect([silent.data, silent.meta.coverage]).toEqual([[], 0]);
  const unknown: unknown = await ask("nowhere").catch((error: unknown) => error);
  expect(unknown).toMatchObject({ problem: { name: "not-found" } });
});

test("an hour later the hour that came is scored, once; a run that is repeated changes nothing", async () => {
  bed.clock.ms += HOUR_MS;
  await bed.store(readings, [reading("old", lastHour())]);
  expect((await run())["scored"]).toBe(1);
  const first = await ask("old");
  expect(first.data[0]).toMatchObject({ accuracy_n: 1, timestamp: "2026-11-20T11:00:00Z" });
  expect(first.data[0]!.accuracy_mae).toBeLessThan(20);
  expect((await run())["scored"]).toBe(0);
  expect(await ask("old")).toEqual(first);
});

test("what two score at once is counted once", async () => {
  bed.clock.ms += HOUR_MS;
  await bed.store(readings, [reading("old", lastHour())]);
  const [a, b] = await Promise.all([run(), run()]);
  // Made one and two hours before.
  expect(Number(a["scored"]) + Number(b["scored"])).toBe(2);
});

test("while nobody makes new ones they grow old: hours that are over are not shown, and what is left is stale", async () => {
  bed.clock.ms += 5 * HOUR_MS;
  const { data, meta } = await ask("old");
  expect(data[0]).toMatchObject({ hours_ahead: 6, stale: true });
  expect(meta).toMatchObject({ stale: true, coverage: 0 });
  // A day without readings: nothing is said of what is not known, and what was never scored is forgotten.
  bed.clock.ms += 25 * HOUR_MS;
  expect((await run()).words).toContain("nothing is known to forecast from");
  expect((await ask()).data).toEqual([]);
  expect(await air.due(bed.clock.ms - 24 * HOUR_MS - (bed.clock.ms % HOUR_MS))).toEqual([]);
});
