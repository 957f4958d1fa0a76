/**
 * The embedded pipeline: log append → history exactly once with windows, and → live view; one process, one database.
 * Then the same with the door before it: parsed values are checked, stamped and serialised first.
 * Beside both in the same run: the same rows by a bare COPY into a plain table.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { batchConsumer } from "../../src/batch/consumer.ts";
import { cityOf } from "../../src/cities/index.ts";
import { formatInstant, minutes, systemClock as clock } from "../../src/core/time.ts";
import { startEmbeddedPostgres } from "../../src/embedded-postgres.ts";
import { openPostgresHistory } from "../../src/history/postgres-history.ts";
import { openMemoryLive } from "../../src/live/memory-live.ts";
import { openPostgresLog } from "../../src/log/postgres-log.ts";
import { openSql } from "../../src/postgres.ts";
import { createDoor } from "../../src/sources/gather-door.ts";
import { DEAD_LETTERS_TOPIC } from "../../src/sources/door.ts";
import { speedConsumer } from "../../src/speed/speed-consumer.ts";
import { traffic } from "../../src/streams/traffic.ts";

const AT_ONCE = 5_000;
const dir = join(import.meta.dir, "..", "..", ".test", `bench-pipeline-${process.pid}`);

const city = cityOf("demo");
const start_ms = clock.now() - minutes(20);

/** Events of random roads in order of time; one of a hundred is sent twice. */
function* batches(EVENTS: number, run: number): Generator<Record<string, unknown>[]> {
  let before: Record<string, unknown> = {};
  for (let from = 0; from < EVENTS; from += AT_ONCE) {
    yield Array.from({ length: Math.min(AT_ONCE, EVENTS - from) }, (_, k) => {
      const n = from + k;
      if (n % 100 === 99) return before;
      const road = city.roads[(n * 7_919) % city.roads.length]!;
      const event_time_ms = start_ms + Math.floor((n * minutes(18)) / EVENTS);
      before = {
        event_id: `${run}-${n.toString(36)}`,
        road_id: road.road_id,
        timestamp: formatInstant(event_time_ms),
        current_speed: ((n * 31) % 9_000) / 100,
        free_flow_speed: road.free_flow_speed,
      };
      return before;
    });
  }
}

async function copyRate(url: string, EVENTS: number): Promise<number> {
  const sql = openSql(url, { max: 1, application_name: "bench", statement_timeout_ms: 0 });
  await sql`create table plain (road_id text, event_time timestamptz, event_id text, current_speed real, free_flow_speed real, jam_factor real, speed_ratio real,
    congestion_level text, is_congested boolean, is_rush_hour boolean, source text, received_at timestamptz, log_partition int, log_offset bigint)`;
  const lines: string[] = [];
  let n = 0;
  for (const batch of batches(EVENTS, 0)) {
    const text = batch.map(
      (e) =>
        `${e["road_id"]}\t${e["timestamp"]}\t${e["event_id"]}\t${e["current_speed"]}\t${e["free_flow_speed"]}\t1.5\t0.85\tfree\tf\tf\thttp\t${e["timestamp"]}\t1\t${n++}\n`,
    );
    lines.push(text.join(""));
  }
  const began = performance.now();
  await pipeline(Readable.from(lines), await sql`copy plain from stdin`.writable());
  const seconds = (performance.now() - began) / 1_000;
  await sql`drop table plain`;
  await sql.end();
  return EVENTS / seconds;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export async function benchEmbedded(EVENTS: number): Promise<void> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const server = await startEmbeddedPostgres({ dir });
  try {
    const history = openPostgresHistory({ url: server.url, clock });
    await history.migrate();
    await history.ensurePartitions(traffic, start_ms, clock.now());
    const log = openPostgresLog({ url: server.url, clock });
    await log.createTopics([
      { topic: traffic.topic, partitions: traffic.partitions, retention_ms: traffic.log_retention_ms },
      { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: traffic.log_retention_ms },
    ]);
    const live = openMemoryLive({ clock });
    const door = createDoor({ log, city, clock });
    const floor = await copyRate(server.url, EVENTS);

    const stop = new AbortController();
    const batch = batchConsumer({ log, history, streams: [traffic], city, clock });
    const speed = speedConsumer({ log, live, streams: [traffic], city, clock });
    const running = [batch.run(stop.signal), speed.run(stop.signal)];
    for (const run of running) run.catch((error: unknown) => say(String(error)));

    const total = async (): Promise<number> =>
      (await history.ledger(traffic)).reduce((sum, row) => sum + row.consumed, 0);
    say(`bare COPY of the same rows   ${Math.round(floor).toLocaleString("en-US")} rows/s`);

    async function measure<T>(
      name: string,
      run: number,
      prepare: (events: Record<string, unknown>[]) => T,
      send: (ready: T) => Promise<unknown>,
    ): Promise<void> {
      const ready = [...batches(EVENTS, run)].map(prepare);
      const target = (await total()) + EVENTS;
      const lags: number[] = [];
      let tick = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        lags.push(now - tick - 5);
        tick = now;
      }, 5);
      const cpu = process.cpuUsage();
      const began = performance.now();
      const source = ready.values();
      // Four appends under way: what several sources at once are to the log.
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          for (const one of source) await send(one);
        }),
      );
      const shown = (): number =>
        speed.progress()[0]!.applied.reduce((sum, offset) => sum + (offset ?? 0), 0);
      while ((await total()) < target || shown() < target) await Bun.sleep(5);
      const seconds = (performance.now() - began) / 1_000;
      clearInterval(timer);
      const used = process.cpuUsage(cpu);
      lags.sort((a, b) => a - b);
      const rate = EVENTS / seconds;
      say(
        `${name.padEnd(28)} ${Math.round(rate).toLocaleString("en-US")} events/s, ${(rate / floor).toFixed(2)} of COPY; ${((used.user + used.system) / EVENTS).toFixed(1)} µs CPU of this process per event; loop lag p99 ${lags[Math.floor(lags.length * 0.99)]?.toFixed(0)}, max ${lags.at(-1)?.toFixed(0)} ms`,
      );
    }

    const encoder = new TextEncoder();
    await measure(
      "append → history + live",
      1,
      (events) =>
        events.map((e) => ({
          key: String(e["road_id"]),
          value: encoder.encode(JSON.stringify(e)),
          headers: { source: "bench" },
        })),
      (records) => log.append(traffic.topic, records),
    );
    await measure(
      "door → history + live",
      2,
      (events) => events,
      (events) => door.accept(traffic, events, { source: "bench" }),
    );
    const ledger = await history.ledger(traffic);
    const sum = (name: "stored" | "duplicate" | "dead"): string =>
      ledger.reduce((all, row) => all + row[name], 0).toLocaleString("en-US");
    say(
      `${(2 * EVENTS).toLocaleString("en-US")} events: stored ${sum("stored")}, duplicate ${sum("duplicate")}, dead ${sum("dead")}; live keys ${(await live.all(traffic)).rows.length}; memory ${Math.round(process.memoryUsage().rss / 1e6)} MB, the bench's own events in it`,
    );
    stop.abort();
    await Promise.allSettled(running);
    await Promise.all([log.close(), history.close(), live.close()]);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
