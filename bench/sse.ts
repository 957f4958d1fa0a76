/**
 * The hub's fan-out over real sockets, server and clients in processes of their own on one machine.
 *
 * (a) 5,000 clients × 20 messages/s × 200 bytes, beside a naive reference in the same run: one `enqueue` per client
 *     and message into a `ReadableStream`, as most servers do it.
 * (b) 15,000 clients, each with its own 20 of 1,247 roads, all roads changing every second.
 *
 * Latency is from publish to the last byte of the frame in the client's process. Memory is the server's RSS per
 * client, idle and after the run. `bun bench/sse.ts [a|b]`, with `ulimit -n` above the number of clients.
 */
import { Hono } from "hono";
import { liveRoutes } from "../routes/live.ts";
import { number, text } from "../src/core/field.ts";
import type { Event } from "../src/core/event.ts";
import { answerRow } from "../src/core/json.ts";
import { defineStream, type Stream } from "../src/core/stream.ts";
import { hours, seconds, systemClock } from "../src/core/time.ts";
import { createHub } from "../src/push/hub.ts";
import { traffic } from "../src/streams/traffic.ts";

type Mode = "hub" | "naive" | "roads";

const ROADS = 1_247;
const plan: Record<Mode, { clients: number; every_ms: number; run_s: number; path: (i: number) => string }> =
  {
    hub: { clients: 5_000, every_ms: 50, run_s: 8, path: () => "/api/live?topics=ticks" },
    naive: { clients: 5_000, every_ms: 50, run_s: 8, path: () => "/naive" },
    roads: {
      clients: 15_000,
      every_ms: 1_000,
      run_s: 10,
      path: (i) =>
        `/api/live?tick_ms=1000&roads=${Array.from({ length: 20 }, (_, k) => (i * 83 + k * 61) % ROADS).join()}`,
    },
  };

/** Wall clock with fractions, the same in both processes. */
const wall = (): number => performance.timeOrigin + performance.now();

const ticks: Stream = defineStream({
  name: "ticks",
  label: "Ticks",
  doc: "200 bytes each.",
  topic: "ticks",
  partitions: 1,
  fields: {
    tick: text("Key."),
    t: number("Published.", { unit: "ms", min: 0, max: 1e15, decimals: 0 }),
    fill: text("Filling."),
  },
  key: "tick",
  event_time: "timestamp",
  expected_period_ms: seconds(1),
  live: { hash: "tick:{tick}", ttl_ms: hours(1) },
  history: { table: "ticks", retention_ms: null },
});

interface Ask {
  do: "idle" | "run" | "stop";
}
interface Numbers {
  rss: number;
  cpu_percent?: number;
  lag_p99_ms?: number;
  sent?: number;
}

// The server's process

async function serve(mode: Mode): Promise<void> {
  const hub = createHub({
    streams: [ticks, traffic],
    clock: systemClock,
    epoch: "bench",
    // The time of publishing travels in the row.
    present: (stream, event) => ({
      ...(stream === ticks ? { tick: event.key, fill } : answerRow(stream, event)),
      t: published,
    }),
  });
  const fill = "x".repeat(35);
  let published = 0;
  let offset = 0;
  let sent = 0;
  const naive = new Set<ReadableStreamDefaultController>();
  const app = new Hono().route("/", liveRoutes({ hub, streams: [ticks, traffic], pages: [] }));
  app.get("/naive", () => {
    let mine: ReadableStreamDefaultController;
    const body = new ReadableStream({
      start: (controller) => void naive.add((mine = controller)),
      cancel: () => void naive.delete(mine),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const server = Bun.serve({
    port: 0,
    hostname: "0.0.0.0",
    idleTimeout: 60,
    fetch: (request, self) => app.fetch(request, self),
  });
  const encoder = new TextEncoder();
  const tell: Record<Mode, () => Promise<void>> = {
    async hub() {
      published = wall();
      hub.publish(ticks, [eventOf(`t${sent++ % 1_000}`, {}, offset)], 0, ++offset);
    },
    async naive() {
      const data = JSON.stringify({
        rows: [{ tick: `t${sent++}`, fill, t: wall(), as_of: new Date(), stale: false }],
      });
      const bytes = encoder.encode(`event: ticks\nid: MDAwMDAwMHRpY2tzOmFi\ndata: ${data}\n\n`);
      for (const controller of naive) controller.enqueue(bytes);
    },
    async roads() {
      published = wall();
      const events = Array.from({ length: ROADS }, (_, i) => eventOf(String(i), roadRow(i), offset + i));
      // As the feed does it.
      for (let from = 0; from < ROADS; from += 250) {
        const some = events.slice(from, from + 250);
        hub.publish(traffic, some, 0, (offset += some.length));
        await new Promise((done) => setImmediate(done));
      }
      sent++;
    },
  };

  process.on("message", (message: Ask) => void obey(message));
  async function obey({ do: what }: Ask): Promise<void> {
    if (what === "stop") process.exit(0);
    if (what === "run") {
      const { every_ms, run_s } = plan[mode];
      const cpu = process.cpuUsage();
      const lags = watchLag();
      const start = performance.now();
      for (let at = every_ms; at <= run_s * 1_000; at += every_ms) {
        await Bun.sleep(Math.max(0, start + at - performance.now()));
        await tell[mode]();
      }
      const { user, system } = process.cpuUsage(cpu);
      const cpu_percent = (user + system) / 10 / (performance.now() - start);
      process.send!({
        rss: process.memoryUsage().rss,
        cpu_percent,
        lag_p99_ms: percentile(lags(), 0.99),
        sent,
      } satisfies Numbers);
    } else {
      Bun.gc(true);
      process.send!({ rss: process.memoryUsage().rss } satisfies Numbers);
    }
  }
  process.send!(server.port);
}

const eventOf = (key: string, row: Event["row"], offset: number): Event => ({
  key,
  event_id: crypto.randomUUID(),
  event_time_ms: Date.now(),
  row,
  source: "bench",
  received_at_ms: Date.now(),
  partition: 0,
  offset,
  backfill: false,
  dead_letter_id: null,
  unknown_fields: 0,
});

const roadRow = (i: number): Event["row"] => ({
  road_id: String(i),
  road_name: `Avenue of the road ${i}`,
  current_speed: 30 + (i % 40),
  free_flow_speed: 80,
  jam_factor: 4.2,
  road_closed: false,
  latitude: null,
  longitude: null,
  speed_ratio: 0.5,
  congestion_level: "moderate",
  is_congested: false,
  is_rush_hour: false,
});

function watchLag(): () => number[] {
  const lags: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lags.push(Math.max(0, now - last - 5));
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return lags;
  };
}

// The clients' process

/** Latencies in tenths of a millisecond, up to 10 s. */
const histogram = new Uint32Array(100_000);

const count = (now: number, chunk: Buffer, at: number): void => {
  if (at < 0) return;
  const slot = Math.round((now - Number.parseFloat(chunk.toString("latin1", at + 4, at + 20))) * 10);
  histogram[Math.min(Math.max(slot, 0), histogram.length - 1)]!++;
};

async function clients(mode: Mode, port: number): Promise<void> {
  const { clients: n, path } = plan[mode];
  const marker = Buffer.from('"t":');
  let heads = 0;
  let bytes = 0;
  let counting = false;
  const handlers = {
    open(socket: Bun.Socket<{ i: number }>) {
      socket.write(`GET ${path(socket.data.i)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    },
    data(socket: Bun.Socket<{ i: number }>, chunk: Buffer) {
      if (socket.data.i >= 0) {
        heads++;
        socket.data.i = -1;
      }
      if (!counting) return;
      bytes += chunk.length;
      const now = wall();
      if (mode === "roads") {
        // One frame of 20 rows: it counts when its end is here. A chunk ends with CRLF, a frame before it with LF LF.
        if (chunk.at(-3) !== 10 || chunk.at(-4) !== 10) return;
        count(now, chunk, chunk.lastIndexOf(marker));
      } else
        for (let at = chunk.indexOf(marker); at >= 0; at = chunk.indexOf(marker, at + 4))
          count(now, chunk, at);
    },
    error() {},
  };
  for (let i = 0; i < n; i += 100) {
    const batch = Array.from({ length: Math.min(100, n - i) }, (_, k) =>
      Bun.connect({ hostname: `127.0.0.${1 + ((i / 100) % 5)}`, port, data: { i: i + k }, socket: handlers }),
    );
    await Promise.all(batch);
  }
  // The naive server sends its head with the first message.
  const deadline = performance.now() + 15_000;
  const complete = (): boolean => mode === "naive" || heads >= n;
  while (!complete() && performance.now() < deadline) await Bun.sleep(20);
  process.on("message", ({ do: what }: Ask) => {
    if (what === "stop") process.exit(0);
    if (what === "run") counting = true;
    else
      process.send!({ connected: heads, bytes, received: histogram.reduce((a, b) => a + b), ...latencies() });
  });
  process.send!(heads);
}

function latencies(): { p50: number; p99: number; max: number } {
  const total = histogram.reduce((a, b) => a + b);
  const at = (share: number): number => {
    let left = Math.max(1, total * share);
    for (let slot = 0; slot < histogram.length; slot++) if ((left -= histogram[slot]!) <= 0) return slot / 10;
    return Infinity;
  };
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const percentile = (values: number[], share: number): number =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

// The conductor

interface Part {
  ask<T>(what: Ask["do"]): Promise<T>;
  heard<T>(): Promise<T>;
  tell(what: Ask["do"]): void;
}

function part(...args: string[]): Part {
  const waiting: ((message: unknown) => void)[] = [];
  const early: unknown[] = [];
  const child = Bun.spawn([process.execPath, import.meta.path, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc(message) {
      const next = waiting.shift();
      if (next === undefined) early.push(message);
      else next(message);
    },
  });
  const heard = <T>(): Promise<T> =>
    new Promise((done) => {
      if (early.length > 0) done(early.shift() as T);
      else waiting.push((message) => done(message as T));
    });
  const tell = (what: Ask["do"]): void => child.send({ do: what } satisfies Ask);
  return {
    heard,
    tell,
    ask(what) {
      tell(what);
      return heard();
    },
  };
}

interface Result {
  connected: number;
  received: number;
  bytes: number;
  p50: number;
  p99: number;
  max: number;
}

async function measure(mode: Mode): Promise<void> {
  const { clients: n, run_s } = plan[mode];
  const server = part("server", mode);
  const port = await server.heard<number>();
  const empty = await server.ask<Numbers>("idle");
  const crowd = part("clients", mode, String(port));
  await crowd.heard<number>();
  const idle = await server.ask<Numbers>("idle");
  crowd.tell("run");
  const ran = await server.ask<Numbers>("run");
  await Bun.sleep(1_500);
  const { connected, received, bytes, p50, p99, max } = await crowd.ask<Result>("idle");
  const after = await server.ask<Numbers>("idle");
  for (const one of [server, crowd]) one.tell("stop");
  const kb = (rss: number): string => ((rss - empty.rss) / 1024 / n).toFixed(1);
  process.stdout.write(
    `${mode.padEnd(6)} ${connected} of ${n} clients · ${Math.round(received / run_s).toLocaleString("en")} received/s of ` +
      `${Math.round((n * ran.sent!) / run_s).toLocaleString("en")} · ${(bytes / run_s / 1e6).toFixed(0)} MB/s · p50 ${p50.toFixed(0)} p99 ${p99.toFixed(0)} ` +
      `max ${max.toFixed(0)} ms · ${kb(idle.rss)} KB per client idle, ${kb(after.rss)} after · server CPU ${ran.cpu_percent!.toFixed(0)} % · ` +
      `loop lag p99 ${ran.lag_p99_ms!.toFixed(0)} ms\n`,
  );
}

const [what, mode, port] = process.argv.slice(2);
if (what === "server") await serve(mode as Mode);
else if (what === "clients") await clients(mode as Mode, Number(port));
else {
  if (what !== "b") for (const one of ["hub", "naive"] as const) await measure(one);
  if (what !== "a") await measure("roads");
  process.exit(0);
}
