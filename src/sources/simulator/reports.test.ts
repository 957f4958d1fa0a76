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

test("each road reports once every 10 s, evenly spread, under an id that is short and its own", () => {
  const all = reports.between(now, now + 20_000);
  const times = all.map((r) => Date.parse(String(r["timestamp"])));
  expect(all).toHaveLength(2 * city.roads.length);
  expect(new Set(all.slice(0, city.roads.length).map((r) => r["road_id"])).size).toBe(city.roads.length);
  for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(9);
  expect(all[city.roads.length]!["road_id"]).toBe(all[0]!["road_id"]);
  expect(times[city.roads.length]! - times[0]!).toBe(10_000);
  const ids = all.map((r) => String(r["event_id"]));
  expect(new Set(ids).size).toBe(all.length);
  for (const id of ids) expect(id.length).toBeLessThanOrEqual(9);
});

test("a report is a traffic event that the stream takes, without a place in it", () => {
  for (const report of reports.between(now, now + 1_000)) {
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
      road_id: report["road_id"]!,
      road_name: report["road_name"]!,
      current_speed: report["current_speed"]!,
    });
    expect(out.row["latitude"]).toBeNull();
    expect(JSON.stringify(report).length).toBeLessThan(220);
  }
});

test("a road that an incident closes reports it with speed 0", () => {
  const begin = Date.UTC(2026, 10, 20, 15);
  let closed = 0;
  for (let ms = begin; ms < begin + 4 * 3_600_000 && closed === 0; ms += 600_000) {
    for (const report of reports.between(ms, ms + 10_000)) {
      if (report["road_closed"] !== true) continue;
      closed++;
      expect(report["current_speed"]).toBe(0);
    }
  }
  expect(closed).toBeGreaterThan(0);
});
