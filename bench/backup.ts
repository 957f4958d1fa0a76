/**
 * How fast a backup is written, read back and restored, and how large it is, beside a bare COPY of the same rows out of and
 * into the same tables in the same run.
 *
 *   bun bench/backup.ts [events]
 */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { backupName, rowsOf, takeBackup } from "../src/backup/take.ts";
import { restoreBackup } from "../src/backup/restore.ts";
import { Session } from "../src/backup/session.ts";
import { days, systemClock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openSql } from "../src/postgres.ts";
import { traffic } from "../src/streams/traffic.ts";

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const ROADS = 1_247;
const dir = join(import.meta.dir, "..", ".test", `bench-backup-${process.pid}`);
const signal = new AbortController().signal;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const server = await startEmbeddedPostgres({ dir, settings: { wal_level: "minimal", max_wal_size: "1GB" } });
const databaseOf = async (name: string): Promise<string> => {
  const admin = openSql(server.url, { max: 1, application_name: "bench" });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  return server.url.replace(/\/postgres$/, `/${name}`);
};

async function timed<T>(what: string, count: number, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  const s = (performance.now() - began) / 1_000;
  say(
    `${what.padEnd(34)} ${s.toFixed(2).padStart(7)} s ${Math.round(count / s)
      .toLocaleString("en-US")
      .padStart(12)} rows/s`,
  );
  return result;
}

const migrated = async (name: string, from_ms: number): Promise<string> => {
  const url = await databaseOf(name);
  const history = openPostgresHistory({ url, clock: systemClock });
  await history.migrate();
  await history.ensurePartitions(traffic, from_ms, from_ms + days(3));
  await history.close();
  return url;
};

let peak = 0;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
let longest_ms = 0;
let last = performance.now();
const beat = setInterval(() => {
  longest_ms = Math.max(longest_ms, performance.now() - last - 5);
  last = performance.now();
}, 5);
try {
  const from_ms = Math.floor(systemClock.now() / days(1)) * days(1) - days(2);
  const full = await migrated("source", from_ms);
  const sql = openSql(full, { max: 1, application_name: "bench", statement_timeout_ms: 0 });
  await sql.unsafe(`insert into traffic_data (event_time, received_at, log_offset, latitude, longitude, current_speed, free_flow_speed,
      jam_factor, speed_ratio, log_partition, road_closed, is_congested, is_rush_hour, backfill, road_id, event_id,
      congestion_level, source, road_name)
    select t, t + interval '1 s', i, 52 + (i % ${ROADS}) * 0.0001, 5 + (i % ${ROADS}) * 0.0001, round((50 + random() * 20)::numeric, 2), 60,
      2, 0.9, 0, false, false, false, false, 'road-' || (i % ${ROADS}), gen_random_uuid()::text, 'free', 'simulator', 'Ring road ' || (i % ${ROADS})
    from (select i, '${new Date(from_ms).toISOString()}'::timestamptz + (i / ${ROADS}) * interval '10 s' as t
      from generate_series(1, ${EVENTS}) i) made`);
  await sql.end();

  const blocks: Buffer[] = [];
  const session = await Session.open(full, "bench");
  const columns = (
    await session.rows<{ name: string }>(
      "select attname as name from pg_attribute where attrelid = 'traffic_data'::regclass and attnum > 0 order by attnum",
    )
  ).map(({ name }) => name);
  await timed("bare COPY out", EVENTS, async () => {
    for await (const block of session.copyOut(rowsOf({ name: "traffic_data", columns }))) blocks.push(block);
  });
  await session.close();
  const plain = blocks.reduce((n, block) => n + block.length, 0);
  const bare = await Session.open(await migrated("bare", from_ms), "bench");
  await timed("bare COPY into the same tables", EVENTS, async () => {
    await bare.copyIn(
      "traffic_data",
      (async function* () {
        yield* blocks;
      })(),
    );
    await bare.rows("select 1");
  });
  await bare.close();
  blocks.length = 0;
  Bun.gc(true);
  peak = longest_ms = 0;

  const path = join(dir, backupName(systemClock.now()));
  const common = { clock: systemClock, signal };
  const began = process.memoryUsage.rss();
  const taken = await timed("backup, read back", EVENTS, () =>
    takeBackup({ ...common, url: full, path, release: "bench", city: "bench", topics: [] }),
  );
  say(
    `  peak memory over the start ${Math.round((peak - began) / 1e6)} MB, longest pause of the loop ${Math.round(longest_ms)} ms`,
  );
  peak = longest_ms = 0;
  const empty = await databaseOf("empty");
  let step = "";
  let step_began = performance.now();
  const steps: string[] = [];
  const told = (next: string): void => {
    if (next === step) return;
    if (step !== "") steps.push(`${step} ${((performance.now() - step_began) / 1_000).toFixed(1)} s`);
    [step, step_began] = [next, performance.now()];
  };
  await timed("restore, compared", EVENTS, () =>
    restoreBackup({
      ...common,
      url: empty,
      path,
      replace: false,
      onProgress: (progress) => told(progress.step),
    }),
  );
  told("");
  say(`  ${steps.join(", ")}; longest pause of the loop ${Math.round(longest_ms)} ms`);
  const { size } = statSync(path);
  const file = ((size / taken.rows) * 1e6) / 1e6;
  say(
    `file ${(size / 1e6).toFixed(1)} MB: ${file.toFixed(1)} MB per million events; binary COPY ${(plain / EVENTS).toFixed(1)} MB`,
  );
} finally {
  clearInterval(watch);
  clearInterval(beat);
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
