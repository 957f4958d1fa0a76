/**
 * The analytics over four weeks of a city in a database of its own: how long the roll-ups take, what each address costs while 10 users
 * ask what nobody has asked and 100 ask the same, beside bare SQL; a million raw rows made into windows anew beside the bare group-by;
 * and memory while a million rows are exported.
 *
 *   bun bench/analytics.ts [seconds] [--days 28] [--roads 1247] [--raw 1000000]
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeFolder } from "../test/instance.ts";
import { demo } from "../src/cities/demo/index.ts";
import { days, formatInstant, hours, startOfDay, systemClock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openSql } from "../src/postgres.ts";
import { createServing } from "../src/serving/serving.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { weather } from "../src/streams/weather.ts";
import { askAll } from "./analytics/users.ts";
import { fillRaw, fillWindows } from "./analytics/fill.ts";
import { serveReads } from "./analytics/server.ts";
import { percentiles } from "./city/percentiles.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    days: { type: "string", default: "28" },
    roads: { type: "string", default: "1247" },
    raw: { type: "string", default: "1000000" },
  },
});
const SECONDS = Number(positionals[0] ?? 10);
const [DAYS, ROADS, RAW] = [Number(values.days), Number(values.roads), Number(values.raw)];
const [USERS, MANY] = [10, 100];
const ADDRESSES = [
  "traffic-summary",
  "statistics",
  "trends",
  "peak-hours",
  "daily-summary",
  "correlation",
] as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const timed = async <T>(work: () => Promise<T>): Promise<[result: T, s: number]> => {
  const began = performance.now();
  const result = await work();
  return [result, (performance.now() - began) / 1_000];
};
const whole = (n: number): string => Math.round(n).toLocaleString("en-US");

const clock = systemClock;
const city = { ...demo() };
city.roads = city.roads.slice(0, ROADS);
const dir = join(import.meta.dir, "..", ".test", `bench-analytics-${process.pid}`);
const server = await startEmbeddedPostgres({ dir, settings: { max_wal_size: "2GB" } });
const streams = [traffic, readings, weather];
const history = openPostgresHistory({ url: server.url, clock });
await history.migrate();
const batch = openPostgresBatch({ url: server.url, zone: city.zone });
const sql = openSql(server.url, { max: 2, application_name: "bench", statement_timeout_ms: 0 });
const log = openMemoryLog({ clock });
const live = openMemoryLive({ clock });
const serving = createServing({ streams, live, history, batch, log, city, clock });
const web = serveReads({ serving, streams, city, clock });
try {
  const now_ms = clock.now();
  const from_ms = startOfDay(now_ms - days(DAYS - 1), city.zone);
  const [windows, fill_s] = await timed(() =>
    fillWindows(sql, {
      from_ms,
      to_ms: now_ms,
      roads: city.roads.map((road) => road.road_id),
    }),
  );
  say(`${whole(windows)} windows of ${ROADS} roads over ${DAYS} days, made in ${fill_s.toFixed(0)} s`);
  for (const stream of streams) {
    const [{ rows }, s] = await timed(() => batch.refresh(stream, { now_ms }));
    if (rows > 0) say(`roll-ups of ${stream.name.padEnd(9)} ${whole(rows)} rows in ${s.toFixed(1)} s`);
  }
  await sql.unsafe("vacuum analyze");

  const bare = `select road_id, sum(n), sum(current_speed_sum), sum(free_flow_speed_sum), sum(congested_n), sum(pace_sum)
    from traffic_days where window_start >= $1::timestamptz group by road_id`;
  const took: number[] = [];
  const until = performance.now() + SECONDS * 1_000;
  const user = async (): Promise<void> => {
    for (let n = 0; performance.now() < until; n++) {
      const began = performance.now();
      await sql.unsafe(bare, [formatInstant(from_ms + hours(n % 24))]);
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: USERS }, user));
  say(`\nbare SQL, roads of days, ${USERS} users   ${percentiles(took)}, ${whole(took.length / SECONDS)}/s`);

  for (const address of ADDRESSES) {
    const path = `/api/analytics/${address}`;
    // Each asks for another range of nearly the whole: none is answered from what was kept.
    const ranges = Array.from({ length: 576 }, (_, i) => {
      const [first_ms, end_ms] = [from_ms + hours(i % 24), now_ms - hours(Math.floor(i / 24))];
      return `${path}?from=${formatInstant(first_ms)}&to=${formatInstant(end_ms)}`;
    });
    const fresh = await askAll({ url: web.url, paths: ranges, users: USERS, seconds: SECONDS });
    const same = await askAll({ url: web.url, paths: [ranges[0]!], users: MANY, seconds: SECONDS });
    say(`${address.padEnd(16)} uncached, ${USERS} users  ${fresh}`);
    say(`${" ".repeat(16)} cached, ${MANY} users   ${same}`);
  }
  const fixed = await askAll({ url: web.url, paths: ["/fixed"], users: MANY, seconds: SECONDS });
  say(`${"the same bytes".padEnd(16)} fixed, ${MANY} users    ${fixed}`);

  await fillRaw(history, sql, { to_ms: now_ms, rows: RAW, roads: city.roads.map((road) => road.road_id) });
  const raw_from_ms = now_ms - hours(24);
  const [made, recompute_s] = await timed(() => history.recomputeWindows(traffic, raw_from_ms, now_ms));
  const [, group_s] = await timed(() =>
    sql.unsafe(
      `select road_id, date_bin('5 min', event_time, '2000-01-01'), count(*), avg(current_speed), min(current_speed), max(current_speed),
         count(*) filter (where is_congested) from traffic_data where event_time >= $1::timestamptz group by 1, 2`,
      [formatInstant(raw_from_ms)],
    ),
  );
  say(
    `\n${whole(RAW)} raw rows into ${whole(made.length)} windows: ${recompute_s.toFixed(2)} s; the bare group-by ${group_s.toFixed(2)} s`,
  );

  Bun.gc(true);
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  const range = `from=${formatInstant(raw_from_ms)}&to=${formatInstant(now_ms)}`;
  const [lines, export_s] = await timed(() => web.countLines(`/api/data/traffic?format=ndjson&${range}`));
  clearInterval(watch);
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  say(
    `export of ${whole(lines)} rows in ${export_s.toFixed(1)} s: memory ${mb(before)} before, ${mb(most)} at most (server and this bench together)`,
  );
} finally {
  await web.stop();
  await Promise.all([sql.end(), batch.close(), history.close(), log.close(), live.close()]);
  await server.stop();
  removeFolder(dir);
}
process.exit(0);
