/**
 * How long a day's windows and batch views take to be made anew from raw rows while live events come in, beside the bare SQL that folds the
 * same rows, and how late live events are stored before and meanwhile. 10.8 million rows are 1,247 roads every 10 s for a day.
 *
 *   bun bench/rebuild.ts [--hours 24] [--rate 2000]
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { decoderOf } from "../src/core/decode.ts";
import { days, hours, seconds, systemClock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { foldSql } from "../src/history/sql-text.ts";
import { openSql } from "../src/postgres.ts";
import { traffic } from "../src/streams/traffic.ts";

const { values } = parseArgs({ options: { hours: { type: "string" }, rate: { type: "string" } } });
const HOURS = Number(values.hours ?? 24);
const RATE = Number(values.rate ?? 2_000);
const ROADS = 1_247;
const TURN_MS = 100;
const CALM_MS = seconds(10);
const ZONE = "UTC";
const city = { city_id: "bench", zone: ZONE, rush_hours: [], peak_hours: [], holidays: [] };
const now_ms = systemClock.now();
const day_ms = Math.floor(now_ms / days(1)) * days(1) - days(1);
/** Of the live events. */
let offset = 0;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const dir = join(import.meta.dir, "..", ".test", `bench-rebuild-${process.pid}`);
const server = await startEmbeddedPostgres({ dir });
const history = openPostgresHistory({ url: server.url, clock: systemClock });
await history.migrate();
const batch = openPostgresBatch({ url: server.url, zone: ZONE });
const sql = openSql(server.url, { max: 1, application_name: "bench", statement_timeout_ms: 0 });
try {
  await history.ensurePartitions(traffic, day_ms, now_ms + days(1));
  await run();
} finally {
  await Promise.all([batch.close(), history.close(), sql.end()]);
  await server.stop(5_000);
  rmSync(dir, { recursive: true, force: true });
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const done = await work();
  say(`${what.padEnd(58)} ${((performance.now() - from) / 1_000).toFixed(2).padStart(8)} s`);
  return done;
}

async function fill(): Promise<number> {
  const { count } = await sql.unsafe(
    `insert into traffic_data (event_time, received_at, log_offset, current_speed, free_flow_speed, jam_factor, speed_ratio, log_partition,
       is_congested, is_rush_hour, backfill, road_id, event_id, congestion_level, source)
     select t, t, 0, 20 + 40 * random(), 60, 3, 0.7, 0, false, false, false, 'road-' || lpad(r::text, 4, '0'),
       r::text || '-' || extract(epoch from t)::bigint::text, 'moderate', 'bench'
     from generate_series($1::timestamptz, $2::timestamptz - interval '10 seconds', interval '10 seconds') as t,
       generate_series(1, ${ROADS}) as r`,
    [new Date(day_ms).toISOString(), new Date(day_ms + hours(HOURS)).toISOString()],
  );
  await sql.unsafe("analyze traffic_data");
  return count;
}

/** Live events at the wanted rate until it is told to stop. @returns How long each batch took to be stored, ms. */
async function live(signal: AbortSignal): Promise<number[]> {
  const decode = decoderOf(traffic);
  const took: number[] = [];
  const events_n = Math.max(1, Math.round((RATE * TURN_MS) / 1_000));
  while (!signal.aborted) {
    const due = performance.now() + TURN_MS;
    const at_ms = systemClock.now();
    const events = Array.from({ length: events_n }, (_, i) => {
      const value = {
        event_id: String(offset + i),
        timestamp: new Date(at_ms).toISOString(),
        road_id: `road-${String(((offset + i) % ROADS) + 1).padStart(4, "0")}`,
        current_speed: 50,
        free_flow_speed: 60,
      };
      const raw = {
        value: null,
        source: "bench",
        received_at_ms: at_ms,
        partition: 0,
        offset: offset + i,
        backfill: false,
        dead_letter_id: null,
      };
      const checked = decode.check(value, raw, { city, now_ms: at_ms });
      if (!checked.ok) throw new Error(JSON.stringify(checked.reject));
      return checked.event;
    });
    const part = {
      partition: 0,
      expected_offset: offset,
      next_offset: offset + events_n,
      events,
      dead: [],
      last_record_hash: String(offset + events_n),
    };
    const from = performance.now();
    await history.append(traffic, [part]);
    took.push(performance.now() - from);
    offset += events_n;
    await Bun.sleep(Math.max(0, due - performance.now()));
  }
  return took;
}

function told(what: string, took: readonly number[]): number {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
  say(
    `${what.padEnd(58)} p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, most ${at(1).toFixed(1)} ms, ${took.length} batches`,
  );
  return at(0.99);
}

async function run(): Promise<void> {
  const rows = await timed(`raw rows of ${HOURS} h made`, fill);
  say(`raw rows ${rows.toLocaleString("en-US")}`);
  const range = `traffic_data where event_time >= '${new Date(day_ms).toISOString()}' and event_time < '${new Date(day_ms + hours(HOURS)).toISOString()}'`;
  await timed("reference: one bare statement that folds them", () =>
    sql.unsafe(`create table bare as ${foldSql(traffic, traffic.windows!, range)}`),
  );
  await timed("reference: the same into a table with its keys", async () => {
    await sql.unsafe("create table keyed (like traffic_windows including all)");
    await sql.unsafe(
      `insert into keyed (road_id, window_start, ${columns()}) ${foldSql(traffic, traffic.windows!, range)}`,
    );
  });

  const calm = new AbortController();
  const calm_took = live(calm.signal);
  await Bun.sleep(CALM_MS);
  calm.abort();
  const before_ms = told(
    `live events stored, ${RATE.toLocaleString("en-US")}/s, nothing else`,
    await calm_took,
  );

  const busy = new AbortController();
  const busy_took = live(busy.signal);
  const repair = await timed("windows of the day made anew, all of them missing", () =>
    batch.rebuildWindows(traffic, day_ms, day_ms + hours(HOURS), { now_ms: systemClock.now() }),
  );
  const refreshed = await timed("batch views made from them", () =>
    batch.refresh(traffic, { now_ms: systemClock.now() }),
  );
  busy.abort();
  const meanwhile_ms = told("live events stored meanwhile", await busy_took);
  say(
    `windows made ${repair.added.toLocaleString("en-US")}, rows of views ${refreshed.rows.toLocaleString("en-US")}`,
  );
  say(
    `stored by history, the p99 is ${(meanwhile_ms / Math.max(1, before_ms)).toFixed(2)} times what it was; the live view is not behind history`,
  );
  const again = await timed("compared once more, nothing changed", () =>
    batch.compareWindows(traffic, day_ms, day_ms + hours(HOURS), { now_ms: systemClock.now() }),
  );
  say(`differences ${again.added + again.changed + again.removed}`);
}

function columns(): string {
  return traffic.windows!.aggregates.flatMap((one) => one.columns.map(({ column }) => column)).join(", ");
}
