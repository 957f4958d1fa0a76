/** What only a server can do wrong when windows go: long deletes, and batches under way. */
import { expect, test } from "bun:test";
import { systemClock } from "../core/time.ts";
import { openSql } from "../postgres.ts";
import { ALL, CITY, days, hours, minutes, NOON, partOf, type Sent } from "./conformance-kit.ts";
import { openPostgresBatch } from "./rollups/postgres-batch.ts";
import { postgresBed } from "./postgres-bed.fixture.ts";
import { dropWindows } from "./window-retention.ts";

test("windows go by the hour, so many hours in one round; what a batch under way left below goes in the next, unseen till then", async () => {
  const bed = await postgresBed();
  const store = await bed.open();
  const sql = openSql(bed.url, { max: 1, application_name: "test" });
  const stream = {
    ...bed.traffic,
    rollups: [],
    windows: { ...bed.traffic.windows!, retention_ms: hours(3) },
  };
  const log: Sent[] = Array.from({ length: 10 * 12 }, (_, i) => ({
    key: "a",
    at_ms: i * minutes(5),
    event_id: `e${i}`,
    speed: 9,
  }));
  await store.append(stream, [partOf(stream, 0, 0, log)]);
  const there = async (): Promise<number> =>
    (await sql<{ n: number }[]>`select count(*)::int as n from traffic_windows`)[0]!.n;
  const seen = async (): Promise<number> => (await store.windows(stream, ALL)).length;
  const now_ms = NOON + hours(10);
  // The newest event came five minutes ago: from six hours after noon on they stay.
  await dropWindows(sql, stream, now_ms, now_ms, 4);
  expect([await there(), await seen()]).toEqual([6 * 12, 4 * 12]);
  await dropWindows(sql, stream, now_ms, now_ms, 4);
  expect([await there(), await seen()]).toEqual([4 * 12, 4 * 12]);
  await sql`insert into traffic_windows (road_id, window_start, n, free_flow_speed_n, congested_n)
    values ('stray', ${new Date(NOON).toISOString()}, 1, 0, 0)`;
  expect([await there(), await seen()]).toEqual([4 * 12 + 1, 4 * 12]);
  await dropWindows(sql, stream, now_ms, now_ms, 4);
  expect([await there(), await seen()]).toEqual([4 * 12, 4 * 12]);
  await sql.end();
  await bed.drop();
});

test("a writer does not wait for windows that go", async () => {
  const bed = await postgresBed();
  const store = await bed.open();
  const stream = {
    ...bed.traffic,
    history: { ...bed.traffic.history, retention_ms: hours(1) },
    windows: { ...bed.traffic.windows!, retention_ms: hours(1) },
  };
  await store.append(stream, [
    partOf(stream, 0, 0, [
      { key: "a", at_ms: 0, event_id: "old", speed: 1 },
      { key: "a", at_ms: days(2), event_id: "new", speed: 1 },
    ]),
  ]);
  const sql = openSql(bed.url, { max: 1, application_name: "test", idle_in_transaction_ms: 0 });
  await sql.begin(async (tx) => {
    // As a delete that goes on holds them.
    await tx`insert into window_floors (stream, floor) values ('traffic', ${new Date(NOON + hours(1)).toISOString()})`;
    await tx`delete from traffic_windows where window_start < ${new Date(NOON + hours(1)).toISOString()}`;
    const began = systemClock.monotonic();
    const more = [{ key: "a", at_ms: days(2), event_id: "newer", speed: 1 }];
    expect(await store.append(stream, [partOf(stream, 0, 2, more)])).toMatchObject({ stored: 1 });
    expect(systemClock.monotonic() - began).toBeLessThan(5_000);
  });
  await sql.end();
  await bed.drop();
});

test("windows stay until they are in every batch view, as they stand; then they go, and no merged answer changes", async () => {
  const bed = await postgresBed();
  const store = await bed.open();
  const sql = openSql(bed.url, { max: 1, application_name: "test" });
  const batch = openPostgresBatch({ url: bed.url, zone: CITY.zone });
  const stream = { ...bed.traffic, windows: { ...bed.traffic.windows!, retention_ms: hours(3) } };
  const at = (hour: number, id = ""): Sent => ({
    key: "a",
    at_ms: hours(hour),
    event_id: `e${hour}${id}`,
    speed: 9,
  });
  const log = Array.from({ length: 11 }, (_, i) => at(i));
  await store.append(stream, [partOf(stream, 0, 0, log)]);
  const now_ms = NOON + hours(10);
  const there = async (): Promise<number> => (await store.windows(stream, ALL)).length;
  const merged = async (): Promise<unknown[]> => {
    const answers: unknown[] = [];
    for (const rollup of stream.rollups)
      answers.push(
        (await batch.grouped(stream, rollup, { ...ALL, group: ["start"], measures: ["current_speed_bins"] }))
          .groups,
      );
    return answers;
  };
  await dropWindows(sql, stream, now_ms, now_ms);
  expect(await there()).toBe(11);
  await batch.refresh(stream, { now_ms });
  // One more comes below the frontier, and is not in the views yet.
  await store.append(stream, [partOf(stream, 0, 11, [at(2, "late")])]);
  const before = await merged();
  await dropWindows(sql, stream, now_ms, now_ms);
  expect([await there(), await merged()]).toEqual([9, before]);
  await batch.refresh(stream, { now_ms });
  await dropWindows(sql, stream, now_ms, now_ms);
  expect([await there(), await merged()]).toEqual([4, before]);
  // What comes for one that went changes nothing more; a rebuild leaves what it cannot make.
  await store.append(stream, [partOf(stream, 0, 12, [at(1, "too late")])]);
  await batch.rebuildWindows(stream, ALL.from_ms, ALL.to_ms, { now_ms });
  await batch.refresh(stream, { now_ms });
  expect([await there(), await merged()]).toEqual([4, before]);
  await Promise.all([sql.end(), batch.close()]);
  await bed.drop();
});
