/** Paper 000's tables of the batch layer, each by hand from the readings that were stored. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { decoderOf } from "../../core/decode.ts";
import { hours, minutes } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import { readings } from "../../streams/readings.ts";
import type { BatchStore } from "./batch-store.ts";
import { CITY, NOON } from "../conformance-kit.ts";
import { openPostgresBatch } from "./postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";

// Wednesday, 15 July 2026, 12:00 UTC is 14:00 in Berlin; peak hours of this city are 06:00 to 10:00 there.
const EIGHT = NOON - hours(6);
let bed: PostgresBed;
let batch: BatchStore;
let sql: Sql;

interface Reading {
  location: string;
  at_ms: number;
  aqi: number | null;
  traffic: number | null;
}

const sent: readonly Reading[] = [
  { location: "Market", at_ms: EIGHT, aqi: 40, traffic: 60 },
  { location: "Market", at_ms: EIGHT + minutes(30), aqi: 51, traffic: 61 },
  { location: "Market", at_ms: EIGHT + hours(1), aqi: 60, traffic: 55 },
  { location: "Market", at_ms: NOON, aqi: 30, traffic: 10 },
  { location: "Harbour", at_ms: EIGHT, aqi: null, traffic: 20 },
  // After midnight in Berlin: the next day, which is not over.
  { location: "Market", at_ms: NOON + hours(11), aqi: 20, traffic: 5 },
];

beforeAll(async () => {
  bed = await postgresBed();
  const history = await bed.open();
  batch = openPostgresBatch({ url: bed.url, zone: CITY.zone });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
  await batch.settle();
  const events = sent.map(({ location, at_ms, aqi, traffic }, i) => {
    const value = {
      event_id: `r${i}`,
      timestamp: new Date(at_ms).toISOString(),
      location,
      aqi_value: aqi,
      traffic_level: traffic,
    };
    const raw = {
      value: null,
      source: "test",
      received_at_ms: at_ms,
      partition: 0,
      offset: i,
      backfill: false,
      dead_letter_id: null,
    };
    const decoded = decoderOf(readings).check(value, raw, { city: CITY, now_ms: NOON + hours(12) });
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.reject));
    return decoded.event;
  });
  await history.append(readings, [
    { partition: 0, expected_offset: 0, next_offset: events.length, events, dead: [], last_record_hash: "x" },
  ]);
  await batch.refresh(readings, { now_ms: NOON + hours(13) });
});
afterAll(async () => {
  await Promise.all([batch.close(), sql.end()]);
  await bed.drop();
});

const rows = async (text: string): Promise<unknown[]> => [...(await sql.unsafe(text))];

test("paper 000, batch_aggregations: mean and most of AQI and traffic by date, location and peak hour", async () => {
  expect(
    await rows(
      "select date::text, location, avg_aqi::float8, avg_traffic::float8, max_aqi, max_traffic, is_peak_hour from batch_aggregations where date = '2026-07-15' order by location, is_peak_hour",
    ),
  ).toEqual([
    {
      date: "2026-07-15",
      location: "Harbour",
      avg_aqi: null,
      avg_traffic: 20,
      max_aqi: null,
      max_traffic: 20,
      is_peak_hour: true,
    },
    {
      date: "2026-07-15",
      location: "Market",
      avg_aqi: 30,
      avg_traffic: 10,
      max_aqi: 30,
      max_traffic: 10,
      is_peak_hour: false,
    },
    // (40 + 51 + 60) / 3, (60 + 61 + 55) / 3
    {
      date: "2026-07-15",
      location: "Market",
      avg_aqi: 50.33,
      avg_traffic: 58.67,
      max_aqi: 60,
      max_traffic: 61,
      is_peak_hour: true,
    },
  ]);
});

test("paper 000, peak_hours_analysis: by hour and location, up to the last reading that came", async () => {
  expect(
    await rows(
      "select date::text, hour, avg_traffic_level::float8, avg_aqi_value::float8, is_peak_hour, total_records from peak_hours_analysis where location = 'Market' order by date, hour",
    ),
  ).toEqual([
    {
      date: "2026-07-15",
      hour: 8,
      avg_traffic_level: 60.5,
      avg_aqi_value: 45.5,
      is_peak_hour: true,
      total_records: 2,
    },
    {
      date: "2026-07-15",
      hour: 9,
      avg_traffic_level: 55,
      avg_aqi_value: 60,
      is_peak_hour: true,
      total_records: 1,
    },
    {
      date: "2026-07-15",
      hour: 14,
      avg_traffic_level: 10,
      avg_aqi_value: 30,
      is_peak_hour: false,
      total_records: 1,
    },
    {
      date: "2026-07-16",
      hour: 1,
      avg_traffic_level: 5,
      avg_aqi_value: 20,
      is_peak_hour: false,
      total_records: 1,
    },
  ]);
});

test("paper 000, peak_hours: the hours of a day that is over in which traffic was at its peak", async () => {
  // 55 is more than nine tenths of 60.5; 10 is not.
  expect(
    await rows(
      "select date::text, hour, location, avg_traffic::float8, avg_aqi::float8 from peak_hours order by location, hour",
    ),
  ).toEqual([
    { date: "2026-07-15", hour: 8, location: "Harbour", avg_traffic: 20, avg_aqi: null },
    { date: "2026-07-15", hour: 8, location: "Market", avg_traffic: 60.5, avg_aqi: 45.5 },
    { date: "2026-07-15", hour: 9, location: "Market", avg_traffic: 55, avg_aqi: 60 },
  ]);
});

test("paper 000, daily_summary: records and means by date", async () => {
  // (40 + 51 + 60 + 30) / 4 = 45.25; (60 + 61 + 55 + 10 + 20) / 5 = 41.2
  expect(
    await rows(
      "select date::text, total_records, avg_aqi::float8, avg_traffic::float8 from daily_summary where date = '2026-07-15'",
    ),
  ).toEqual([{ date: "2026-07-15", total_records: 5, avg_aqi: 45.25, avg_traffic: 41.2 }]);
});
