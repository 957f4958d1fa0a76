/** From events to what is told: sentences, storms, budgets, and events that must change nothing. */
import { expect, test } from "bun:test";
import type { Event } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { decoderOf } from "../../core/decode.ts";
import { hours, minutes } from "../../core/time.ts";
import { cityOf } from "../../../test/serving-scene.ts";
import { notifications } from "../../streams/notifications.ts";
import type { Opening } from "./detector.ts";
import { severityOf } from "./told.ts";
import { AnomalyWatch } from "./watch.ts";

const START_MS = Date.UTC(2026, 10, 20, 7, 0);
const ROADS = Array.from({ length: 40 }, (_, i) => `r${i}`);
const city = cityOf(ROADS);

const event = (key: string, at_ms: number, row: Event["row"], backfill = false): Event => ({
  key,
  event_id: `${key} ${at_ms}`,
  event_time_ms: at_ms,
  row,
  source: "test",
  received_at_ms: at_ms,
  partition: 0,
  offset: 0,
  backfill,
  dead_letter_id: null,
  unknown_fields: 0,
});
const forecast = (key: string, at_ms: number): Event =>
  event(key, at_ms, { low_90_10min: 41, high_90_10min: 55 });

interface Scene {
  /** Roads that go slow, and from which minute on; each for two steps. */
  slow: Readonly<Record<string, number>>;
  minutes?: number;
  backfill?: boolean;
  twice?: boolean;
  forecasts?: boolean;
}

/** All roads report each minute and are forecast each minute. */
function scene(
  watch: AnomalyWatch,
  { slow, minutes: n = 60, backfill = false, twice, forecasts = true }: Scene,
) {
  const told = [];
  for (let minute = 0; minute < n; minute++) {
    const at_ms = START_MS + minutes(minute);
    if (forecasts) watch.forecast(ROADS.map((road) => forecast(road, at_ms)));
    const all = ROADS.map((road) => {
      const from = slow[road] ?? Infinity;
      const speed = minute >= from && minute < from + 10 ? 12 : 48 + (minute % 3);
      return event(road, at_ms, { current_speed: speed, road_name: null, free_flow_speed: 60 }, backfill);
    });
    watch.measured(all);
    if (twice === true) watch.measured(all);
    told.push(...watch.due());
  }
  return told;
}

test("a road is told of in a sentence with figures and the city's time, as an event that the stream takes", () => {
  const [one, ...others] = scene(new AnomalyWatch(city), { slow: { r3: 35 } });
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    timestamp: "2026-11-20T07:45:00Z",
    alert_type: "anomaly",
    severity: "high",
    road_id: "r3",
  });
  // Berlin is an hour ahead.
  expect(one!.message).toMatch(/: 12 km\/h at 08:45, expected 41 to 55$/);
  const raw = { value: null, source: "anomaly", received_at_ms: START_MS, partition: 0, offset: 0 };
  const context = { city, now_ms: START_MS + hours(1) };
  const taken = decoderOf(notifications).check(
    JSON.parse(JSON.stringify(one)) as unknown,
    { ...raw, backfill: false, dead_letter_id: null },
    context,
  );
  expect(taken).toMatchObject({ ok: true });
});

test("the same events tell the same ids; repeated and in two turns, too", () => {
  const first = scene(new AnomalyWatch(city), { slow: { r3: 35, r4: 40 } });
  expect(first).toHaveLength(2);
  expect(scene(new AnomalyWatch(city), { slow: { r3: 35, r4: 40 } })).toEqual(first);
  expect(scene(new AnomalyWatch(city), { slow: { r3: 35, r4: 40 }, twice: true })).toEqual(first);
});

test("backfilled events tell nothing and are no road's past", () => {
  const watch = new AnomalyWatch(city);
  expect(scene(watch, { slow: { r3: 35 }, backfill: true })).toEqual([]);
  // Forecasts are of the present.
  expect(watch.size).toBe(ROADS.length);
  expect(scene(watch, { slow: { r3: 35 } })).toHaveLength(1);
});

test("from ten roads in one step on they are one event with their number; nine are nine", () => {
  const of = (n: number, from: number): Record<string, number> =>
    Object.fromEntries(ROADS.slice(0, n).map((road) => [road, from]));
  expect(limits.anomaly_storm_roads).toBe(10);
  expect(scene(new AnomalyWatch(city), { slow: of(9, 35) })).toHaveLength(9);
  const [storm, ...others] = scene(new AnomalyWatch(city), { slow: of(40, 35) });
  expect(others).toEqual([]);
  expect(storm!.message).toStartWith("40 roads are far outside what was expected at 08:45, among them");
  expect(storm!.road_id).toBeUndefined();
});

test("an hour tells of twenty roads one by one, then once of the rest", () => {
  const slow = Object.fromEntries(ROADS.slice(0, 27).map((road, i) => [road, 30 + 5 * Math.floor(i / 9)]));
  const told = scene(new AnomalyWatch(city), { slow, minutes: 59 });
  expect(limits.anomalies_hour_max).toBe(20);
  expect(told.filter(({ road_id }) => road_id !== undefined)).toHaveLength(20);
  const rest = told.filter(({ road_id }) => road_id === undefined);
  expect(rest).toHaveLength(1);
  expect(rest[0]!.message).toStartWith("More than 20 roads");
});

test("without forecasts a road is compared with its own past, once there are two hours of it", () => {
  const early = scene(new AnomalyWatch(city), { slow: { r3: 60 }, minutes: 110, forecasts: false });
  expect(early).toEqual([]);
  const later = scene(new AnomalyWatch(city), { slow: { r3: 200 }, minutes: 240, forecasts: false });
  expect(later).toMatchObject([{ road_id: "r3" }]);
});

test("a clock that jumps back is passed over; one that jumps ahead for a road does not report it", () => {
  const watch = new AnomalyWatch(city);
  scene(watch, { slow: {}, minutes: 40 });
  const odd = (at_ms: number, speed: number): Event => event("r3", at_ms, { current_speed: speed });
  watch.measured([odd(START_MS - hours(5), 1), odd(START_MS, 1), odd(START_MS - hours(5) + minutes(5), 1)]);
  watch.measured([odd(START_MS + hours(3), 1), odd(START_MS + hours(3) + minutes(5), 1)]);
  expect(watch.due()).toEqual([]);
});

test("a sensor that is stuck is told of; a feed that stands still, and makes all of them so, is one event", () => {
  const stuckOf = (roads: readonly string[]): string[] => {
    const watch = new AnomalyWatch(city);
    const told = [];
    for (let minute = 0; minute < 5 * 60; minute++) {
      const row = { current_speed: 30, road_name: null, free_flow_speed: 60 };
      watch.measured(roads.map((road) => event(road, START_MS + minutes(minute), row)));
      told.push(...watch.due());
    }
    return told.map(({ message }) => message);
  };
  expect(stuckOf(["r1"])).toEqual([
    expect.stringContaining("exactly 30 km/h since 08:00, 241 readings in a row: its sensor may be stuck"),
  ]);
  expect(stuckOf(ROADS)).toEqual([expect.stringMatching(/^40 roads have told exactly the same for hours/)]);
});

test("more roads than there may be are not held", () => {
  const watch = new AnomalyWatch(city);
  const strangers = Array.from({ length: limits.predict_roads_max + 5 }, (_, i) =>
    event(`s${i}`, START_MS, { current_speed: 50 }),
  );
  watch.measured(strangers);
  expect(watch.size).toBe(limits.predict_roads_max);
});

test("severity: by how far, one more for a quarter of an hour; too fast is never more than medium", () => {
  const opening: Opening = { at_ms: 0, since_ms: 0, direction: "slow", actual: 1, low: 2, high: 3, score: 1 };
  const of = (more: Partial<Opening>) => severityOf({ ...opening, ...more });
  expect([of({}), of({ score: 2 }), of({ score: 4 })]).toEqual(["low", "medium", "high"]);
  expect(of({ score: 4, at_ms: minutes(15) })).toBe("critical");
  expect(of({ score: 9, direction: "fast" })).toBe("medium");
});
