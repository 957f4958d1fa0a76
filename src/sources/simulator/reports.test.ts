import { expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { decoderOf } from "../../core/decode.ts";
import { traffic as stream } from "../../streams/traffic.ts";
import { reportsOf } from "./reports.ts";
import { createTraffic } from "./traffic.ts";

const city = demo();
const traffic = createTraffic(city, 1);
const reports = reportsOf(city, traffic);
const now = Date.UTC(2026, 10, 20, 7, 30, 0, 123);

test("each road reports once every 10 s, evenly spread", () => {
  const first = reports.firstAt(now);
  const numbers = Array.from({ length: city.roads.length }, (_, k) => first + k);
  expect(new Set(numbers.map((n) => reports.make(n).road_id)).size).toBe(city.roads.length);
  expect(reports.timeOf(first)).toBeGreaterThanOrEqual(now);
  expect(reports.timeOf(first - 1)).toBeLessThan(now);
  const times = numbers.map((n) => reports.timeOf(n));
  expect(times.at(-1)! - times[0]!).toBeLessThan(10_000);
  for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(9);
  const [a, b] = [reports.make(first), reports.make(first + city.roads.length)];
  expect(b.road_id).toBe(a.road_id);
  expect(Date.parse(b.timestamp) - Date.parse(a.timestamp)).toBe(10_000);
});

test("firstAt() is exact at any instant and rate", () => {
  for (const rate of [0.5, 1, 3, 40]) {
    const r = reportsOf(city, traffic, rate);
    for (let k = 0; k < 500; k++) {
      const n = r.firstAt(now + k * 17);
      expect(r.timeOf(n) >= now + k * 17 && r.timeOf(n - 1) < now + k * 17).toBe(true);
    }
  }
});

test("ids are short, unique per road and time, and the same from every process", () => {
  const other = reportsOf(city, createTraffic(city, 1));
  const ids = new Set<string>();
  const first = reports.firstAt(now);
  for (let n = first; n < first + 3_000; n++) {
    const report = reports.make(n);
    expect(report.event_id.length).toBeLessThanOrEqual(9);
    ids.add(report.event_id);
    expect(other.make(n)).toEqual(report);
  }
  expect(ids.size).toBe(3_000);
});

test("a report is a traffic event that the stream takes, without a place in it", () => {
  const first = reports.firstAt(now);
  for (let n = first; n < first + 200; n++) {
    const report = reports.make(n);
    const raw = {
      value: null,
      source: "simulator",
      received_at_ms: now,
      partition: 0,
      offset: 0,
      backfill: false,
      dead_letter_id: null,
    };
    const checked = decoderOf(stream).check(report, raw, { city, now_ms: now + 10_000 });
    if (!checked.ok) throw new Error(checked.reject.rule);
    const out = checked.event;
    expect(out.row).toMatchObject({
      road_id: report.road_id,
      road_name: report.road_name,
      current_speed: report.current_speed,
    });
    expect(out.row["latitude"]).toBeNull();
    expect(out.unknown_fields).toBe(0);
    expect(JSON.stringify(report).length).toBeLessThan(220);
  }
});
