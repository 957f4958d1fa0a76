/** The live view that the configuration names: Redis behind a circuit breaker, or one in this process. */
import type { Config } from "./config.ts";
import { LiveUnavailableError } from "./core/errors.ts";
import type { Clock } from "./core/time.ts";
import { breakLive, type BrokenLive } from "./live/breaker-live.ts";
import type { LiveStore } from "./live/live-store.ts";
import { openMemoryLive } from "./live/memory-live.ts";
import { openRedisLive } from "./live/redis-live.ts";
import type { BreakerState } from "./serving/delivery.ts";

export interface OpenedLive extends LiveStore {
  /** What it runs on, for the start page. */
  on: string;
  /** All replicas see the same one. One that is not shared must be filled from every partition. */
  shared: boolean;
  breaker: () => BreakerState;
  /** The breaker's circuit of writes, and what it has counted; null where there is none. */
  circuits: Pick<BrokenLive, "writes" | "counts"> | null;
  /** How its server does; null where it has none. Rejects while it is away. */
  server: (() => Promise<{ used_bytes: number; max_bytes: number | null }>) | null;
}

export interface OpenLiveOptions {
  clock: Clock;
  onWarning: (part: string, message: string) => void;
}

export function openLive(config: Config, { clock, onWarning }: OpenLiveOptions): OpenedLive {
  const url = config.REDIS_URL;
  if (url === undefined) {
    const live = openMemoryLive({ clock });
    return Object.assign(live, {
      on: "in this process",
      shared: false,
      breaker: () => "none" as const,
      circuits: null,
      server: null,
    });
  }
  const warn = (message: string): void => onWarning("live", message);
  const redis = openRedisLive({ url, clock, onWarning: warn });
  const live = breakLive(redis, {
    clock,
    onChange: (state, { circuit, why }) =>
      warn(
        `The circuit of ${circuit === "writes" ? "writes to" : "calls to"} Redis is ${state}${why === null ? "" : `: ${why}`}`,
      ),
  });
  return Object.assign(live, {
    on: `Redis at ${new URL(url).host}`,
    shared: true,
    breaker: () => live.state(),
    circuits: live,
    async server() {
      const stats = await redis.stats();
      if (stats === null || live.state() === "open")
        throw new LiveUnavailableError("Redis does not say how it does");
      return {
        used_bytes: stats.used_memory_bytes,
        max_bytes: stats.maxmemory_bytes === 0 ? null : stats.maxmemory_bytes,
      };
    },
  });
}
