/** What all replicas share: log, live store and history, as servers of their own. */
import { hours, type Clock } from "../../src/core/time.ts";
import type { HistoryStore } from "../../src/history/history-store.ts";
import { MemoryHistoryStore } from "../../src/history/memory-history-store.ts";
import { openMemoryHistory } from "../../src/history/memory-history.ts";
import { openMemoryLive } from "../../src/live/memory-live.ts";
import type { Log } from "../../src/log/log.ts";
import { openMemoryLog } from "../../src/log/memory-log.ts";
import type { Stream } from "../../src/core/stream.ts";
import { Chance } from "./chance.ts";
import { streams } from "./city.ts";
import type { Weather } from "./link.ts";
import type { Planted } from "./planted.ts";
import { LiveServer } from "./shared-live.ts";
import { SharedLog } from "./shared-log.ts";
import type { World } from "./world.ts";

const LEASE_MS = 2_000;

export interface Look {
  rows: Map<string, { event_time_ms: number; event_id: string }>;
  applied: readonly number[];
}

export class Servers {
  readonly log: SharedLog;
  readonly history_store = new MemoryHistoryStore();
  readonly planted: Planted;
  readonly weather: Weather;
  readonly live: LiveServer;
  readonly #world: World;
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
    this.live = new LiveServer(() => planted.live_store(openMemoryLive({ clock: world.server }), world));
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
      void this.live.store.all(stream).then(({ rows, applied }) => {
        look.applied = applied;
        for (const { key, event_time_ms, row } of rows)
          look.rows.set(key, { event_time_ms, event_id: String(row["event_id"]) });
      });
    });
    return look;
  }
}
