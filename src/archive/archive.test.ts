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

describe("law: archived, dropped and brought back, a day is what it was", () => {
  test("raw rows and windows are equal to before, and the ledger adds up at each step", async () => {
    const bed = await archiveBed();
    const before = { rows: await bed.rows(FIRST), windows: await bed.windows() };
    await bed.archive();
    bed.clock.at_ms = MORNING_AFTER;
    const dropped = await bed.history.retain(bed.traffic, bed.clock.now());
    expect(dropped).toHaveLength(2);
    expect(await bed.rows(FIRST)).toEqual([]);
    await bed.ledgerAddsUp();
    expect(await bed.restore({ to_ms: Date.parse(SECOND) })).toEqual({ days: 1, rows: ROWS, inserted: ROWS });
    expect(await bed.rows(FIRST)).toEqual(before.rows as never);
    expect(await bed.windows()).toEqual(before.windows);
    await bed.ledgerAddsUp();

    // Once more: every row is a repeat.
    expect(await bed.restore({ to_ms: Date.parse(SECOND) })).toEqual({ days: 1, rows: ROWS, inserted: 0 });
    expect(await bed.rows(FIRST)).toEqual(before.rows as never);
    expect(await bed.windows()).toEqual(before.windows);
    await bed.ledgerAddsUp();

    // Retention leaves it alone for a week, and takes it again then.
    expect(await bed.history.retain(bed.traffic, bed.clock.now())).toEqual([]);
    expect(await bed.history.retain(bed.traffic, bed.clock.now() + days(7))).toEqual(
      expect.arrayContaining(["traffic_data_d20260713"]),
    );
    await bed.ledgerAddsUp();
    await bed.close();
  });

  test("into a database that knows nothing of it, windows are made from the rows", async () => {
    const bed = await archiveBed();
    const before = { rows: await bed.rows(SECOND), windows: await bed.windows() };
    await bed.archive();
    await bed.sql`truncate traffic_data, traffic_windows, offsets, archived_days, dropped_partitions`;
    await bed.restore();
    expect(await bed.rows(SECOND)).toEqual(before.rows as never);
    expect(await bed.windows()).toEqual(before.windows);
    await bed.ledgerAddsUp();
    expect(await bed.archive()).toEqual([]);
    await bed.close();
  });
});

const MORNING_AFTER = NOON + days(2) - 7 * 3_600_000;

describe("rows that come late", () => {
  test("for an archived day: it is archived again, whole, and the old parts go", async () => {
    const bed = await archiveBed();
    await bed.archive();
    const old = filesOf(bed, THIRD);
    await bed.write(0, [{ key: "road-00", at_ms: -1_000, event_id: "late", speed: 5 }]);
    expect(await bed.archive()).toEqual([
      { stream: "traffic", day: THIRD, rows: ROWS + 1, bytes: manifestOf(bed, THIRD).bytes },
    ]);
    expect(filesOf(bed, THIRD).filter((file) => file !== "_manifest.json" && old.includes(file))).toEqual([]);
    expect(filesOf(bed, THIRD)).toHaveLength(1 + manifestOf(bed, THIRD).parts.length);
    await bed.close();
  });

  test("for a day that is archived and dropped: the day comes back, and is archived with them", async () => {
    const bed = await archiveBed();
    const before = await bed.rows(FIRST);
    await bed.archive();
    bed.clock.at_ms = MORNING_AFTER;
    await bed.history.retain(bed.traffic, bed.clock.now());
    const late = { key: "road-00", at_ms: Date.parse(FIRST) - NOON + 5, event_id: "late", speed: 5 };
    await bed.write(0, [late]);
    // Until it is archived, retention leaves it where it is.
    await bed.history.retain(bed.traffic, bed.clock.now());
    expect(await bed.rows(FIRST)).toHaveLength(1);
    const windows = await bed.windows();
    expect((await bed.archive()).map(({ day, rows }) => [day, rows])).toEqual([[FIRST, ROWS + 1]]);
    expect(await bed.rows(FIRST)).toHaveLength(before.length + 1);
    expect(await bed.windows()).toEqual(windows);
    await bed.ledgerAddsUp();
    await bed.history.retain(bed.traffic, bed.clock.now() + days(2));
    expect(await bed.rows(FIRST)).toEqual([]);
    await bed.ledgerAddsUp();
    await bed.close();
  });
});

describe("retention", () => {
  test("takes no day that is not in the archive, and none that got rows since", async () => {
    const bed = await archiveBed();
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toEqual([]);
    await bed.archive();
    await bed.write(0, [{ key: "road-00", at_ms: Date.parse(FIRST) - NOON + 5, event_id: "late", speed: 5 }]);
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toEqual(["traffic_data_d20260714"]);
    await bed.archive();
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toEqual(["traffic_data_d20260713"]);
    await bed.ledgerAddsUp();
    await bed.close();
  });

  test("without an archive takes what is old, as ever", async () => {
    const bed = await archiveBed({ held: false });
    expect(await bed.history.retain(bed.traffic, MORNING_AFTER)).toHaveLength(2);
    await bed.ledgerAddsUp();
    await bed.close();
  });
});

test("a day that has not ended, or may still get rows in time, is not archived", async () => {
  const bed = await archiveBed();
  bed.clock.at_ms = Date.parse(THIRD) + days(1) + 60_000;
  const done = await bed.archive();
  expect(done.map(({ day }) => day)).toEqual([FIRST, SECOND]);
  expect(existsSync(join(bed.dir, dayFolder("traffic", THIRD)))).toBe(false);
  await bed.close();
});
