/**
 * A million raw rows out of a whole instance, as CSV and NDJSON, plain and packed, while its memory is sampled and /healthz
 * is asked; beside `COPY … TO STDOUT` of the same rows in the same order, in the same run.
 *
 *   bun bench/export.ts [--rows 1000000]
 */
import { parseArgs } from "node:util";
import { formatInstant, hours, systemClock } from "../src/core/time.ts";
import { openSql } from "../src/postgres.ts";
import { freshFolder, removeFolder, startInstance } from "../test/instance.ts";
import { startMeter } from "./city/process-meter.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" } } });
const ROWS = Number(values.rows);
const SPAN_MS = hours(24);
const COLUMNS =
  "event_id, event_time, road_id, road_name, current_speed, free_flow_speed, congestion_level, source";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const dir = freshFolder("bench-export");
const instance = await startInstance({ dir, env: { FEEDS: "none", SEED_HOURS: "0" } });
const sql = openSql(instance.databaseUrl()!, {
  max: 1,
  application_name: "bench",
  statement_timeout_ms: 600_000,
});
const to_ms = systemClock.now();
const from_ms = to_ms - SPAN_MS;
await sql.unsafe(
  `insert into traffic_data (event_time, received_at, log_offset, current_speed, free_flow_speed, speed_ratio, jam_factor,
    log_partition, is_congested, is_rush_hour, backfill, road_id, event_id, congestion_level, source, road_name)
   select t, t, i, 20 + i % 60, 80, 0.5, 5, 0, false, false, false, 'r' || i % 1247, gen_random_uuid()::text, 'moderate',
     'simulator', 'Road ' || i % 1247
   from (select i, to_timestamp(($1::float8 + i * $2::float8) / 1000) as t from generate_series(0, $3::int - 1) i) x`,
  [from_ms, SPAN_MS / ROWS, ROWS],
);
await sql.unsafe("vacuum analyze traffic_data");

const range = `from=${formatInstant(from_ms)}&to=${formatInstant(to_ms)}`;
const rate = (bytes: number, took_ms: number): string =>
  `${Math.round(ROWS / (took_ms / 1_000)).toLocaleString("en-US")} rows/s, ${(bytes / 1e6 / (took_ms / 1_000)).toFixed(1)} MB/s, ${(bytes / 1e6).toFixed(0)} MB`;

async function copied(): Promise<void> {
  const began = performance.now();
  let bytes = 0;
  const text = `copy (select ${COLUMNS} from traffic_data where event_time >= '${formatInstant(from_ms)}'
    order by event_time, road_id, event_id) to stdout with (format csv)`;
  for await (const chunk of await sql.unsafe(text).readable()) bytes += (chunk as Buffer).length;
  say(`COPY TO STDOUT     ${rate(bytes, performance.now() - began)}`);
}

async function exportedAs(format: "csv" | "ndjson", encoding: "identity" | "gzip"): Promise<void> {
  const meter = startMeter(instance.pid, instance.url);
  const began = performance.now();
  const answer = await fetch(`${instance.url}/api/data/traffic?format=${format}&${range}`, {
    headers: { "accept-encoding": encoding },
    decompress: false,
  } as RequestInit);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  let bytes = 0;
  let lines = 0;
  for await (const chunk of answer.body!) {
    bytes += chunk.length;
    if (encoding === "identity") for (const byte of chunk) if (byte === 10) lines++;
  }
  const took_ms = performance.now() - began;
  const { start, most, health } = await meter.stop();
  if (encoding === "identity" && lines !== ROWS + (format === "csv" ? 1 : 0))
    throw new Error(`The export has ${lines} lines, not ${ROWS} rows`);
  say(
    `${`${format} ${encoding}`.padEnd(18)} ${rate(bytes, took_ms)}; memory ${start} MB before, ${most} MB at most; /healthz meanwhile ${health}`,
  );
}

await copied();
for (const format of ["csv", "ndjson"] as const)
  for (const encoding of ["identity", "gzip"] as const) await exportedAs(format, encoding);
await copied();
await sql.end();
await instance.stop();
removeFolder(dir);
