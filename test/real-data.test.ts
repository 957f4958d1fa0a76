/**
 * Recordings of real shops, air and vehicles through the door, the log and the batch layer into PostgreSQL: what is
 * stored is counted and added up again straight from the recordings, by other means.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import postgres from "postgres";
import { batchConsumer, type BatchConsumer } from "../src/batch/consumer.ts";
import type { CityRules } from "../src/core/city.ts";
import { lineLength_km, type Position } from "../src/core/geo.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, hours, systemClock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import type { Log } from "../src/log/log.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { DEAD_LETTERS_TOPIC, type RefusingDoor } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { openRecording } from "../src/sources/replay/recording.ts";
import { replay, shiftToNow, type ReplayResult } from "../src/sources/replay/replay.ts";
import { trackLine } from "../src/serving/track-line.ts";
import { aqicn } from "../src/sources/feeds/aqicn.ts";
import { contextOf, recorded, valuesOf } from "../src/sources/feeds/feed-bed.fixture.ts";
import { tomtom } from "../src/sources/feeds/tomtom.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { transactions } from "../src/streams/transactions.ts";
import { vehicles } from "../src/streams/vehicles.ts";
import { freshDatabase, type TestDatabase } from "./postgres.ts";

const DATA = join(import.meta.dir, "..", "..", "shared", "data");
const MAPPINGS = join(import.meta.dir, "..", "docs", "mappings");
const here = existsSync(DATA);
if (!here) process.stdout.write(`No recordings at ../shared/data: real data is not replayed\n`);

const city: CityRules = {
  city_id: "test",
  zone: "Europe/London",
  rush_hours: [],
  peak_hours: [],
  holidays: [],
  salt: "salt",
};
const streams = [transactions, readings, vehicles, traffic];

/**
 * Row of the Beijing recording, its PM2.5, PM10, SO2, NO2, CO and O3 in µg/m³, and what the EPA's table makes of it.
 * Index = low + (high − low) / (to − from) · (C − from), and the greatest of the pollutants' counts.
 */
const BY_HAND = [
  // PM2.5: the end of the first part, 0 to 9.0. Ozone: 89 · 24.45 / 48 = 45.3 ppb, 50 / 54 · 45 = 42.
  [1, ["9", "9", "3", "17", "300", "89"], [50, "Good", "pm2_5"]],
  // PM2.5: 50 / 9 · 4 = 22. Ozone: 44.8 ppb, cut to 44, 50 / 54 · 44 = 40.7.
  [2, ["4", "4", "3", "16", "300", "88"], [41, "Good", "ozone"]],
  // PM2.5: 51 + 49 / (35.4 − 9.1) · (14 − 9.1) = 60.1.
  [5_001, ["14", "49", "9", "59", "900", "8"], [60, "Moderate", "pm2_5"]],
  // Ozone: 66.7 ppb, cut to 66, 51 + 49 / (70 − 55) · (66 − 55) = 86.9.
  [1_001, ["8", "22", "3", "8", "300", "130.8762"], [87, "Moderate", "ozone"]],
  // PM2.5: 101 + 49 / (55.4 − 35.5) · (36 − 35.5) = 102.2.
  [12_001, ["36", "36", "5", "106", "900", "25"], [102, "Unhealthy for Sensitive Groups", "pm2_5"]],
  // PM2.5: 151 + 49 / (125.4 − 55.5) · (110 − 55.5) = 189.2.
  [201, ["110", "140", "60", "116", "2399", "99"], [189, "Unhealthy", "pm2_5"]],
  // Ozone: 125.3 ppb, cut to 125, 201 + 99 / (200 − 106) · (125 − 106) = 221.0; PM2.5: 152.8.
  [1_603, ["58", "59", "28", "28", "800", "246"], [221, "Very Unhealthy", "ozone"]],
  // PM2.5 beyond the table, with the slope of its last part: 301 + 199 / (325.4 − 225.5) · (520 − 225.5) = 887.6.
  [168, ["520", "585", "110", "249", "5400", "107"], [888, "Hazardous", "pm2_5"]],
] as const;

let database: TestDatabase;
let sql: postgres.Sql;
let history: HistoryStore;
let log: Log;
let door: RefusingDoor;
let batch: BatchConsumer;
const stop = new AbortController();
let running: Promise<void>;

beforeAll(async () => {
  if (!here) return;
  database = await freshDatabase();
  sql = postgres(database.url, { max: 2, onnotice: () => {} });
  history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  log = openMemoryLog({ clock: systemClock });
  await log.createTopics([
    ...streams.map(({ topic, partitions }) => ({ topic, partitions, retention_ms: days(1) })),
    { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: days(1) },
  ]);
  door = createDoor({ log, city, clock: systemClock });
  batch = batchConsumer({ log, history, streams, city, clock: systemClock });
  running = batch.run(stop.signal);
});

afterAll(async () => {
  if (!here) return;
  stop.abort();
  await running;
  await log.close();
  await history.close();
  await sql.end();
  await database.drop();
});

/** Events that history has not stored yet, and what the door refused and history has not buried yet. */
async function behind(stream: Stream): Promise<number> {
  const applied = (await history.applied([stream]))[stream.name] ?? [];
  const rejects = await history.rejectsApplied();
  let n = 0;
  for (const { topic, partition, end_offset } of await log.ends([stream.topic, DEAD_LETTERS_TOPIC]))
    n += end_offset - ((topic === stream.topic ? applied[partition] : rejects.get(partition)) ?? 0);
  return n;
}

interface Replayed extends ReplayResult {
  source: string;
  stored: number;
  duplicate: number;
}

const wholeLedger = async (stream: Stream) =>
  (await history.ledger(stream)).reduce(
    (sum, row) => ({
      consumed: sum.consumed + row.consumed,
      stored: sum.stored + row.stored,
      duplicate: sum.duplicate + row.duplicate,
      dead: sum.dead + row.dead,
    }),
    { consumed: 0, stored: 0, duplicate: 0, dead: 0 },
  );

/** Replays a whole recording and waits until all of it is stored. */
async function through(file: string, mapping: string, stream: Stream): Promise<Replayed> {
  const recording = await openRecording(join(DATA, file), join(MAPPINGS, mapping), stream);
  const span = await recording.scan();
  const now_ms = Date.now();
  const before = await wholeLedger(stream);
  const shift_ms = shiftToNow(span.end_ms, now_ms);
  await history.ensurePartitions(stream, span.start_ms + shift_ms, span.end_ms + shift_ms);
  let batches = 0;
  const result = await replay({
    recording,
    span,
    door,
    speed: "max",
    time: { kind: "shift", now_ms },
    source: file,
    async beforeBatch() {
      if (batches++ % 25 !== 0) return;
      while ((await behind(stream)) > 100_000) await Bun.sleep(20);
    },
  });
  while ((await behind(stream)) > 0) await Bun.sleep(20);
  const after = await wholeLedger(stream);
  expect(after.consumed).toBe(after.stored + after.duplicate + after.dead);
  // What the door let in, the readers of the log find to be events as well.
  expect(after.dead).toBe(0);
  expect(after.consumed - before.consumed).toBe(result.accepted);
  const rejected = (await history.rejected()).find((one) => one.source === file)?.count ?? 0;
  expect(rejected).toBe(result.rejected + result.refused);
  return {
    ...result,
    source: file,
    stored: after.stored - before.stored,
    duplicate: after.duplicate - before.duplicate,
  };
}

const rowsOf = (stream: Stream, from_ms: number, to_ms: number, key?: string) =>
  history.raw(stream, { from_ms, to_ms, limit: 5_000, ...(key !== undefined && { key }) });

/** Fields of a CSV line that has no line's end within quotes. */
const cellsOf = (line: string): string[] =>
  line.includes('"')
    ? [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell!).slice(0, -1)
    : line.split(",");

const linesOf = (file: string): string[] =>
  gunzipSync(readFileSync(join(DATA, file)))
    .toString()
    .trim()
    .split(/\r?\n/);

describe.skipIf(!here)("real data, from the recording to the tables", () => {
  test("541,909 lines of a shop's invoices: each is stored once, a duplicate or a dead letter, and the money adds up to the cent", async () => {
    const file = "retail/online_retail.csv.gz";
    const began = performance.now();
    const { events, accepted, rejected, refused, stored, duplicate, shift_ms } = await through(
      file,
      "uci-retail.json",
      transactions,
    );
    process.stdout.write(
      `541,909 lines: ${stored} stored, ${duplicate} duplicates, ${rejected} dead letters in ${((performance.now() - began) / 1_000).toFixed(1)} s\n`,
    );
    expect([events, refused, accepted]).toEqual([541_909, 0, 541_909 - rejected]);
    expect(stored + duplicate + rejected).toBe(541_909);

    // The same from the text itself: money in thousandths as whole numbers, lines that are equal counted once.
    const { prefix, otherwise } = (
      JSON.parse(readFileSync(join(MAPPINGS, "uci-retail.json"), "utf8")) as {
        fields: { product_category: { prefix: Record<string, string>; otherwise: string } };
      }
    ).fields.product_category;
    const longest = Object.keys(prefix).sort((a, b) => b.length - a.length);
    const seen = new Set<string>();
    const wanted = new Map<string, { cents: number; n: number; cancelled: number }>();
    let zero = 0;
    let repeated = 0;
    for (const line of linesOf(file).slice(1)) {
      const [, stock, , quantity, , price] = cellsOf(line);
      const [pounds, fraction = ""] = price!.replace("-", "").split(".");
      const thousandths =
        Number(quantity) * Number(`${pounds}${fraction.padEnd(3, "0")}`) * (price!.startsWith("-") ? -1 : 1);
      const cents = Math.sign(thousandths) * Math.floor((Math.abs(thousandths) + 5) / 10);
      if (cents === 0) zero++;
      else if (seen.has(line)) repeated++;
      else {
        seen.add(line);
        const start = longest.find((one) => stock!.startsWith(one));
        const category = start === undefined ? otherwise : prefix[start]!;
        const sum = wanted.get(category) ?? { cents: 0, n: 0, cancelled: 0 };
        sum.cents += cents;
        sum.n++;
        if (cents < 0) sum.cancelled++;
        wanted.set(category, sum);
      }
    }
    expect([rejected, duplicate]).toEqual([zero, repeated]);
    // About 1 %, as the recording's page says.
    expect(duplicate / 541_909).toBeWithin(0.009, 0.0105);

    const totals = await sql<{ category: string; cents: string; n: number; cancelled: number }[]>`
      select category, (sum(total_sales) * 100)::bigint::text as cents, sum(transaction_count)::int as n,
        (select sum(cancellation_n)::int from transaction_windows where product_category = category) as cancelled
      from category_sales group by category`;
    const found = totals.map(
      ({ category, cents, n, cancelled }) => [category, { cents: Number(cents), n, cancelled }] as const,
    );
    expect(new Map(found)).toEqual(wanted);
    expect(wanted.size).toBe(6);

    // Minute by minute: one aggregate over the raw rows, in decimal arithmetic, has the same rows as the windows.
    const [law] = await sql<{ windows: number; raw: number; other: number }[]>`
      with raw as (
        select date_trunc('minute', event_time) as window_start, product_category as category,
          sum(round(amount::numeric, 2)) as total_sales, count(*) as transaction_count
        from transactions group by 1, 2)
      select count(s.category)::int as windows, count(raw.category)::int as raw,
        (count(*) filter (where s.total_sales is distinct from raw.total_sales
          or s.transaction_count is distinct from raw.transaction_count))::int as other
      from category_sales s full join raw using (window_start, category)`;
    expect(law).toEqual({ windows: law!.raw, raw: law!.raw, other: 0 });
    expect(law!.raw).toBeGreaterThan(20_000);

    // A quarter has no customer; the others are pseudonyms, and each customer has one.
    const [people] = await sql<{ nobody: number; named: number; people: number }[]>`
      select (count(*) filter (where user_id is null))::int as nobody,
        (count(*) filter (where user_id !~ '^anon-[0-9a-f]{32}$'))::int as named,
        count(distinct user_id)::int as people from transactions`;
    expect([people!.named, people!.people]).toEqual([0, 4_371]);
    expect(people!.nobody / stored).toBeWithin(0.24, 0.26);

    // Its first line was sold at 08:26 in London, in winter, and still is.
    const [first] = await sql<{ at: Date; amount: number }[]>`
      select event_time as at, amount from transactions order by event_time limit 1`;
    expect([first!.at.getTime() - shift_ms, shift_ms % days(7)]).toEqual([Date.UTC(2010, 11, 1, 8, 26), 0]);
    // A year takes months, and days only at its ends.
    const [parts] = await sql<{ months: number; days: number }[]>`
      select (count(*) filter (where c.relname ~ '_m'))::int as months, (count(*) filter (where c.relname ~ '_d2'))::int as days
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'transactions'::regclass`;
    expect([parts!.months >= 11, parts!.days <= 62]).toEqual([true, true]);
    const [left] = await sql<{ n: number }[]>`select count(*)::int as n from transactions_default`;
    expect(left!.n).toBe(0);

    const [dead] = await history.deadLetters({ stream: "transactions", limit: 1 });
    expect(dead).toMatchObject({ pointer: "/amount", value: "0", rule: "must not be 0", reason: "range" });
  }, 300_000);

  test("four years of Beijing's air: every hour is stored, its index is the EPA's, what was not measured is not there", async () => {
    const file = "air-quality/PRSA_Data_Dongsi_20130301-20170228.csv.gz";
    const { stored, duplicate, rejected, refused, shift_ms } = await through(
      file,
      "uci-beijing-air.json",
      readings,
    );
    const lines = linesOf(file)
      .slice(1)
      .map((line) => cellsOf(line.replaceAll('"', "")));
    expect([stored + duplicate + rejected + refused, lines.length]).toEqual([35_064, 35_064]);
    expect([stored, duplicate, rejected, refused]).toEqual([35_064, 0, 0, 0]);

    const start = Date.UTC(2013, 1, 28, 16) + shift_ms;
    // All at once: pages over a hundred partitions take their time.
    const rows = await sql<Record<string, string | number | Date | null>[]>`
      select * from raw_data where location = 'Dongsi' order by event_time`;
    expect(rows.length).toBe(35_064);
    const columns = ["pm2_5", "pm10", "sulphur_dioxide", "nitrogen_dioxide", "carbon_monoxide", "ozone"];
    let absent = 0;
    rows.forEach((row, i) => {
      // The recording has every hour, and Beijing no summer time: row n is n hours after the first.
      if ((row["event_time"] as Date).getTime() !== start + hours(i))
        throw new Error(`Row ${i + 1} has the time ${String(row["event_time"])}`);
      columns.forEach((name, c) => {
        const cell = lines[i]![5 + c]!;
        if (cell === "NA") absent++;
        const value = row[name];
        if (cell === "NA" ? value !== null : Math.abs((value as number) - Number(cell)) > 0.051)
          throw new Error(`Row ${i + 1} has ${String(value)} for ${name}, the recording ${cell}`);
      });
    });
    expect(absent).toBe(lines.flatMap((line) => line.slice(5, 11)).filter((cell) => cell === "NA").length);
    expect(absent).toBeGreaterThan(0);

    // By hand, with the table of 40 CFR 58 appendix G, PM2.5 of 2024. Hours counted from the recording's first.
    const at = (no: number) => {
      const { aqi_value, aqi_category, dominant_pollutant } = rows[no - 1]!;
      return [aqi_value, aqi_category, dominant_pollutant];
    };
    for (const [no, cells, wanted] of BY_HAND) {
      expect(lines[no - 1]!.slice(5, 11)).toEqual([...cells]);
      expect(at(no)).toEqual([...wanted]);
    }
    // Nothing measured has no index, and no category either.
    const nothing = lines.findIndex((line) => line.slice(5, 11).every((cell) => cell === "NA"));
    expect(at(nothing + 1)).toEqual([null, null, null]);
  }, 180_000);

  test("a drive through Munich: 1,194 positions, and the track is as long as the raw points'", async () => {
    const file = "gps/munich_x0001-001.json";
    const { stored, rejected, refused, shift_ms } = await through(file, "munich-gps.json", vehicles);
    expect([stored, rejected, refused]).toEqual([1_194, 0, 0]);
    const raw = JSON.parse(readFileSync(join(DATA, file), "utf8")) as { point: string; time: string }[];
    const points = raw.map(({ point }) => point.match(/[\d.]+/g)!.map(Number) as unknown as Position);
    const start = Date.UTC(2014, 8, 10, 4, 54, 7) + shift_ms;
    const rows = await rowsOf(vehicles, start, start + hours(1), "\\x0001");
    const track = rows.map(({ row }): Position => [row["longitude"] as number, row["latitude"] as number]);
    expect(track.length).toBe(1_194);
    expect(rows[0]!.event_time_ms).toBe(start);
    const wanted = lineLength_km(points);
    expect(wanted).toBeWithin(10, 20);
    const placed = rows.map(({ event_time_ms: time_ms }, i) => ({ time_ms, at: track[i]!, speed: null }));
    const { distance_km, jump_km } = trackLine(placed, null);
    expect(Math.abs(distance_km + jump_km - wanted) / wanted).toBeLessThan(0.01);
  }, 180_000);

  test("48 vehicles of Boston in protobuf, and its enhanced JSON", async () => {
    const message = await through("gtfs-rt/vehiclepositions.pb", "gtfs-rt.json", vehicles);
    expect([message.stored, message.rejected, message.refused]).toEqual([48, 0, 0]);
    const at = Date.UTC(2017, 11, 18) + message.shift_ms;
    const rows = await rowsOf(vehicles, at, at + days(1));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(48);
    for (const { row } of rows) {
      expect(row["latitude"]).toBeWithin(41.5, 43);
      expect(row["longitude"]).toBeWithin(-72, -70);
    }

    const enhanced = "gtfs-rt/VehiclePositions_enhanced.json";
    const { entity } = JSON.parse(readFileSync(join(DATA, enhanced), "utf8")) as {
      entity: { vehicle?: { position?: object; timestamp?: number; vehicle?: { id?: string } } }[];
    };
    const placed = entity.filter(({ vehicle }) => vehicle?.position !== undefined);
    const json = await through(enhanced, "gtfs-rt.json", vehicles);
    expect([json.stored + json.duplicate + json.rejected, entity.length]).toEqual([placed.length, 550]);
    expect(json.stored).toBeGreaterThan(500);
  }, 180_000);

  test("what TomTom said of a street in Toronto, and a station in Utrecht of its air", async () => {
    const street = recorded("feeds/tomtom_flowSegmentData_toronto_2019.json");
    const [flow] = valuesOf(tomtom, street.read(), contextOf(tomtom, { TOMTOM_API_KEY: "k" }));
    const station = recorded("feeds/waqi_utrecht_2023-08-07.json");
    const answer = { status: "ok", data: JSON.parse(station.read().toString()) as unknown };
    const points = { AQICN_TOKEN: "t", FEED_POINTS: "Utrecht@52.0907,5.1214" };
    const [air] = valuesOf(aqicn, answer, contextOf(aqicn, points));
    // TomTom says no time: it is the call's.
    const called = new Date().toISOString();
    const results = [
      await door.accept(traffic, [{ ...flow, timestamp: called }], { source: "tomtom" }),
      await door.accept(readings, [air], { source: "aqicn" }),
    ];
    expect(results).toMatchObject([{ accepted: 1 }, { accepted: 1 }]);
    while ((await behind(traffic)) + (await behind(readings)) > 0) await Bun.sleep(20);
    const [slow] = await rowsOf(traffic, Date.parse(called), Date.parse(called) + 1);
    expect(slow).toMatchObject({
      source: "tomtom",
      row: { current_speed: 10, free_flow_speed: 17, congestion_level: "moderate" },
    });
    const at = Date.parse("2023-08-07T15:00:00Z");
    const [clean] = await rowsOf(readings, at, at + 1, "Utrecht");
    expect(clean).toMatchObject({ source: "aqicn", row: { aqi_value: 29, aqi_category: "Good" } });
  });
});
