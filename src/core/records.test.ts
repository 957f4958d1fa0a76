import { expect, test } from "bun:test";
import { traffic } from "../streams/traffic.ts";
import type { CityRules } from "./city.ts";
import { decodeRecords } from "./records.ts";
import { formatInstant, minutes } from "./time.ts";

const city: CityRules = { city_id: "test", zone: "UTC", rush_hours: [], peak_hours: [], holidays: [] };
const TAKEN_MS = Date.UTC(2026, 10, 21, 10);

const decodedAt = (now_ms: number, event_time_ms: number, timestamp_ms = TAKEN_MS): boolean => {
  const value = { timestamp: formatInstant(event_time_ms), road_id: "a", current_speed: 1 };
  const record = { value: Buffer.from(JSON.stringify(value)), headers: {}, offset: 0, timestamp_ms };
  return decodeRecords(traffic, 0, [record], { city, now_ms })[0]!.ok;
};

test("case 21: whether an event is too far ahead was settled when the log took it: who reads it later agrees", () => {
  for (const later_ms of [0, minutes(1), minutes(60 * 24)]) {
    expect(decodedAt(TAKEN_MS + later_ms, TAKEN_MS + minutes(2))).toBe(true);
    expect(decodedAt(TAKEN_MS + later_ms, TAKEN_MS + minutes(2) + 1)).toBe(false);
  }
});

test("case 21: a record that is dated ahead itself carries nothing further than the reader's clock allows", () => {
  const ahead_ms = TAKEN_MS + minutes(60);
  expect(decodedAt(TAKEN_MS, ahead_ms, ahead_ms)).toBe(false);
  expect(decodedAt(TAKEN_MS, TAKEN_MS + minutes(2), ahead_ms)).toBe(true);
});

test("of a record without a time, the reader's clock is all there is", () => {
  expect(decodedAt(TAKEN_MS, TAKEN_MS + minutes(2), -1)).toBe(true);
  expect(decodedAt(TAKEN_MS, TAKEN_MS + minutes(2) + 1, 0)).toBe(false);
});
