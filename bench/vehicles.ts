/**
 * Vehicles on a map over HTTP while they drive: 1,000 vehicles that tell their place once a second, through log and speed
 * layer, and 300 requests/s for those in a box of the map, each another box; then for all of them.
 * Reference: /healthz of the same server, asked as often, in the same run.
 */
import { Hono } from "hono";
import { createApp } from "../src/app.ts";
import { demo } from "../src/cities/demo/index.ts";
import { formatInstant, systemClock } from "../src/core/time.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { deadLetters } from "../src/serving/dead-letters.ts";
import { createServing } from "../src/serving/serving.ts";
import { speedConsumer } from "../src/speed/speed-consumer.ts";
import { vehicles } from "../src/streams/vehicles.ts";

const SECONDS = Number(process.argv[2] ?? 10);
const REQUESTS_PER_S = 300;
const VEHICLES = 1_000;

const city = demo();
const [west, south, east, north] = city.bounds;

/** A box of the map: a fifth to all of the city, another each time. */
function boxAt(n: number): string {
  const share = 0.2 + 0.8 * ((n * 0.618) % 1);
  const at = (from: number, to: number, part: number): [number, number] => {
    const first = from + (to - from) * (1 - share) * part;
    return [first, first + (to - from) * share];
  };
  const [w, e] = at(west, east, (n * 0.414) % 1);
  const [s, h] = at(south, north, (n * 0.732) % 1);
  return [w, s, e, h].map((degrees) => degrees.toFixed(5)).join(",");
}

/** The client: a process of its own, open loop, so that a slow answer does not hide the ones behind it. */
if (process.argv[3] !== undefined) {
  const url = process.argv[3];
  const took: number[] = [];
  const waiting: Promise<void>[] = [];
  let bytes = 0;
  let failed = 0;
  // Cold code is not what is measured.
  for (let n = 0; n < REQUESTS_PER_S; n++) await (await fetch(url.replace("BOX", boxAt(n)))).arrayBuffer();
  const began = performance.now();
  for (let n = 0; n < SECONDS * REQUESTS_PER_S; n++) {
    const due = began + (n * 1_000) / REQUESTS_PER_S;
    while (performance.now() < due) await Bun.sleep(due - performance.now());
    waiting.push(
      fetch(url.replace("BOX", boxAt(n)), {
        decompress: false,
        headers: { "accept-encoding": "gzip" },
      }).then(async (response) => {
        bytes += (await response.arrayBuffer()).byteLength;
        if (response.status !== 200) failed++;
        took.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(waiting);
  took.sort((a, b) => a - b);
  const at = (q: number): number => took[Math.min(took.length - 1, Math.floor(q * took.length))]!;
  process.stdout.write(
    JSON.stringify({
      p50: at(0.5),
      p99: at(0.99),
      max: took.at(-1),
      kb: bytes / took.length / 1_000,
      failed,
    }),
  );
  process.exit(0);
}

const clock = systemClock;
const log = openMemoryLog({ clock });
await log.createTopics([{ topic: vehicles.topic, partitions: vehicles.partitions, retention_ms: 60_000 }]);
const live = openMemoryLive({ clock });
const history = openMemoryHistory({ clock });
const streams = [vehicles];
const serving = createServing({ streams, live, history, log, city, clock });
const app = createApp({
  serving,
  streams,
  city,
  clock,
  readiness: { waitingFor: async () => [] },
  deadLetters: deadLetters(history, log, streams),
  allowed_hosts: [],
  version: "bench",
  ingest: new Hono(),
  live: new Hono(),
  pages: new Hono(),
});
const speed = speedConsumer({ log, live, streams, city, clock });
const stop = new AbortController();
const running = speed.run(stop.signal);

let sent = 0;
const encoder = new TextEncoder();
async function send(count: number): Promise<void> {
  const timestamp = formatInstant(clock.now());
  const records = Array.from({ length: count }, () => {
    const n = sent++ % VEHICLES;
    const road = city.roads[(n * 7 + Math.floor(sent / VEHICLES / 30)) % city.roads.length]!;
    const [[lng, lat], [to_lng, to_lat]] = [road.geometry[0]!, road.geometry.at(-1)!];
    const part = ((sent / VEHICLES) % 30) / 30;
    const value = {
      event_id: `e${sent}`,
      timestamp,
      vehicle_id: `vehicle_${n}`,
      longitude: lng + (to_lng - lng) * part,
      latitude: lat + (to_lat - lat) * part,
      speed: 20 + (n % 40),
      heading: n % 360,
      vehicle_type: "bus",
      route_id: `line ${n % 50}`,
      trip_id: `trip ${n}`,
    };
    return { key: value.vehicle_id, value: encoder.encode(JSON.stringify(value)) };
  });
  await log.append(vehicles.topic, records);
}

/** Every 10 ms, and how late each turn is: what a synchronous piece costs everybody. */
const lags: number[] = [];
let due = performance.now() + 10;
const feed = setInterval(() => {
  lags.push(Math.max(0, performance.now() - due));
  due = performance.now() + 10;
  void send(VEHICLES / 100);
}, 10);

await send(VEHICLES);
while ((await live.all(vehicles)).rows.length < VEHICLES) await Bun.sleep(5);
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, self) => app.fetch(request, self),
});

interface Measured {
  p50: number;
  p99: number;
  max: number;
  kb: number;
  failed: number;
}

async function measure(name: string, path: string): Promise<void> {
  lags.length = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const child = Bun.spawn([process.execPath, import.meta.path, String(SECONDS), server.url.origin + path], {
    stdout: "pipe",
  });
  const m = JSON.parse(await new Response(child.stdout).text()) as Measured;
  const used = process.cpuUsage(cpu);
  const cpu_share = (used.user + used.system) / 1_000 / (performance.now() - began);
  lags.sort((a, b) => a - b);
  const ms = (n: number): string => n.toFixed(1).padStart(6);
  process.stdout.write(
    `${name.padEnd(34)} p50 ${ms(m.p50)} ms  p99 ${ms(m.p99)} ms  max ${ms(m.max)} ms  ${m.kb.toFixed(1)} KB each, ${m.failed} failed, loop lag p99 ${ms(lags[Math.floor(lags.length * 0.99)]!)} ms, CPU ${(cpu_share * 100).toFixed(0)} %\n`,
  );
}

process.stdout.write(`${VEHICLES} vehicles at 1 Hz, ${REQUESTS_PER_S} requests/s, ${SECONDS} s each\n`);
await measure("/healthz", "/healthz");
await measure("vehicles in a box", "/api/vehicles/locations?bbox=BOX");
await measure("vehicles in the same box", `/api/vehicles/locations?bbox=${boxAt(5)}`);
await measure("vehicles in a box, as GeoJSON", "/api/vehicles/locations?format=geojson&bbox=BOX");
await measure("every vehicle", "/api/vehicles/locations");
await measure("/healthz again", "/healthz");
const [progress] = speed.progress();
process.stdout.write(
  `${progress!.events} events, ${progress!.flushes} flushes, lag ${progress!.lag_events}; RSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB\n`,
);

clearInterval(feed);
stop.abort();
await running;
await server.stop(true);
await log.close();
