/** Sums by minute equal those of the raw rows themselves, with the offsets of the very moment. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { minutes } from "../../core/time.ts";
import { openSql } from "../../postgres.ts";
import { traffic } from "../../streams/traffic.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";
import { openPostgresMinutes, type MinuteStore } from "./minute-rows.ts";

const FROM_MS = Date.UTC(2026, 10, 20, 8);

let bed: PostgresBed;
let store: MinuteStore;

beforeAll(async () => {
  bed = await postgresBed();
  await bed.open();
  store = openPostgresMinutes({ url: bed.url });
  const sql = openSql(bed.url, { max: 1, application_name: "test" });
  await sql`insert into offsets (stream, partition, next_offset) values ('traffic', 0, 17), ('traffic', 2, 5), ('weather', 0, 99)`;
  // Each road every 13 s, for ten minutes: minutes have four or five rows.
  await sql`insert into traffic_data (event_time, received_at, log_offset, current_speed, congestion_level, is_congested, is_rush_hour,
      log_partition, backfill, road_id, event_id, source)
    select t, t, 1, 20 + extract(second from t), 'free', false, false, 0, false, road, road || t, 'test'
    from generate_series(${new Date(FROM_MS)}::timestamptz, ${new Date(FROM_MS + minutes(10) - 1)}::timestamptz, interval '13 s') t,
      unnest(array['a', 'b']) road`;
  await sql.end();
});
afterAll(async () => {
  await store.close();
  await bed.drop();
});

const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing was refused",
    (error: unknown) => String(error),
  );

test("each key's minutes, from the first that is asked for to before the last; partitions never read stand at 0", async () => {
  const span = { from_ms: FROM_MS + minutes(2), to_ms: FROM_MS + minutes(9) };
  const { applied, rows } = await store.minutes(traffic, "current_speed", span);
  expect(applied).toEqual([17, 0, 5]);
  expect(rows.map(({ key }) => key).toSorted()).toEqual(["a", "b"]);
  for (const { cells } of rows) {
    const wanted = new Map<number, { n: number; sum: number }>();
    for (let t = FROM_MS; t < FROM_MS + minutes(10); t += 13_000) {
      if (t < span.from_ms || t >= span.to_ms) continue;
      const minute = Math.floor(t / minutes(1));
      const { n, sum } = wanted.get(minute) ?? { n: 0, sum: 0 };
      wanted.set(minute, { n: n + 1, sum: sum + 20 + (t % minutes(1)) / 1_000 });
    }
    expect(new Map(cells.map(({ minute, n, sum }) => [minute, { n, sum }]))).toEqual(wanted);
  }
});

test("more than two hours, and a field that is no number, are refused", async () => {
  const span = { from_ms: FROM_MS, to_ms: FROM_MS + minutes(121) };
  expect(await refusal(store.minutes(traffic, "current_speed", span))).toMatch(/RangeError/);
  const short = { from_ms: FROM_MS, to_ms: FROM_MS + minutes(1) };
  expect(await refusal(store.minutes(traffic, "road_name", short))).toMatch(/RangeError/);
});
