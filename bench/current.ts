/**
 * All roads over HTTP while events come in: 500 requests/s for the whole list, 1,000 events/s through log and speed layer.
 * Reference: the same number of bytes, never changing, from the same server in the same run.
 */
import { demo } from "../src/cities/demo/index.ts";
import { systemClock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { createServing } from "../src/serving/serving.ts";
import { speedConsumer } from "../src/speed/speed-consumer.ts";
import { traffic } from "../src/streams/traffic.ts";

const SECONDS = Number(process.argv[2] ?? 10);
const REQUESTS_PER_S = 500;
const EVENTS_PER_S = 1_000;

/** The client: a process of its own, open loop, so that a slow answer does not hide the ones behind it. */
if (process.argv[3] !== undefined) {
  const url = process.argv[3];
  const took: number[] = [];
  const waiting: Promise<void>[] = [];
  let bytes = 0;
  const began = performance.now();
  for (let n = 0; n < SECONDS * REQUESTS_PER_S; n++) {
    const due = began + (n * 1_000) / REQUESTS_PER_S;
    while (performance.now() < due) await Bun.sleep(due - performance.now());
    waiting.push(
      fetch(url, { decompress: false, headers: { "accept-encoding": "gzip" } }).then(async (response) => {
        bytes += (await response.arrayBuffer()).byteLength;
        took.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(waiting);
  took.sort((a, b) => a - b);
  const at = (q: number): number => took[Math.min(took.length - 1, Math.floor(q * took.length))]!;
  process.stdout.write(
    JSON.stringify({ p50: at(0.5), p99: at(0.99), max: took.at(-1), kb: bytes / took.length / 1_000 }),
  );
  process.exit(0);
}

const clock = systemClock;
const city = demo();
const log = openMemoryLog({ clock });
await log.createTopics([{ topic: traffic.topic, partitions: traffic.partitions, retention_ms: 60_000 }]);
const live = openMemoryLive({ clock });
/** Nothing here reads history but to know its keys. */
const history = { keys: async () => [] } as Pick<HistoryStore, "keys"> as HistoryStore;
const serving = createServing({ streams: [traffic], live, history, log, city, clock });
const speed = speedConsumer({ log, live, streams: [traffic], city, clock });
const stop = new AbortController();
const running = speed.run(stop.signal);

let sent = 0;
const encoder = new TextEncoder();
async function send(count: number): Promise<void> {
  const timestamp = new Date(clock.now()).toISOString();
  const records = Array.from({ length: count }, () => {
    const road = city.roads[sent++ % city.roads.length]!;
    const value = {
      event_id: `e${sent}`,
      timestamp,
      road_id: road.road_id,
      road_name: road.road_name,
      current_speed: sent % 90,
      free_flow_speed: road.free_flow_speed,
    };
    return { key: road.road_id, value: encoder.encode(JSON.stringify(value)) };
  });
  await log.append(traffic.topic, records);
}

/** Every 10 ms, and how late each turn is: what a synchronous piece costs everybody. */
const lags: number[] = [];
let due = performance.now() + 10;
const feed = setInterval(() => {
  lags.push(Math.max(0, performance.now() - due));
  due = performance.now() + 10;
  void send(EVENTS_PER_S / 100);
}, 10);

await send(city.roads.length);
while ((await live.all(traffic)).rows.length < city.roads.length) await Bun.sleep(5);
const fixed = (await serving.shared(traffic)).gzip;
const head = { "content-type": "application/json", "content-encoding": "gzip" };
const server = Bun.serve({
  port: 0,
  fetch: async ({ url }) =>
    new Response(
      (url.endsWith("/fixed") ? fixed : (await serving.shared(traffic)).gzip) as Uint8Array<ArrayBuffer>,
      { headers: head },
    ),
});

interface Measured {
  p50: number;
  p99: number;
  max: number;
  kb: number;
}

async function measure(path: string): Promise<Measured & { lag_p99: number; lag_max: number }> {
  lags.length = 0;
  const child = Bun.spawn(
    [process.execPath, import.meta.path, String(SECONDS), new URL(path, server.url).href],
    { stdout: "pipe" },
  );
  const measured = JSON.parse(await new Response(child.stdout).text()) as Measured;
  lags.sort((a, b) => a - b);
  return { ...measured, lag_p99: lags[Math.floor(lags.length * 0.99)]!, lag_max: lags.at(-1)! };
}

const say = (name: string, m: Awaited<ReturnType<typeof measure>>): void => {
  const ms = (n: number): string => n.toFixed(1).padStart(7);
  process.stdout.write(
    `${name.padEnd(34)} p50 ${ms(m.p50)} ms  p99 ${ms(m.p99)} ms  max ${ms(m.max)} ms  ${m.kb.toFixed(0)} KB each, loop lag p99 ${ms(m.lag_p99)} ms, max ${ms(m.lag_max)} ms\n`,
  );
};

process.stdout.write(
  `${city.roads.length} roads, ${REQUESTS_PER_S} requests/s, ${EVENTS_PER_S} events/s, ${SECONDS} s each\n`,
);
say("the same bytes, never changing", await measure("/fixed"));
say("every road now", await measure("/current"));
const [progress] = speed.progress();
process.stdout.write(
  `${progress!.events} events, ${progress!.flushes} flushes, lag ${progress!.lag_events}; RSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB\n`,
);

clearInterval(feed);
stop.abort();
await running;
await server.stop(true);
await log.close();
