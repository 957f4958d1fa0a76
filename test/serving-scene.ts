/** A serving layer over a log, a live view and a real history, each filled only when told: so that each can lag. */
import type { City, Road } from "../src/core/city.ts";
import { decoderOf } from "../src/core/decode.ts";
import { LiveUnavailableError } from "../src/core/errors.ts";
import type { Event } from "../src/core/event.ts";
import { answerRow } from "../src/core/json.ts";
import { limits } from "../src/core/limits.ts";
import { formatInstant, type Clock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import type { LiveRow, LiveStore } from "../src/live/live-store.ts";
import { openMemoryLive, type MemoryLive } from "../src/live/memory-live.ts";
import type { Log } from "../src/log/log.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { createServing } from "../src/serving/serving.ts";
import type { Serving } from "../src/serving/answer.ts";
import { traffic } from "../src/streams/traffic.ts";
import { freshDatabase } from "./postgres.ts";

/** Saturday, 10:20 in Berlin. */
export const NOW_MS = Date.UTC(2026, 10, 21, 9, 20);

export class HandClock implements Clock {
  ms = NOW_MS;
  now = (): number => this.ms;
  monotonic = (): number => this.ms;
}

export interface Sent {
  road_id: string;
  /** Event time, counted from the clock's; 0 by default. */
  at_ms?: number;
  speed?: number;
  free?: number | null;
  place?: readonly [number, number];
}

export interface Scene {
  clock: HandClock;
  log: Log;
  live: MemoryLive;
  history: HistoryStore;
  serving: Serving;
  city: City;
  /** Calls to the live store fail while it is away. */
  away: { live: boolean };
  send: (sent: readonly Sent[]) => Promise<void>;
  /** The live view reads on in the log, up to `records_max` of each partition. */
  toLive: (records_max?: number) => Promise<void>;
  toHistory: () => Promise<void>;
  /** Both. */
  settle: () => Promise<void>;
  end: () => Promise<void>;
}

const roadOf = (road_id: string, n: number, length_km: number): Road => ({
  road_id,
  road_name: `Road ${road_id.toUpperCase()}`,
  road_class: "primary",
  district: "Old Town",
  free_flow_speed: 50,
  length_km,
  geometry: [
    [11 + n / 10, 48],
    [11 + n / 10 + 0.05, 48.05],
  ],
  neighbours: [],
});

export const cityOf = (roads: readonly string[], zone = "Europe/Berlin"): City => ({
  city_id: "test",
  name: "Test",
  zone,
  rush_hours: [],
  peak_hours: [],
  holidays: [],
  centre: [11, 48],
  bounds: [10, 47, 13, 49],
  roads: roads.map((road_id, n) => roadOf(road_id, n, n + 1)),
  hospitals: [],
  background: [],
  attribution: ["Nobody"],
});

let number = 0;

export async function openScene(roads: readonly string[] = ["a", "b", "c", "d"]): Promise<Scene> {
  const database = await freshDatabase();
  const { url } = database;
  const clock = new HandClock();
  const city = cityOf(roads);
  const history = openPostgresHistory({ url, clock });
  await history.migrate();
  const log = openMemoryLog({ clock });
  await log.createTopics([{ topic: traffic.topic, partitions: traffic.partitions, retention_ms: 1e12 }]);
  const live = openMemoryLive({ clock });
  const away = { live: false };
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (away.live) throw new LiveUnavailableError("Cannot reach the live store: it is switched off");
    return ask();
  };
  const switched: LiveStore = {
    put: (...args) => asked(() => live.put(...args)),
    all: (...args) => asked(() => live.all(...args)),
    get: (...args) => asked(() => live.get(...args)),
    applied: (...args) => asked(() => live.applied(...args)),
    expire: (...args) => asked(() => live.expire(...args)),
    clear: (...args) => asked(() => live.clear(...args)),
    close: () => live.close(),
  };
  const serving = createServing({
    streams: [traffic],
    live: switched,
    history,
    log,
    city,
    clock,
    tick_ms: 0,
  });

  async function read(partition: number, from: number, records_max: number): Promise<Event[]> {
    const records = await log.read(traffic.topic, partition, from, records_max);
    const raws = records.map((record) => ({
      value: record.value,
      source: "test",
      received_at_ms: record.timestamp_ms,
      partition,
      offset: record.offset,
      backfill: false,
      dead_letter_id: null,
    }));
    return decoderOf(traffic)
      .decode(raws, { city, now_ms: clock.now() })
      .map((decoded) => {
        if (!decoded.ok) throw new Error(`The test's event is none: ${JSON.stringify(decoded.reject)}`);
        return decoded.event;
      });
  }

  const partitions = Array.from({ length: traffic.partitions }, (_, p) => p);

  async function toLive(records_max: number = limits.batch_records_max): Promise<void> {
    const applied = await live.applied(traffic);
    for (const partition of partitions) {
      const events = await read(partition, applied[partition] ?? 0, records_max);
      const newest = new Map<string, LiveRow>();
      for (const event of events) {
        const { key, event_time_ms, offset, source } = event;
        const before = newest.get(key);
        if (before !== undefined && before.event_time_ms > event_time_ms) continue;
        newest.set(key, { key, event_time_ms, partition, offset, source, row: answerRow(traffic, event) });
      }
      const last = events.at(-1);
      if (last !== undefined)
        await live.put(traffic, [...newest.values()], [{ partition, next_offset: last.offset + 1 }]);
    }
  }

  async function toHistory(): Promise<void> {
    for (;;) {
      const applied = (await history.applied([traffic]))[traffic.name]!;
      let stored = 0;
      for (const partition of partitions) {
        const from = applied[partition] ?? 0;
        const events = await read(partition, from, limits.history_batch_events_max);
        if (events.length === 0) continue;
        stored += events.length;
        const next_offset = events.at(-1)!.offset + 1;
        const outcome = await history.append(traffic, [
          {
            partition,
            expected_offset: from,
            next_offset,
            events,
            dead: [],
            last_record_hash: `${next_offset}`,
          },
        ]);
        if (outcome.kind !== "stored") throw new Error("The test's batch was fenced");
      }
      if (stored === 0) return;
    }
  }

  return {
    clock,
    log,
    live,
    history,
    serving,
    city,
    away,
    async send(sent) {
      const records = sent.map(({ road_id, at_ms = 0, speed = 40, free = 50, place }) => ({
        key: road_id,
        value: Buffer.from(
          JSON.stringify({
            event_id: `e${number++}`,
            timestamp: formatInstant(clock.ms + at_ms),
            road_id,
            current_speed: speed,
            free_flow_speed: free,
            ...(place === undefined ? {} : { coordinates: place }),
          }),
        ),
      }));
      for (let n = 0; n < records.length; n += limits.append_records_max) {
        await log.append(traffic.topic, records.slice(n, n + limits.append_records_max));
      }
    },
    toLive,
    toHistory,
    async settle() {
      await toLive();
      await toHistory();
    },
    async end() {
      await log.close();
      await history.close();
      await database.drop();
    },
  };
}
