/** What models learn from is what plain SQL says of the kept windows. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { STEP_MS } from "../core/speed-matrix.ts";
import { days, hours, minutes } from "../core/time.ts";
import { openSql, type Sql } from "../postgres.ts";
import { openPostgresQuality } from "./quality/postgres-quality.ts";
import { CITY, NOON, partOf, type Sent } from "./conformance-kit.ts";
import type { HistoryStore } from "./history-store.ts";
import { postgresBed, type PostgresBed } from "./postgres-bed.fixture.ts";
import { openPostgresSpeeds, type SpeedHistory } from "./speed-matrix.ts";

const keys = ["road-2", "unheard", 'Straße Ω, "東京"', "road-1"];
const from_ms = NOON - days(1) - hours(3);
const to_ms = NOON + days(1) + hours(5);
const zone = CITY.zone;

let bed: PostgresBed;
let store: HistoryStore;
let speeds: SpeedHistory;
let sql: Sql;
beforeAll(async () => {
  bed = await postgresBed();
  store = await bed.open();
  speeds = openPostgresSpeeds({ url: bed.url });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
  const events = Array.from({ length: 900 }, (_, i): Sent => ({
    key: ["road-1", "road-2", 'Straße Ω, "東京"', "not asked for"][i % 4]!,
    at_ms: ((i * 7_919_000) % days(2)) - days(1),
    event_id: `e${i}`,
    speed: ((i * 7_907) % 12_000) / 100,
  }));
  await store.append(bed.traffic, [partOf(bed.traffic, 0, 0, events)]);
});
afterAll(async () => {
  await Promise.all([sql.end(), speeds.close()]);
  await bed.drop();
});

/** The same, a row for a cell. */
async function plainly(): Promise<Map<string, number>> {
  const rows = await sql<{ road_id: string; step: number; speed: number }[]>`
    select road_id, (extract(epoch from window_start) * 1000 - ${from_ms}::bigint)::bigint / ${STEP_MS}::bigint as step,
      avg(current_speed_sum::float8 / n / 100)::float8 as speed from traffic_windows
    where road_id = any(array['road-1', 'road-2', 'Straße Ω, "東京"']) group by 1, 2`;
  return new Map(rows.map(({ road_id, step, speed }) => [`${road_id} ${step}`, speed]));
}

test("a matrix has the mean of each window, and nothing where there is none", async () => {
  const shares: number[] = [];
  const matrix = await speeds.matrix(
    bed.traffic,
    { from_ms, to_ms, keys, zone },
    { onProgress: (done) => shares.push(done) },
  );
  expect([matrix.from_ms, matrix.steps, matrix.keys]).toEqual([from_ms, (to_ms - from_ms) / STEP_MS, keys]);
  const want = await plainly();
  expect(want.size).toBeGreaterThan(400);
  let found = 0;
  for (let step = 0; step < matrix.steps; step++) {
    for (const [column, key] of keys.entries()) {
      const speed = matrix.speeds[step * keys.length + column]!;
      const wanted = want.get(`${key} ${step}`);
      if (wanted === undefined) expect(speed).toBeNaN();
      else expect(speed).toBe(Math.fround(wanted));
      if (wanted !== undefined) found++;
    }
  }
  expect(found).toBe(want.size);
  expect(shares).toHaveLength(3);
  expect(shares.at(-1)).toBe(1);
});

test("of many roads some hours are read at a time: the same speeds", async () => {
  const few = await speeds.matrix(bed.traffic, { from_ms, to_ms, keys, zone });
  const many = Array.from({ length: 4_000 }, (_, i) => `nobody-${i}`);
  const all = await speeds.matrix(bed.traffic, { from_ms, to_ms, keys: [...many, ...keys], zone });
  const width = many.length + keys.length;
  for (let step = 0; step < few.steps; step++)
    expect([...all.speeds.subarray(step * width + many.length, (step + 1) * width)]).toEqual([
      ...few.speeds.subarray(step * keys.length, (step + 1) * keys.length),
    ]);
  expect(all.speeds.filter((speed) => !Number.isNaN(speed))).toHaveLength(
    few.speeds.filter((speed) => !Number.isNaN(speed)).length,
  );
});

test("days of a key that analytics leave out are left out; the oldest window is found", async () => {
  const quality = openPostgresQuality({ url: bed.url });
  const day = "2026-07-15";
  try {
    await quality.exclude({
      stream: "traffic",
      key: "road-1",
      from_day: day,
      to_day: day,
      rule: "hand",
      reason: "test",
    });
    const query = { from_ms, to_ms, keys: ["road-1"], zone };
    const matrix = await speeds.matrix(bed.traffic, query);
    const want = await plainly();
    const start = Date.UTC(2026, 6, 14, 22);
    let [out, kept] = [0, 0];
    for (let step = 0; step < matrix.steps; step++) {
      if (!want.has(`road-1 ${step}`)) continue;
      const at_ms = from_ms + step * STEP_MS;
      const excluded = at_ms >= start && at_ms < start + days(1);
      expect(Number.isNaN(matrix.speeds[step]!)).toBe(excluded);
      if (excluded) out++;
      else kept++;
    }
    expect(Math.min(out, kept)).toBeGreaterThan(20);
    await quality.exclude({
      stream: "traffic",
      key: "road-1",
      from_day: "2026-07-01",
      to_day: null,
      rule: "hand",
      reason: "test",
    });
    expect((await speeds.matrix(bed.traffic, query)).speeds.every(Number.isNaN)).toBe(true);
  } finally {
    await quality.close();
  }
  const [row] = await sql<{ at: Date }[]>`select min(window_start) as at from traffic_windows`;
  expect(await speeds.oldest(bed.traffic, from_ms, to_ms)).toBe(row!.at.getTime());
  expect(await speeds.oldest(bed.traffic, to_ms, to_ms + days(1))).toBeNull();
});

test("ends that are no steps, too many days, and windows that are no steps are refused; what is given up ends", async () => {
  const ask = (over: object, stream = bed.traffic) =>
    speeds.matrix(stream, { from_ms, to_ms, keys, zone, ...over });
  expect(ask({ from_ms: from_ms + 1 })).rejects.toThrow(RangeError);
  expect(ask({ to_ms: from_ms })).rejects.toThrow(RangeError);
  expect(ask({ to_ms: from_ms + days(200) })).rejects.toThrow("at most");
  expect(ask({}, { ...bed.traffic, windows: null })).rejects.toThrow("keep none");
  expect((await ask({ keys: [] })).speeds).toHaveLength(0);
  const signal = AbortSignal.abort(new Error("enough"));
  expect(speeds.matrix(bed.traffic, { from_ms, to_ms, keys, zone }, { signal })).rejects.toThrow("enough");
  expect(minutes(5)).toBe(STEP_MS);
});
