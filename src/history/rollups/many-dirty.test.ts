/** Laws of many late events: more than are told one by one, more than a refresh takes on at once, below a floor of windows. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../core/limits.ts";
import { openSql, type Sql } from "../../postgres.ts";
import { ALL, CITY, days, hours, minutes, NOON, partOf, type Sent } from "../conformance-kit.ts";
import type { HistoryStore } from "../history-store.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";
import { dropWindows } from "../window-retention.ts";
import type { BatchStore } from "./batch-store.ts";
import { openPostgresBatch } from "./postgres-batch.ts";

let bed: PostgresBed;
let history: HistoryStore;
let batch: BatchStore;
let sql: Sql;
beforeAll(async () => {
  bed = await postgresBed();
  history = await bed.open();
  batch = openPostgresBatch({ url: bed.url, zone: CITY.zone });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
});
afterAll(async () => {
  await Promise.all([batch.close(), sql.end()]);
  await bed.drop();
});

/** n, of every slot of every view. */
async function counts(): Promise<number[][]> {
  const out: number[][] = [];
  for (const rollup of bed.traffic.rollups) {
    const { groups } = await batch.grouped(bed.traffic, rollup, { ...ALL, group: ["start"] });
    out.push(groups.map(({ kept }) => kept["n"] as number));
  }
  return out;
}

test("more dirty windows than are told one by one, in a day whose first hours retention took: no answer changes, before or after", async () => {
  const stream = { ...bed.traffic, windows: { ...bed.traffic.windows!, retention_ms: hours(6) } };
  // Ten hours of one local day, a road each five minutes and more roads in the last hours.
  const first: Sent[] = Array.from({ length: 120 }, (_, i) => ({
    key: "a",
    at_ms: -hours(12) + i * minutes(5),
    event_id: `e${i}`,
    speed: 9,
  }));
  await history.append(stream, [partOf(stream, 0, 0, first)]);
  const now_ms = NOON - hours(2);
  await batch.refresh(stream, { now_ms });
  await dropWindows(sql, stream, now_ms, now_ms);
  expect((await history.windows(stream, ALL)).length).toBeLessThan(120);
  const whole = await counts();
  expect(whole[1]).toEqual([120]);

  const roads = Math.ceil((limits.dirty_windows_told_max + 1) / 12);
  const late: Sent[] = Array.from({ length: roads * 12 }, (_, i) => ({
    key: `road ${i % roads}`,
    at_ms: -hours(4) + Math.floor(i / roads) * minutes(5),
    event_id: "late",
    speed: 9,
    backfill: true,
  }));
  for (let i = 0; i < late.length; i += 1_000)
    await history.append(stream, [partOf(stream, 0, 120 + i, late.slice(i, i + 1_000))]);
  expect(await batch.dirty(stream)).toBeGreaterThan(limits.dirty_windows_told_max);
  const before = await counts();
  expect(before[1]).toEqual([120 + late.length]);
  await batch.refresh(stream, { now_ms });
  expect(await batch.dirty(stream)).toBe(0);
  expect(await counts()).toEqual(before);
}, 60_000);

test("more than a refresh takes on at once are redone in several rounds", async () => {
  await sql`insert into dirty_windows (stream, window_start, key)
    select 'traffic', ${new Date(NOON - days(60)).toISOString()}::timestamptz + i * interval '5 minutes', 'a'
    from generate_series(1, ${limits.dirty_windows_taken_max + 500}) i`;
  const { redone } = await batch.refresh(bed.traffic, { now_ms: NOON });
  expect([redone, await batch.dirty(bed.traffic)]).toEqual([limits.dirty_windows_taken_max + 500, 0]);
}, 60_000);
