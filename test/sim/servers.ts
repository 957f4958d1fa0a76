/** What all replicas share: log, live store and history, as servers of their own. */
import { hours, type Clock } from "../../src/core/time.ts";
import type { HistoryStore } from "../../src/history/history-store.ts";
import { MemoryHistoryStore } from "../../src/history/memory-history-store.ts";
import { openMemoryHistory } from "../../src/history/memory-history.ts";
import type { LiveStore } from "../../src/live/live-store.ts";
import { openMemoryLive } from "../../src/live/memory-live.ts";
import type { Log } from "../../src/log/log.ts";
import { openMemoryLog } from "../../src/log/memory-log.ts";
import type { Stream } from "../../src/core/stream.ts";
import { Chance } from "./chance.ts";
import { streams } from "./city.ts";
import type { Weather } from "./link.ts";
import type { Planted } from "./planted.ts";
import { SharedLog } from "./shared-log.ts";
import type { World } from "./world.ts";

const LEASE_MS = 3_000;

export interface Look {
  rows: Map<string, { event_time_ms: number; event_id: string }>;
  applied: readonly number[];
}

export class Servers {
  readonly log: SharedLog;
  readonly history_store = new MemoryHistoryStore();
  readonly planted: Planted;
  readonly weather: Weather;
  /** The live store, whatever is in it now. */
  readonly live: LiveStore;
  readonly #world: World;
  #live: LiveStore;
  #members = 0;

  constructor(world: World, planted: Planted) {
    this.#world = world;
    this.planted = planted;
    this.log = new SharedLog(world, planted.by_sequence);
    for (const { topic, partitions } of streams)
      this.log.create({ topic, partitions, retention_ms: hours(24) });
    const chance = new Chance(world.seed, "weather");
    const rough = chance.part() ** 2;
    this.weather = { lost: 0.04 * rough, unheard: 0.04 * rough, slow: 0.1 * rough };
    this.#live = this.#emptyLive();
    this.live = {
      put: (...args) => this.#live.put(...args),
      all: (...args) => this.#live.all(...args),
      get: (...args) => this.#live.get(...args),
      applied: (...args) => this.#live.applied(...args),
      expire: (...args) => this.#live.expire(...args),
      close: async () => {},
    };
  }

  openLog(clock: Clock): Log {
    return openMemoryLog({
      clock,
      store: this.log,
      lease_ms: LEASE_MS,
      newId: () => `${this.#world.chance.next().toString(36)}-${this.#members++}`,
    });
  }

  openHistory(clock: Clock): HistoryStore {
    return this.planted.history_server(openMemoryHistory({ clock, store: this.history_store }));
  }

  /** What is in the live store, seen from nowhere. */
  look(stream: Stream): Look {
    const look: Look = { rows: new Map(), applied: [] };
    this.#world.within(this.#world.server, () => {
      void this.#live.all(stream).then(({ rows, applied }) => {
        look.applied = applied;
        for (const { key, event_time_ms, row } of rows)
          look.rows.set(key, { event_time_ms, event_id: String(row["event_id"]) });
      });
    });
    return look;
  }

  /** As FLUSHALL does. */
  emptyLive(): void {
    this.#live = this.#emptyLive();
  }

  #emptyLive(): LiveStore {
    return this.planted.live_store(openMemoryLive({ clock: this.#world.server }), this.#world);
  }
}

