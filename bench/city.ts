/**
 * A whole instance under the load of a whole city: every stream, for minutes, while every page and every list is opened.
 * Printed: memory before and after (garbage collected), and how lag, loop and memory went; each address's answer times
 * beside those of /healthz; what was sent beside what was stored.
 *
 *   bun bench/city.ts [minutes = 5] [events_per_s = 2000] [--kafka]
 *
 * Embedded, events come by the HTTP door. With --kafka the instance has a Kafka, a Redis and a PostgreSQL beside it, all on
 * this machine, and events come from a Kafka producer; 10,000 a second then.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cityOf } from "../src/cities/index.ts";
import { limits } from "../src/core/limits.ts";
import { systemClock as clock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { openKafkaLog } from "../src/log/kafka/log.ts";
import { freshFolder, removeFolder, startInstance } from "../test/instance.ts";
import { startKafka } from "../test/kafka.ts";
import { startRedis } from "../test/redis.ts";
import { loadOf } from "./city/load.ts";
import { byHttp, byLog, startSending, type Send } from "./city/sender.ts";
import { addressesOf, startVisits } from "./city/visitors.ts";
import { Watch } from "./city/watch.ts";

const { values, positionals } = parseArgs({
  options: { kafka: { type: "boolean", default: false } },
  allowPositionals: true,
});
const MINUTES = Number(positionals[0] ?? 5);
const PER_S = Number(positionals[1] ?? (values.kafka ? 10_000 : 2_000));
const LISTENERS = 10;
/** What the hub remembers is then as much as it will be. */
const WARM_UP_S = 15 + limits.ring_ms / 1_000;
const DONE_S_MAX = 120;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const number = (n: number): string => Math.round(n).toLocaleString("en-US");
const dir = freshFolder("bench-city");

/** Ended in turn, the last begun first. */
const ends: (() => Promise<unknown>)[] = [];

async function servers(): Promise<{ env: Record<string, string>; send: (url: string) => Send }> {
  if (!values.kafka) return { env: {}, send: byHttp };
  const postgres = await startEmbeddedPostgres({ dir: join(dir, "server") });
  ends.push(() => postgres.stop());
  const kafka = await startKafka();
  ends.push(() => kafka.close());
  const redis = await startRedis();
  ends.push(() => redis.close());
  const log = openKafkaLog({ brokers: [kafka.brokers], clock, onWarning: say });
  ends.push(() => log.close());
  const env = { DATABASE_URL: postgres.url, KAFKA_BROKERS: kafka.brokers, REDIS_URL: redis.url };
  return { env, send: () => byLog(log) };
}

/** Clients of the live feed that read all of it. */
function listen(url: string, topics: readonly string[]): { bytes: () => number; leave: () => void } {
  const gone = new AbortController();
  let bytes = 0;
  for (let i = 0; i < LISTENERS; i++) {
    void (async () => {
      const answer = await fetch(`${url}/api/live?topics=${topics.join(",")}`, { signal: gone.signal });
      for await (const chunk of answer.body!) bytes += chunk.length;
    })().catch(() => {});
  }
  return { bytes: () => bytes, leave: () => gone.abort() };
}

interface Kept {
  consumed: number;
  /** Dead, stored before, or not accounted for. */
  faults: number;
}

async function stored(url: string): Promise<Map<string, Kept>> {
  const { data } = (await (await fetch(`${url}/api/streams`)).json()) as {
    data: { stream: string; consumed: number; dead: number; duplicate: number; ledger_difference: number }[];
  };
  return new Map(
    data.map((s) => [
      s.stream,
      { consumed: s.consumed, faults: s.dead + s.duplicate + Math.abs(s.ledger_difference) },
    ]),
  );
}

/** What is not in history as it was sent, once it all is, or `DONE_S_MAX` later. */
async function missing(url: string, sent: ReadonlyMap<string, number>): Promise<string[]> {
  const end_ms = clock.monotonic() + DONE_S_MAX * 1_000;
  for (;;) {
    const ledger = await stored(url);
    const wrong = [...sent].filter(([name, n]) => {
      const kept = ledger.get(name);
      return kept?.consumed !== n || kept.faults > 0;
    });
    if (wrong.length === 0 || clock.monotonic() > end_ms)
      return wrong.map(([name, n]) => `${name} sent ${n}, ${JSON.stringify(ledger.get(name))}`);
    await Bun.sleep(250);
  }
}

/** What the process said last of its heap. */
const heapOf = (output: string): string => output.match(/^heap .*$/gm)?.at(-1) ?? "it did not say";

/** All has been measured: what ends now may. */
let measured = false;

async function run(): Promise<void> {
  const { env, send } = await servers();
  const instance = await startInstance({
    dir,
    deadline_ms: 120_000,
    env: {
      FEEDS: "none",
      SEED_HOURS: "0",
      BUN_OPTIONS: `--preload=${join(import.meta.dir, "city/collect-garbage.ts")}`,
      ...env,
    },
  });
  ends.push(() => instance.stop());
  let running = true;
  void instance.exited.then((code) => {
    running = false;
    if (!measured) say(`FAULT: the instance ended with ${code}:\n${instance.output().slice(-4_000)}`);
  });
  const city = cityOf("demo");
  const loads = loadOf(city, PER_S, clock.now());
  const watch = new Watch(instance.url, instance.pid);
  say(
    `${number(PER_S)} events/s of ${loads.length} streams for ${MINUTES} min, ${values.kafka ? "Kafka, Redis, PostgreSQL" : "embedded"}`,
  );

  const began_ms = clock.monotonic();
  const sending = startSending(loads, send(instance.url));
  await Bun.sleep(WARM_UP_S * 1_000);
  const before_mb = await watch.settledMb();
  const before_heap = heapOf(instance.output());
  const road = city.roads[0]!.road_id;
  const keyed = [
    `/roads/${road}`,
    `/api/traffic/live/${road}`,
    `/api/traffic/history/${road}?step=5m`,
    `/api/roads/${road}/explain`,
    "/api/vehicles/locations?bbox=11.4,48.0,11.6,48.2",
    ...loads.map(({ stream }) => `/api/data/${stream.name}?limit=100`),
  ];
  const visits = startVisits(instance.url, await addressesOf(instance.url, keyed));
  const live = listen(
    instance.url,
    loads.map(({ stream }) => stream.name),
  );
  watch.start();
  const end_ms = clock.monotonic() + MINUTES * 60_000;
  while (clock.monotonic() < end_ms && sending.fault() === null && running) await Bun.sleep(250);
  await sending.stop();
  const sent_s = (clock.monotonic() - began_ms) / 1_000;
  await visits.stop();
  await watch.stop();
  live.leave();
  if (!running) return;
  const ended_ms = clock.monotonic();
  const wrong = await missing(instance.url, sending.sent);
  const done_s = (clock.monotonic() - ended_ms) / 1_000;
  const after_mb = await watch.settledMb();

  if (sending.fault() !== null) say(`FAULT: ${String(sending.fault())}`);
  const sent = [...sending.sent.values()].reduce((a, b) => a + b, 0);
  say(`sent                     ${number(sent)} events, ${number(sent / sent_s)} a second`);
  say(
    wrong.length === 0
      ? `stored                   all of them, once, ${done_s.toFixed(1)} s after the last`
      : `stored                   NOT as sent: ${wrong.join("; ")}`,
  );
  say(`memory, no garbage       ${before_mb} MB at the start, ${after_mb} MB at the end`);
  say(`  at the start           ${before_heap}`);
  say(`  at the end             ${heapOf(instance.output())}`);
  say(`live feed                ${LISTENERS} clients read ${number(live.bytes() / 1e6)} MB`);
  for (const line of watch.lines()) say(line);
  say("answers");
  for (const line of visits.lines()) say(line);
  measured = true;
}

try {
  await run();
} finally {
  for (const end of ends.toReversed()) await end().catch((error: unknown) => say(String(error)));
  removeFolder(dir);
}
process.exit(0);
