/** The embedded log: appends and reads per second, bytes and delay, beside a bare COPY of the same rows. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseOne } from "../src/core/parse.ts";
import { systemClock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import type { Log, NewRecord } from "../src/log/log.ts";
import { openPostgresLog } from "../src/log/postgres-log.ts";
import { openSql } from "../src/postgres.ts";

const EVENTS = 400_000;
const BATCH = 1_000;
const DAY_MS = 86_400_000;
const dir = join(import.meta.dir, "..", ".test", `bench-log-${process.pid}`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rate = (events: number, began_ms: number): string =>
  `${Math.round((events / (performance.now() - began_ms)) * 1_000).toLocaleString("en")} events/s`;
const percentile = (sorted: readonly number[], p: number): string =>
  (sorted[Math.floor((sorted.length - 1) * p)] ?? 0).toFixed(1);

const text = new TextEncoder();
const event = (n: number): string =>
  JSON.stringify({
    event_id: `0198c0de-${(n % 65_536).toString(16).padStart(4, "0")}-7000-8000-${n.toString(16).padStart(12, "0")}`,
    timestamp: new Date(1_790_000_000_000 + n * 8).toISOString(),
    road_id: `road-${(n * 7919) % 1_247}`,
    road_name: `Street ${(n * 7919) % 1_247}`,
    current_speed: Math.round(1_000 + 4_000 * Math.abs(Math.sin(n / 500))) / 100,
    free_flow_speed: 50,
    jam_factor: Math.round(100 * Math.abs(Math.cos(n / 500))) / 10,
    confidence: 0.9,
    source: "simulator",
  });
const values = Array.from({ length: EVENTS }, (_, n) => event(n));
const batches = (key: (n: number) => string): NewRecord[][] =>
  Array.from({ length: EVENTS / BATCH }, (_, b) =>
    Array.from({ length: BATCH }, (_unused, i) => ({
      key: key(b * BATCH + i),
      value: text.encode(values[b * BATCH + i]),
    })),
  );

const server = await startEmbeddedPostgres({ dir });
try {
  const sql = openSql(server.url, { max: 2, application_name: "bench" });
  const open = (): Log =>
    openPostgresLog({ url: server.url, clock: systemClock, application_name: "bench-log" });
  const log = open();
  const topics = ["one", "four", "four-appenders"];
  await log.createTopics(
    topics.map((topic) => ({ topic, partitions: topic === "one" ? 1 : 4, retention_ms: DAY_MS })),
  );
  const bytes = Math.round(values.reduce((sum, v) => sum + v.length, 0) / EVENTS);
  say(
    `${EVENTS.toLocaleString("en")} events of ${bytes} bytes, appended ${BATCH.toLocaleString("en")} at a time, durable (fsync on)`,
  );

  await sql`create table copied (key text not null, value text not null)`;
  let began_ms = performance.now();
  const copy = await sql`copy copied from stdin`.writable();
  for (let n = 0; n < EVENTS; n += BATCH) {
    const rows = values.slice(n, n + BATCH).map((value, i) => `road-${((n + i) * 7919) % 1_247}\t${value}\n`);
    if (!copy.write(rows.join(""))) await new Promise((resolve) => copy.once("drain", resolve));
  }
  await new Promise<void>((resolve, reject) => {
    copy.once("finish", resolve).once("error", reject);
    copy.end();
  });
  say(`COPY, one transaction, the same rows        ${rate(EVENTS, began_ms)}`);

  const spread = batches((n) => `road-${(n * 7919) % 1_247}`);
  const alone = batches(() => "road-1");
  began_ms = performance.now();
  for (const batch of alone) await log.append("one", batch);
  say(`append, one partition                       ${rate(EVENTS, began_ms)}`);
  began_ms = performance.now();
  for (const batch of spread) await log.append("four", batch);
  say(`append, keys over four partitions           ${rate(EVENTS, began_ms)}`);
  began_ms = performance.now();
  await Promise.all(
    [0, 1, 2, 3].map(async (a) => {
      for (let b = a; b < spread.length; b += 4) await log.append("four-appenders", spread[b]!);
    }),
  );
  say(`append, four at once                        ${rate(EVENTS, began_ms)}`);
  const [size] = await sql<{ bytes: number }[]>`
    select sum(pg_total_relation_size(inhrelid))::bigint as bytes from pg_inherits where inhparent = 'log_batches'::regclass`;
  const [copied] = await sql<{ bytes: number }[]>`select pg_total_relation_size('copied') as bytes`;
  say(
    `bytes per event on disk                     ${Math.round(size!.bytes / EVENTS / 3)} (COPY: ${Math.round(copied!.bytes / EVENTS)})`,
  );

  for (const parsed of [false, true]) {
    const reader = open();
    let got = 0;
    let objects = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    began_ms = performance.now();
    await reader.consume({
      topics: ["four"],
      group: `bench-${parsed}`,
      async onBatch(batch, consumer) {
        if (parsed) objects += batch.records.filter((record) => parseOne(record.value).ok).length;
        await consumer.commit(batch.topic, batch.partition, batch.next_offset);
        got += batch.records.length;
        if (got === EVENTS) resolve();
      },
    });
    await all;
    say(
      `consume from the server, ${parsed ? "JSON parsed      " : "committed        "}  ${rate(EVENTS, began_ms)}`,
    );
    if (parsed && objects !== EVENTS) throw new Error(`only ${objects} of ${EVENTS} came out as objects`);
    await reader.close();
  }

  for (const [where, reader] of [
    ["in process", log],
    ["between processes", open()],
  ] as const) {
    const delays: number[] = [];
    const consumer = await reader.consume({
      topics: ["one"],
      group: `delay ${where}`,
      ephemeral: true,
      from: "latest",
      async onBatch(batch) {
        const now_ms = performance.now();
        for (const { value } of batch.records) delays.push(now_ms - Number(Buffer.from(value!).toString()));
      },
    });
    for (let n = 0; n < 500; n++) {
      const due = new Promise((resolve) => setTimeout(resolve, 10));
      const value = text.encode(String(performance.now()));
      await log.append(
        "one",
        Array.from({ length: 10 }, (_, i) => ({ key: `k${i}`, value })),
      );
      await due;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    await consumer.close();
    if (reader !== log) await reader.close();
    delays.sort((a, b) => a - b);
    say(
      `append called → consumed, ${where.padEnd(18)}p50 ${percentile(delays, 0.5)} ms, p99 ${percentile(delays, 0.99)} ms at about 900 events/s (${delays.length} events)`,
    );
  }
  say(
    `memory of the process                       ${Math.round(process.memoryUsage().rss / 1e6)} MB (with the bench's own events)`,
  );
  await log.close();
  await sql.end({ timeout: 1 });
} finally {
  await server.stop();
  if (server.data_dir !== dir) rmSync(server.data_dir, { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}
