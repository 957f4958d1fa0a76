/** A log, a live store that can be away, and a speed consumer between them: for tests. */
import type { CityRules } from "../src/core/city.ts";
import { LiveUnavailableError } from "../src/core/errors.ts";
import { formatInstant, minutes, type Clock } from "../src/core/time.ts";
import type { LiveStore } from "../src/live/live-store.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import type { Log } from "../src/log/log.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { traffic } from "../src/streams/traffic.ts";
import { speedConsumer, type SpeedConsumer, type SpeedOptions } from "../src/speed/speed-consumer.ts";

const city: CityRules = { city_id: "test", zone: "UTC", rush_hours: [], peak_hours: [], holidays: [] };
export const START_MS = Date.UTC(2026, 10, 21, 10, 0);

export class HandClock implements Clock {
  ms = START_MS;
  now = (): number => this.ms;
  monotonic = (): number => performance.now();
}

export interface Sent {
  road_id: string;
  at_ms?: number;
  speed?: number;
  backfill?: boolean;
}

const ended: (() => Promise<void>)[] = [];

export async function endAll(): Promise<void> {
  for (const end of ended.splice(0)) await end();
}

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline_ms = performance.now() + 3_000;
  while (!(await holds())) {
    if (performance.now() > deadline_ms) throw new Error(`Waited 3 s for: ${what}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

/** A live store that can be away, and that can come back empty. */
export function switchable(clock: Clock): LiveStore & { away: boolean; puts: number; empty(): void } {
  let inner = openMemoryLive({ clock });
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (store.away) throw new LiveUnavailableError("Cannot reach the live store: it is switched off");
    return ask();
  };
  const store = {
    away: false,
    puts: 0,
    empty: () => void (inner = openMemoryLive({ clock })),
    put: (...args: Parameters<LiveStore["put"]>) => asked(() => (store.puts++, inner.put(...args))),
    all: (...args: Parameters<LiveStore["all"]>) => asked(() => inner.all(...args)),
    get: (...args: Parameters<LiveStore["get"]>) => asked(() => inner.get(...args)),
    applied: (...args: Parameters<LiveStore["applied"]>) => asked(() => inner.applied(...args)),
    expire: (...args: Parameters<LiveStore["expire"]>) => asked(() => inner.expire(...args)),
    clear: (...args: Parameters<LiveStore["clear"]>) => asked(() => inner.clear(...args)),
    close: async () => {},
  };
  return store;
}

export async function setUp(more: Partial<SpeedOptions> = {}, partitions = 2) {
  const clock = new HandClock();
  const log = openMemoryLog({ clock });
  await log.createTopics([{ topic: traffic.topic, partitions, retention_ms: minutes(60) }]);
  const live = switchable(clock);
  const options: SpeedOptions = {
    log,
    live,
    streams: [traffic],
    city,
    clock,
    sweep_ms: 20,
    retry_ms: 10,
    flush_ms: 5,
    ...more,
  };
  const speed = speedConsumer(options);
  ended.push(() => log.close());
  return { clock, log, live, speed, options };
}

export function run(speed: SpeedConsumer): () => Promise<void> {
  const stop = new AbortController();
  const running = speed.run(stop.signal);
  let over = false;
  const end = async (): Promise<void> => {
    if (over) return;
    over = true;
    stop.abort();
    await running;
  };
  ended.unshift(end);
  return end;
}

export const encoder = new TextEncoder();

export const recordFor = (sent: Sent) => ({
  key: sent.road_id,
  value: encoder.encode(
    JSON.stringify({
      event_id: `${sent.road_id}-${sent.at_ms ?? 0}-${sent.speed ?? 40}`,
      timestamp: formatInstant(START_MS + (sent.at_ms ?? 0)),
      road_id: sent.road_id,
      current_speed: sent.speed ?? 40,
      free_flow_speed: 50,
    }),
  ),
  headers: { source: "test", ...(sent.backfill === true ? { backfill: "1" } : {}) },
});

export const send = async (log: Log, sent: readonly Sent[]): Promise<void> =>
  void (await log.append(traffic.topic, sent.map(recordFor)));

export const speedOf = async (live: LiveStore, key: string): Promise<unknown> =>
  (await live.get(traffic, key))?.row["current_speed"];
