/** The live view that the configuration names: Redis behind a circuit breaker, or one in this process. */
import type { Config } from "./config.ts";
import type { Clock } from "./core/time.ts";
import { breakLive } from "./live/breaker-live.ts";
import type { LiveStore } from "./live/live-store.ts";
import { openMemoryLive } from "./live/memory-live.ts";
import { openRedisLive } from "./live/redis-live.ts";
import type { BreakerState } from "./serving/explain-answer.ts";

export interface OpenedLive extends LiveStore {
  /** What it runs on, for the start page. */
  on: string;
  /** All replicas see the same one. One that is not shared must be filled from every partition. */
  shared: boolean;
  breaker: () => BreakerState;
}

export interface OpenLiveOptions {
  clock: Clock;
  onWarning: (part: string, message: string) => void;
}

export function openLive(config: Config, { clock, onWarning }: OpenLiveOptions): OpenedLive {
  const url = config.REDIS_URL;
  if (url === undefined) {
    const live = openMemoryLive({ clock });
    return Object.assign(live, { on: "in this process", shared: false, breaker: () => "none" as const });
  }
  const warn = (message: string): void => onWarning("live", message);
  const live = breakLive(openRedisLive({ url, clock, onWarning: warn }), {
    clock,
    onChange: (state) => warn(`The circuit breaker around Redis is ${state}`),
  });
  return Object.assign(live, {
    on: `Redis at ${new URL(url).host}`,
    shared: true,
    breaker: () => live.state(),
  });
}
