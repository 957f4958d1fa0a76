/** Closed days into the archive and back: nothing lost, nothing twice, and what retention may take. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { days } from "../core/time.ts";
import { NOON } from "../history/conformance-kit.ts";
import { archiveBed, DAYS, sentOf, type Bed } from "./bed.fixture.ts";
import { dayFolder, readManifest, sha256Of, type Manifest } from "./manifest.ts";
import { minutes } from "../core/time.ts";

const [FIRST, SECOND, THIRD] = DAYS;
const ROWS = sentOf(FIRST, 12, minutes(20)).length;

const manifestOf = (bed: Bed, day: string): Manifest => {
  const path = join(bed.dir, dayFolder("traffic", day), "_manifest.json");
  return readManifest(path, readFileSync(path));
};
const filesOf = (bed: Bed, day: string): string[] =>
  readdirSync(join(bed.dir, dayFolder("traffic", day))).sort();

describe("a day in the archive", () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await archiveBed();
    await bed.archive();
  });
  afterAll(() => bed.close());

  test("every closed day is there, in parts with a manifest that tells of each", () => {
    for (const day of DAYS) {
      const manifest = manifestOf(bed, day);
      expect(manifest.rows).toBe(ROWS);
      expect(filesOf(bed, day)).toEqual(["_manifest.json", ...manifest.parts.map(({ file }) => file)].sort());
      expect(manifest.parts.length).toBeGreaterThan(1);
      for (const part of manifest.parts) {
        const bytes = readFileSync(join(bed.dir, dayFolder("traffic", day), part.file));
        expect([bytes.length, sha256Of(bytes)]).toEqual([part.bytes, part.sha256]);
      }
      expect(manifest.first_event_time.slice(0, 10)).toBe(day);
      expect(manifest.last_event_time.slice(0, 13)).toBe(`${day}T23`);
      expect(manifest.columns.find(({ name }) => name === "current_speed")).toEqual({
        name: "current_speed",
        kind: "double",
        nullable: false,
        unit: "km/h",
      });
    }
  });

  test("DuckDB reads every value of it as it stands in the raw table and in JSON", async () => {
    const db = await DuckDBInstance.create(":memory:");
    const connection = await db.connect();
    const read = await connection.runAndReadAll(
      `select * replace (epoch_ms(timestamp) as timestamp, epoch_ms(received_at) as received_at),
        "date"::text as day from read_parquet('${bed.dir}/**/*.parquet', hive_partitioning = true)
       where stream = 'traffic' and "date" = '${SECOND}' order by timestamp, road_id, event_id`,
    );
    const theirs = read.getRowObjects();
    const mine = await bed.history.raw(bed.traffic, {
      from_ms: Date.parse(SECOND),
      to_ms: Date.parse(SECOND) + days(1),
      limit: 5_000,
    });
    expect(theirs).toHaveLength(ROWS);
    const backfill = new Map((await bed.rows(SECOND)).map((row) => [row["event_id"], row["backfill"]]));
    expect(
      theirs.map(({ stream, date, day, ...row }) => {
        expect([stream, date !== null, day]).toEqual(["traffic", true, SECOND]);
        return {
          ...row,
          timestamp: Number(row["timestamp"]),
          received_at: Number(row["received_at"]),
          log_offset: Number(row["log_offset"]),
        };
      }),
    ).toEqual(
      mine.map(({ row, source, received_at_ms, partition, offset, event_time_ms, event_id }) => ({
        ...row,
        timestamp: event_time_ms,
        source,
        received_at: received_at_ms,
        log_partition: partition,
        log_offset: offset,
        backfill: backfill.get(event_id)!,
      })) as never,
    );
    const types = await connection.runAndReadAll(
      `select name, logical_type from parquet_schema('${bed.dir}/stream=traffic/date=${SECOND}/part-0.parquet') where name in ('timestamp', 'received_at')`,
    );
    for (const row of types.getRowObjects())
      expect(String(row["logical_type"])).toContain("isAdjustedToUTC=1");
    const codecs = await connection.runAndReadAll(
      `select distinct compression from parquet_metadata('${bed.dir}/stream=traffic/date=${SECOND}/part-0.parquet')`,
    );
    expect(codecs.getRowObjects()).toEqual([{ compression: "ZSTD" }]);
    connection.closeSync();
    db.closeSync();
  });

  test("that has no new rows is not written again", async () => {
    expect(await bed.archive()).toEqual([]);
  });
});

/** The next morning: retention of three days takes the first two. */
const MORNING_AFTER = NOON + days(2) - 7 * 3_600_000;
const LATE = { key: "road-00", event_id: "late", speed: 5 };
const inDay = (day: string, ms: number): number => Date.parse(day) - NOON + ms;

test("law: archived, dropped and brought back, a day is what it was; the ledger adds up at each step", async () => {
  const bed = await archiveBed();
  const before = {
    first: await bed.rows(FIRST),
    second: await bed.rows(SECOND),
    windows: await bed.windows(),
  };
  await bed.archive();
  bed.clock.at_ms = MORNING_AFTER;
  expect(await bed.history.retain(bed.traffic, bed.clock.now())).toHaveLength(2);
  expect(await bed.rows(FIRST)).toEqual([]);
  await bed.ledgerAddsUp();
  expect(await bed.restore({ to_ms: Date.parse(SECOND) })).toEqual({ days: 1, rows: ROWS, inserted: ROWS });
  expect(await bed.rows(FIRST)).toEqual(before.first as never);
  expect(await bed.windows()).toEqual(before.windows);
  await bed.ledgerAddsUp();

  // Once more: every row is a repeat.
  expect(await bed.restore({ to_ms: Date.parse(SECOND) })).toEqual({ days: 1, rows: ROWS, inserted: 0 });
  expect(await bed.rows(FIRST)).toEqual(before.first as never);
  expect(await bed.windows()).toEqual(before.windows);
  await bed.ledgerAddsUp();

  // Retention leaves it alone for a week, and takes it again then.
  expect(await bed.history.retain(bed.traffic, bed.clock.now())).toEqual([]);
  expect(await bed.history.retain(bed.traffic, bed.clock.now() + days(7))).toContain(
    "traffic_data_d20260713",
  );
  await bed.ledgerAddsUp();

  // Into a database that knows nothing of it: windows are made from the rows.
  await bed.sql`truncate traffic_data, traffic_windows, offsets, archived_days, dropped_partitions`;
  await bed.restore();
  expect(await bed.rows(FIRST)).toEqual(before.first as never);
  expect(await bed.rows(SECOND)).toEqual(before.second as never);
  expect(await bed.windows()).toEqual(before.windows);
  await bed.ledgerAddsUp();
  expect(await bed.archive()).toEqual([]);
  await bed.close();
});

describe("retention and rows that come late", () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await archiveBed();
  });
  afterAll(() => bed.close());

  test("a day that has not ended, or may still get rows in time, is not archived", async () => {
    bed.clock.at_ms = Date.parse(THIRD) + days(1) + 60_000;
    expect((await bed.archive()).map(({ day }) => day)).toEqual([FIRST, SECOND]);
    expect(existsSync(join(bed.dir, dayFolder("traffic", THIRD)))).toBe(false);
    bed.clock.at_ms = MORNING_AFTER;
  });

  test("retention takes no day that is not in the archive", async () => {
    const known = await bed.sql`delete from archived_days returning *`;
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toEqual([]);
    for (const row of known) await bed.sql`insert into archived_days ${bed.sql(row)}`;
    expect((await bed.archive()).map(({ day }) => day)).toEqual([THIRD]);
  });

  test("a late row has its day archived again, whole, and the old parts go; retention waits for that", async () => {
    const old = filesOf(bed, FIRST);
    await bed.write(0, [{ ...LATE, at_ms: inDay(FIRST, 5) }]);
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toEqual(["traffic_data_d20260714"]);
    expect((await bed.archive()).map(({ day, rows }) => [day, rows])).toEqual([[FIRST, ROWS + 1]]);
    const now = filesOf(bed, FIRST);
    expect(now.filter((file) => file !== "_manifest.json" && old.includes(file))).toEqual([]);
    expect(now).toHaveLength(1 + manifestOf(bed, FIRST).parts.length);
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toEqual(["traffic_data_d20260713"]);
    await bed.ledgerAddsUp();
  });

  test("a late row for a day that has gone stays; the day comes back, and is archived with it", async () => {
    await bed.write(0, [{ ...LATE, event_id: "later", at_ms: inDay(SECOND, 5) }]);
    await bed.history.retain(bed.traffic, MORNING_AFTER);
    expect(await bed.rows(SECOND)).toHaveLength(1);
    const windows = await bed.windows();
    expect((await bed.archive()).map(({ day, rows }) => [day, rows])).toEqual([[SECOND, ROWS + 1]]);
    expect(await bed.rows(SECOND)).toHaveLength(ROWS + 1);
    expect(await bed.windows()).toEqual(windows);
    await bed.ledgerAddsUp();
    await bed.history.retain(bed.traffic, MORNING_AFTER + days(2));
    expect(await bed.rows(SECOND)).toEqual([]);
    await bed.ledgerAddsUp();
  });
});
