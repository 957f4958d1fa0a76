/** What an observation says while a part is away or hangs. */
import { afterEach, describe, expect, test } from "bun:test";
import { HistoryUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { parsePrometheus } from "../../test/prometheus-text.ts";
import { statusOf } from "./facts.fixture.ts";
import { LagTrend } from "./lag-trend.ts";
import { createMeters } from "./meters.ts";
import { createObservation, type MetricsSources, type Observation } from "./observe.ts";
import { watchRestarts } from "./restarts.ts";
import { LastMinute } from "./rolling.ts";
import type { Change } from "./warnings.ts";

const never = new Promise<never>(() => {});
const meta = { cursor: "c", layer: "speed", as_of: null, age_ms: null, stale: false, coverage: 1 } as const;

let made: Observation[] = [];
afterEach(() => {
  for (const one of made) one.stop();
  made = [];
});

function observation(more: Partial<MetricsSources> = {}): { observation: Observation; changes: Change[] } {
  const changes: Change[] = [];
  const one = createObservation({
    clock: systemClock,
    version: "test",
    meters: createMeters(systemClock),
    streams: [],
    serving: { streams: async () => ({ data: [statusOf()], meta }) },
    history: { bytes: async () => 1e9 },
    live_on: "this process",
    onChange: (change) => changes.push(change),
    ...more,
  });
  made.push(one);
  return { observation: one, changes };
}

describe("an observation", () => {
  test("a store that hangs holds it up a second at most, and the last numbers stand with their time", async () => {
    let away = false;
    const { observation: one, changes } = observation({
      serving: { streams: () => (away ? never : Promise.resolve({ data: [statusOf()], meta })) },
      history: { bytes: () => (away ? never : Promise.resolve(1e9)) },
      liveServer: () => never,
    });
    await one.look();
    away = true;
    const start = performance.now();
    const facts = await one.look();
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(facts).toMatchObject({
      delivery_known: false,
      postgresql_up: false,
      live_server: { up: false, memory: null },
    });
    expect(facts.streams).toHaveLength(1);
    const text = parsePrometheus(await one.text());
    expect(text.value("arterial_postgresql_up")).toBe(0);
    expect(text.value("arterial_redis_up")).toBe(0);
    expect(text.value("arterial_delivery_known_timestamp_seconds") * 1_000).toBeLessThan(facts.now_ms);
    expect(changes.filter(({ raised }) => !raised)).toEqual([]);
  });

  test("the log alone away is not the database's fault", async () => {
    const { observation: one } = observation({
      serving: { streams: () => Promise.reject(new Error("no broker")) },
    });
    const facts = await one.look();
    expect(facts).toMatchObject({ delivery_known: false, postgresql_up: true });
  });

  test("an error of everybody is a fact, not a throw", async () => {
    const refuse = () => Promise.reject(new HistoryUnavailableError("away"));
    const { observation: one } = observation({
      serving: { streams: refuse },
      history: { bytes: refuse },
      liveServer: refuse,
      data_dir: "/there/is/no/such/folder",
    });
    expect(await one.look()).toMatchObject({ streams: [], disk: null, postgresql_up: false });
    expect(one.delivery()).toMatchObject({ database_bytes: null, live_memory: null });
  });

  test("a change is told once, and the page has it", async () => {
    const { observation: one, changes } = observation({ breaker: () => "open" });
    await one.look();
    await one.look();
    expect(changes.map(({ warning, raised }) => [warning.rule, raised])).toEqual([["breaker-open", true]]);
    expect(one.delivery()).toMatchObject({ breaker: "open", warnings: [{ rule: "breaker-open" }] });
    const text = parsePrometheus(await one.text());
    expect(text.value("arterial_warning", { rule: "breaker-open" })).toBe(1);
    expect(text.value("arterial_breaker_state", { state: "open" })).toBe(1);
    expect(text.value("arterial_breaker_state", { state: "closed" })).toBe(0);
  });

  test("what Redis said last is not told while the breaker is open", async () => {
    let state: "closed" | "open" = "closed";
    const { observation: one } = observation({
      breaker: () => state,
      liveServer: async () => ({ used_bytes: 900, max_bytes: 1_000 }),
    });
    await one.look();
    expect(one.delivery()).toMatchObject({
      live_memory: { used_bytes: 900, max_bytes: 1_000 },
      warnings: [{ rule: "redis-memory" }],
    });
    state = "open";
    expect((await one.look()).live_server).toEqual({ up: false, memory: null });
    const text = parsePrometheus(await one.text());
    expect(text.value("arterial_redis_up")).toBe(0);
    expect(text.all("arterial_redis_memory_bytes")).toEqual([]);
  });

  test("two looks at once are one", async () => {
    let asked = 0;
    const { observation: one } = observation({
      serving: {
        streams: async () => {
          asked++;
          return { data: [], meta };
        },
      },
    });
    await Promise.all([one.look(), one.look(), one.text()]);
    expect(asked).toBe(1);
  });
});

describe("what is remembered between looks", () => {
  const seen = (lag_events: number, next_offset = 0, end_offset = lag_events) => [
    { stream: "s", lag_events, partitions: [{ partition: 0, next_offset, end_offset }] },
  ];

  test("a lag that falls is shrinking, one that rises or stays is not", () => {
    const trend = new LagTrend();
    for (let s = 0; s < 40; s += 2) trend.look(seen(10_000 - s * 100), s * 1_000);
    expect([...trend.notShrinking()]).toEqual([]);
    for (let s = 40; s < 60; s += 2) trend.look(seen(6_100), s * 1_000);
    expect([...trend.notShrinking()]).toEqual(["s"]);
  });

  test("stuck is who stands while the end moves: not who idles, nor who is slow", () => {
    const trend = new LagTrend();
    for (let s = 0; s < 30; s++) trend.look(seen(0, 100, 100), s * 1_000);
    expect(trend.stuck()).toEqual([]);
    for (let s = 30; s < 60; s++) trend.look(seen(s, 100 + s, 200 + 2 * s), s * 1_000);
    expect(trend.stuck()).toEqual([]);
    for (let s = 60; s <= 90; s++) trend.look(seen(s, 159, 300 + s), s * 1_000);
    expect(trend.stuck()).toEqual([{ stream: "s", partition: 0, still_ms: 31_000 }]);
    trend.look(seen(5, 400, 405), 91_000);
    expect(trend.stuck()).toEqual([]);
  });

  test("the last minute forgets the one before", () => {
    let now_ms = 0;
    const minute = new LastMinute({ monotonic: () => now_ms });
    for (let s = 0; s < 600; s++) {
      now_ms = s * 1_000;
      minute.add(s);
    }
    const { n, max, sum } = minute.read();
    expect(n).toBeGreaterThanOrEqual(55);
    expect(n).toBeLessThanOrEqual(60);
    expect(max).toBe(599);
    expect(sum).toBe(((599 + (600 - n)) * n) / 2);
    now_ms += 60_000;
    expect(minute.read()).toEqual({ n: 0, sum: 0, max: 0 });
  });

  test("a crash is forgiven after the window, as the supervisor does", () => {
    let now_ms = 0;
    const restarts = watchRestarts({
      clock: { monotonic: () => now_ms },
      services: ["a", "b"],
      restarts_max: 5,
      window_ms: 600_000,
    });
    for (let i = 0; i < 7; i++) restarts.crashed("a");
    expect(restarts.read()).toEqual([
      { service: "a", remaining: 0, crashes: 7 },
      { service: "b", remaining: 5, crashes: 0 },
    ]);
    now_ms = 600_000;
    expect(restarts.read()[0]).toEqual({ service: "a", remaining: 5, crashes: 7 });
  });
});
