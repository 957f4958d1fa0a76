/**
 * From a filled topic on a real Kafka, four partitions: JSON bytes → validated → PostgreSQL exactly once with windows,
 * ledger and dead letters, and → Redis by a consumer group of its own; all in this process. Broker, databases and
 * this process share the machine. First some events from a cold start, then a minute at full rate, then beside a
 * producer; what is stored is compared with what was sent.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { batchConsumer } from "../../src/batch/consumer.ts";
import { minutes, systemClock as clock } from "../../src/core/time.ts";
import { startEmbeddedPostgres } from "../../src/embedded-postgres.ts";
import { openPostgresHistory } from "../../src/history/postgres-history.ts";
import { openRedisLive } from "../../src/live/redis-live.ts";
import { openKafkaLog } from "../../src/log/kafka/log.ts";
import { DEAD_LETTERS_TOPIC } from "../../src/sources/door.ts";
import { speedConsumer } from "../../src/speed/speed-consumer.ts";
import { traffic } from "../../src/streams/traffic.ts";
import { startKafka } from "../../test/kafka.ts";
import { startRedis } from "../../test/redis.ts";
import { city } from "./events.ts";
import { copyFloors, drainFloor } from "./floors.ts";
import { meter, type Stretch } from "./meter.ts";

export interface KafkaBench {
  /** Events of the first run. */
  events: number;
  /** Length of the second, s; 0 leaves it out. */
  seconds: number;
  /** Length of the third, beside a producer, s; 0 leaves it out. */
  beside_s: number;
  /** Without the speed layer: what the way into history alone can do. */
  speed: boolean;
}

/** Made beforehand for each second of the second run: more than can be taken. */
const FILLED_PER_S = 150_000;
const BESIDE_PER_S = 50_000;

const dir = join(import.meta.dir, "..", "..", ".test", `bench-pipeline-${process.pid}`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const number = (n: number): string => Math.round(n).toLocaleString("en-US");

export async function benchKafka({
  events,
  seconds,
  beside_s,
  speed: with_speed,
}: KafkaBench): Promise<void> {
  rmSync(dir, { recursive: true, force: true });
  const kafka = await startKafka();
  const redis = await startRedis();
  const postgres = await startEmbeddedPostgres({
    dir,
    settings: { max_wal_size: "2GB", shared_buffers: "512MB" },
  });
  const { topic, partitions, log_retention_ms: retention_ms } = traffic;
  const log = openKafkaLog({ brokers: [kafka.brokers], clock, onWarning: say });
  const history = openPostgresHistory({ url: postgres.url, clock });
  const live = openRedisLive({ url: redis.url, clock, onWarning: say });
  try {
    await log.createTopics([
      { topic, partitions, retention_ms },
      { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms },
    ]);
    await history.migrate();
    const from_ms = clock.now() - minutes(8);
    await history.ensurePartitions(traffic, from_ms - minutes(60), clock.now() + minutes(60));
    const span_ms = minutes(7);

    let sent = 0;
    const produce = async (seed: number, count: number, rate?: number): Promise<number> => {
      const args = [kafka.brokers, topic, seed, count, from_ms, span_ms / count, ...(rate ? [rate] : [])];
      const producer = Bun.spawn(
        [process.execPath, join(import.meta.dir, "producer.ts"), ...args.map(String)],
        { stdout: "pipe", stderr: "inherit" },
      );
      const reached = Number(await new Response(producer.stdout).text());
      if ((await producer.exited) !== 0) throw new Error("The producer failed");
      sent += count;
      return reached;
    };

    await produce(1, events);
    const before = await copyFloors(postgres.url, events, from_ms, span_ms / events);
    const drained = await drainFloor(kafka.brokers, topic, events);
    say(`bare kafkajs, nothing done      ${number(drained)} records/s`);
    say(
      `bare COPY of the same rows      ${number(before.plain)} rows/s; with the primary key ${number(before.keyed)}`,
    );

    const batch = batchConsumer({ log, history, streams: [traffic], city, clock, onWarning: say });
    const speed = speedConsumer({ log, live, streams: with_speed ? [traffic] : [], city, clock });
    let stop = new AbortController();
    let running: Promise<void>[] = [];
    const start = (): void => {
      stop = new AbortController();
      running = [batch.run(stop.signal), speed.run(stop.signal)];
      for (const run of running) run.catch((error: unknown) => say(String(error)));
    };
    const end = async (): Promise<void> => {
      stop.abort();
      await Promise.all(running);
    };
    const stored = async (): Promise<number> =>
      (await history.ledger(traffic)).reduce((sum, row) => sum + row.consumed, 0);
    const shown = (): number =>
      speed.progress()[0]?.applied.reduce((sum, offset) => sum + (offset ?? 0), 0) ?? Infinity;
    const reached = async (target: number): Promise<void> => {
      while ((await stored()) < target || shown() < target) await Bun.sleep(20);
    };
    const pids = [postgres.pid, kafka.pid, redis.pid];
    const told = (name: string, count: number, stretch: Stretch, floor: number): void => {
      const rate = count / stretch.seconds;
      const cost = (cpu_s: number): string => ((cpu_s * 1e6) / count).toFixed(1);
      say(
        `${name.padEnd(31)} ${number(rate)} events/s, ${(rate / floor).toFixed(2)} of COPY with its key; CPU per event ${cost(stretch.cpu_s)} µs here, ${cost(stretch.others_s)} in the servers; loop lag p99 ${stretch.lag_p99_ms.toFixed(0)}, max ${stretch.lag_max_ms.toFixed(0)} ms; RSS ${number(stretch.rss_min_mb)}–${number(stretch.rss_max_mb)} MB`,
      );
    };

    start();
    while ((await stored()) === 0) await Bun.sleep(1);
    const first_from = await stored();
    let measured = meter(pids);
    await reached(sent);
    told("from a cold start", sent - first_from, measured(), before.keyed);
    await end();

    if (seconds > 0) {
      const filled_from = sent;
      await produce(2, seconds * FILLED_PER_S);
      const floor_before = await copyFloors(postgres.url, events, from_ms, span_ms / events);
      start();
      while ((await stored()) <= filled_from) await Bun.sleep(1);
      const sustained_from = await stored();
      measured = meter(pids);
      const until_ms = performance.now() + seconds * 1_000;
      const behind: number[] = [];
      while (performance.now() < until_ms && (await stored()) < sent) {
        await Bun.sleep(200);
        behind.push(shown() - (await stored()));
      }
      const sustained = (await stored()) - sustained_from;
      const stretch = measured();
      await reached(sent);
      await end();
      const floor_after = await copyFloors(postgres.url, events, from_ms, span_ms / events);
      told("a minute at full rate", sustained, stretch, (floor_before.keyed + floor_after.keyed) / 2);
      say(
        `  COPY with its key before ${number(floor_before.keyed)}, after ${number(floor_after.keyed)}; the live view was ${number(Math.min(...behind))} to ${number(Math.max(...behind))} events ahead of history`,
      );
    }

    if (beside_s > 0) {
      start();
      await Bun.sleep(500);
      measured = meter(pids);
      const count = BESIDE_PER_S * beside_s;
      const made = await produce(3, count, BESIDE_PER_S);
      await reached(sent);
      told(`with the producer beside it`, count, measured(), before.keyed);
      say(`  the producer reached ${number(made)}/s`);
      await end();
    }

    const ledger = await history.ledger(traffic);
    const sum = (name: "stored" | "duplicate" | "dead" | "consumed"): number =>
      ledger.reduce((all, row) => all + row[name], 0);
    const recount = await history.recount(traffic);
    say(
      `${number(sent)} sent, ${number(sum("consumed"))} consumed: ${number(sum("stored"))} stored, ${number(sum("duplicate"))} duplicate, ${number(sum("dead"))} dead; the tables hold ${number(recount.rows)} rows and ${number(recount.dead)} dead letters; ${(await live.all(traffic)).rows.length} roads in Redis`,
    );
    if (
      sum("consumed") !== sent ||
      sum("stored") + sum("duplicate") + sum("dead") !== sent ||
      recount.rows !== sum("stored") ||
      recount.dead !== sum("dead")
    )
      throw new Error("The ledger does not add up");
  } finally {
    await Promise.all([log.close(), history.close(), live.close()]);
    await Promise.all([kafka.close(), redis.close(), postgres.stop()]);
    rmSync(dir, { recursive: true, force: true });
  }
}
