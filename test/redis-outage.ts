/**
 * The whole way with a real Redis and a real PostgreSQL: a log, both layers, the serving layer and the HTTP app, with
 * events and requests flowing all the time, so that a test can hurt Redis and see what a client saw.
 */
import { gunzipSync } from "node:zlib";
import { batchConsumer } from "../src/batch/consumer.ts";
import { demo } from "../src/cities/demo/index.ts";
import { formatInstant, systemClock } from "../src/core/time.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { breakLive, type BreakerState } from "../src/live/breaker-live.ts";
import { openRedisLive } from "../src/live/redis-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { createServing } from "../src/serving/serving.ts";
import { speedConsumer, type SpeedConsumer } from "../src/speed/speed-consumer.ts";
import { traffic } from "../src/streams/traffic.ts";
import { fixture } from "./api-fixture.ts";
import { freshDatabase } from "./postgres.ts";
import { startRedis, type RedisServer } from "./redis.ts";

const EVENTS_PER_S = 300;
const LISTS_PER_S = 400;
const ROADS_PER_S = 100;
const TURN_MS = 20;

/** One answer, as its client saw it. */
export interface Seen {
  at_ms: number;
  took_ms: number;
  status: number;
  /** Null where the answer was not looked into: nearly all lists. */
  layer: string | null;
  /** Rows of a list that was looked into. */
  rows: number | null;
}

export interface OutageScene {
  redis: RedisServer;
  speed: SpeedConsumer;
  roads: number;
  states: BreakerState[];
  breaker: () => BreakerState;
  /** Sends requests while `during` runs, and answers what they saw. */
  asked: (during: () => Promise<void>) => Promise<Seen[]>;
  /** The longest that this process itself stood still since it was asked last, ms: no server's doing. */
  stall_ms: () => number;
  /** Of one road now. */
  layer: () => Promise<string | null>;
  /** Waits until all that was sent is live, then says by key where the live view differs from the log: nothing. */
  differences: () => Promise<string[]>;
  /** Roads that history knows. */
  historyRoads: () => Promise<number>;
  /** Times that all newest rows were read from history. */
  historyReads: () => number;
  slowestHistoryRead_ms: () => number;
  /** Off at first. */
  feeding: { on: boolean };
  end: () => Promise<void>;
}

export async function openOutageScene(): Promise<OutageScene> {
  const clock = systemClock;
  const city = demo();
  const redis = await startRedis();
  const database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock });
  await history.migrate();
  const log = openMemoryLog({ clock });
  const { topic, partitions } = traffic;
  await log.createTopics([{ topic, partitions, retention_ms: 3_600_000 }]);
  const states: BreakerState[] = [];
  const onChange = (state: BreakerState): void => void states.push(state);
  const live = breakLive(openRedisLive({ url: redis.url, clock }), { clock, onChange });

  let history_reads = 0;
  let slowest_ms = 0;
  const counted = new Proxy(history, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const began = performance.now();
        const answer: unknown = await Reflect.apply(value, target, args);
        if (name === "latest" && args[1] === undefined) {
          history_reads++;
          slowest_ms = Math.max(slowest_ms, performance.now() - began);
        }
        return answer;
      };
    },
  });
  const serving = createServing({ streams: [traffic], live, history: counted, log, city, clock });
  const { app } = await fixture({ serving: Object.assign(serving, { calls: [] }), city, clock });

  const stop = new AbortController();
  const speed = speedConsumer({ log, live, streams: [traffic], city, clock });
  const batch = batchConsumer({ log, history, streams: [traffic], city, clock, rejects_topic: null });
  const running = [speed.run(stop.signal), batch.run(stop.signal)];

  const feeding = { on: false };
  let sent = 0;
  const encoder = new TextEncoder();
  async function send(count: number): Promise<void> {
    const timestamp = formatInstant(clock.now());
    const records = Array.from({ length: count }, () => {
      const { road_id, road_name, free_flow_speed } = city.roads[sent++ % city.roads.length]!;
      const value = {
        event_id: `e${sent}`,
        timestamp,
        road_id,
        road_name,
        current_speed: sent % 90,
        free_flow_speed,
      };
      return { key: road_id, value: encoder.encode(JSON.stringify(value)) };
    });
    await log.append(topic, records);
  }
  let stall_ms = 0;
  let turn_due = performance.now() + TURN_MS;
  const feed = setInterval(() => {
    stall_ms = Math.max(stall_ms, performance.now() - turn_due);
    turn_due = performance.now() + TURN_MS;
    if (feeding.on) void send((EVENTS_PER_S * TURN_MS) / 1_000);
  }, TURN_MS);

  const get = async (path: string, look: boolean, due: number): Promise<Seen> => {
    const response = await app.request(path, { headers: { "accept-encoding": "gzip" } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const seen: Seen = {
      at_ms: due,
      took_ms: performance.now() - due,
      status: response.status,
      layer: null,
      rows: null,
    };
    if (look && response.status === 200) {
      const zipped = response.headers.get("content-encoding") === "gzip";
      const { data, meta } = JSON.parse(new TextDecoder().decode(zipped ? gunzipSync(bytes) : bytes));
      Object.assign(seen, { layer: meta.layer, rows: Array.isArray(data) ? data.length : null });
    }
    return seen;
  };

  async function asked(during: () => Promise<void>): Promise<Seen[]> {
    const waiting: Promise<Seen>[] = [];
    const began = performance.now();
    let lists = 0;
    let singles = 0;
    const turn = setInterval(() => {
      // Open loop: what is due is sent, however slow the answers are.
      const now = performance.now();
      for (; lists < ((now - began) * LISTS_PER_S) / 1_000; lists++)
        waiting.push(get("/api/traffic/current", lists % 40 === 0, now));
      for (; singles < ((now - began) * ROADS_PER_S) / 1_000; singles++) {
        const { road_id } = city.roads[(singles * 7) % city.roads.length]!;
        waiting.push(get(`/api/traffic/live/${road_id}`, true, now));
      }
    }, TURN_MS);
    try {
      await during();
    } finally {
      clearInterval(turn);
    }
    return Promise.all(waiting);
  }

  async function differences(): Promise<string[]> {
    const other = openRedisLive({ url: redis.url, clock });
    const newest = new Map<string, string>();
    for (let partition = 0; partition < partitions; partition++) {
      for (let from = 0; ;) {
        const records = await log.read(topic, partition, from, 10_000);
        if (records.length === 0) break;
        for (const { key, offset } of records) newest.set(key ?? "", `${partition} ${offset}`);
        from = records.at(-1)!.offset + 1;
      }
    }
    const compare = async (): Promise<string[]> => {
      const held = new Map((await other.all(traffic)).rows.map((r) => [r.key, `${r.partition} ${r.offset}`]));
      return [...newest].filter(([key, place]) => held.get(key) !== place).map(([key]) => key);
    };
    const deadline_ms = performance.now() + 5_000;
    let wrong = ["not asked"];
    while (wrong.length > 0 && performance.now() < deadline_ms) {
      await Bun.sleep(20);
      wrong = await compare().catch((error: Error) => [error.message]);
    }
    await other.close();
    return wrong;
  }

  await send(city.roads.length);
  return {
    redis,
    speed,
    roads: city.roads.length,
    states,
    breaker: () => live.state(),
    asked,
    stall_ms: () => {
      const longest = stall_ms;
      stall_ms = 0;
      return longest;
    },
    layer: async () => (await get(`/api/traffic/live/${city.roads[0]!.road_id}`, true, 0)).layer,
    differences,
    historyRoads: async () => (await history.latest(traffic)).length,
    historyReads: () => history_reads,
    slowestHistoryRead_ms: () => slowest_ms,
    feeding,
    async end() {
      clearInterval(feed);
      stop.abort();
      await Promise.all(running);
      await live.close();
      await log.close();
      await history.close();
      await database.drop();
      await redis.close();
    },
  };
}
