/** Event posted → seen by an SSE client, at 5,000 events/s, on a whole instance; beside it the bare round trip of an answer. */
import { formatInstant } from "../src/core/time.ts";
import { freshFolder, removeFolder, startInstance } from "../test/instance.ts";

const RATE_PER_S = 5_000;
const SECONDS = 15;
const TICK_MS = 10;
const ROADS = 1_247;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const percentiles = (values: number[]): string => {
  const sorted = values.sort((a, b) => a - b);
  const at = (p: number): string => (sorted[Math.floor((sorted.length - 1) * p)] ?? Number.NaN).toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms (n ${sorted.length.toLocaleString("en-US")})`;
};

const dir = freshFolder("bench-latency");
const instance = await startInstance({ dir, env: { FEEDS: "none", SEED_HOURS: "0" } });
const abort = new AbortController();
const seen: number[] = [];
const trips: number[] = [];
let measuring = false;

async function listen(): Promise<void> {
  const response = await fetch(`${instance.url}/api/live?topics=traffic&tick_ms=50`, {
    signal: abort.signal,
  });
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const now = performance.now();
    const frames = (rest + text).split("\n\n");
    rest = frames.pop()!;
    // The moment of sending is the event's id.
    for (const frame of frames)
      for (const [, sent] of frame.matchAll(/"event_id":"([\d.]+)-\d+"/g))
        if (measuring) seen.push(now - Number(sent));
  }
}
const listening = listen().catch(() => {});

let n = 0;
async function post(): Promise<void> {
  const timestamp = formatInstant(Date.now());
  const events = Array.from({ length: (RATE_PER_S * TICK_MS) / 1_000 }, () => {
    const seq = n++;
    return {
      event_id: `${performance.now().toFixed(2)}-${seq}`,
      road_id: `road-${seq % ROADS}`,
      timestamp,
      current_speed: seq % 100,
      free_flow_speed: 100,
    };
  });
  const response = await fetch(`${instance.url}/api/ingest/traffic`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  await response.arrayBuffer();
}
async function roundTrip(): Promise<void> {
  const began = performance.now();
  await (await fetch(`${instance.url}/healthz`)).arrayBuffer();
  if (measuring) trips.push(performance.now() - began);
}

const began = performance.now();
const pending: Promise<void>[] = [];
for (let k = 0; k * TICK_MS < SECONDS * 1_000; k++) {
  const wait = began + k * TICK_MS - performance.now();
  if (wait > 0) await Bun.sleep(wait);
  // The first seconds compile the code.
  measuring = k * TICK_MS > 3_000;
  pending.push(post());
  if (k % 10 === 0) pending.push(roundTrip());
}
await Promise.all(pending);
await Bun.sleep(500);
abort.abort();
await listening;
say(
  `${RATE_PER_S.toLocaleString("en-US")} events/s in posts of ${(RATE_PER_S * TICK_MS) / 1_000}, one SSE client that asks for all, tick 50 ms`,
);
say(`event posted → seen by the client   ${percentiles(seen)}`);
say(`bare round trip of /healthz         ${percentiles(trips)}`);
await instance.stop();
removeFolder(dir);
process.exit(0);
