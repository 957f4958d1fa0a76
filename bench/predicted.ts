/**
 * Measurement posted → its road's prediction seen by an SSE client, on a whole instance with all the demo city's roads, each measured once
 * a minute; beside it the same way of the measurement itself. Two minutes by default: `bun run bench predicted [minutes]`.
 */
import { formatInstant, minutes, seconds } from "../src/core/time.ts";
import { freshFolder, removeFolder, startInstance } from "../test/instance.ts";

const MINUTES = Number(process.argv[2] ?? 2);
const PAST_STEPS = 36;
const BATCH = 10_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const percentiles = (values: number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (p: number): string => (sorted[Math.floor((sorted.length - 1) * p)] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms (n ${sorted.length.toLocaleString("en-US")})`;
};

const dir = freshFolder("bench-predicted");
const instance = await startInstance({ dir, env: { FEEDS: "none", SEED_HOURS: "0" } });
const abort = new AbortController();
/** When a road was measured in a minute, by the client's clock. */
const sent = new Map<string, number>();
const seen: Record<"traffic" | "predictions", number[]> = { traffic: [], predictions: [] };
let measuring = false;

async function post(events: readonly object[]): Promise<void> {
  const response = await fetch(`${instance.url}/api/ingest/traffic`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  if (response.status !== 202)
    throw new Error(`The door answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function listen(topic: "traffic" | "predictions"): Promise<void> {
  const response = await fetch(`${instance.url}/api/live?topics=${topic}&tick_ms=50`, {
    signal: abort.signal,
  });
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const now = performance.now();
    const frames = (rest + text).split("\n\n");
    rest = frames.pop()!;
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (!frame.includes(`event: ${topic}`) || data === undefined || !measuring) continue;
      for (const { road_id, timestamp } of (
        JSON.parse(data) as { rows: { road_id: string; timestamp: string }[] }
      ).rows) {
        const at = sent.get(`${road_id} ${Math.floor(Date.parse(timestamp) / minutes(1))}`);
        if (at !== undefined) seen[topic].push(now - at);
      }
    }
  }
}

try {
  const answer = await fetch(`${instance.url}/api/roads`);
  const roads = ((await answer.json()) as { data: { road_id: string; free_flow_speed: number }[] }).data;
  const speedOf = (free: number, i: number, t: number): number =>
    Math.round(free * (0.7 + 0.25 * Math.sin(i + t / minutes(40))) * 100) / 100;
  const now = Date.now();
  const past = Array.from({ length: PAST_STEPS }, (_, step) =>
    roads.map(({ road_id, free_flow_speed }, i) => {
      const t = now - minutes(5) * (PAST_STEPS - step);
      const current_speed = speedOf(free_flow_speed, i, t);
      return { road_id, timestamp: formatInstant(t), current_speed, free_flow_speed };
    }),
  ).flat();
  for (let at = 0; at < past.length; at += BATCH) await post(past.slice(at, at + BATCH));
  const listening = [listen("traffic"), listen("predictions")].map((one) => one.catch(() => {}));
  say(`${roads.length} roads, three hours of past; waits for a first prediction`);
  for (;;) {
    await post([{ road_id: roads[0]!.road_id, timestamp: formatInstant(Date.now()), current_speed: 40 }]);
    const list = await fetch(`${instance.url}/api/traffic/predictions`);
    if (((await list.json()) as { data: unknown[] }).data.length > 0) break;
    await Bun.sleep(seconds(5));
  }
  // From a whole minute on, so that each road is measured once in each.
  await Bun.sleep(minutes(1) - (Date.now() % minutes(1)) + 50);
  measuring = true;
  const begun = performance.now();
  const pace = minutes(1) / roads.length;
  for (let n = 0; n < MINUTES * roads.length; n++) {
    const wait = begun + n * pace - performance.now();
    if (wait > 1) await Bun.sleep(wait);
    const i = n % roads.length;
    const { road_id, free_flow_speed } = roads[i]!;
    const t = Date.now();
    sent.set(`${road_id} ${Math.floor(t / minutes(1))}`, performance.now());
    const current_speed = speedOf(free_flow_speed, i, t);
    void post([{ road_id, timestamp: formatInstant(t), current_speed, free_flow_speed }]);
  }
  await Bun.sleep(seconds(3));
  say(`measurement → its own row on SSE:     ${percentiles(seen.traffic)}`);
  say(`measurement → prediction on SSE:      ${percentiles(seen.predictions)}   (aim: p99 under 1,000)`);
  abort.abort();
  await Promise.all(listening);
} finally {
  abort.abort();
  await instance.stop();
  removeFolder(dir);
}
