/** The restart budget of each service, as the supervisor spends it. */
import type { Clock } from "../core/time.ts";

export interface RestartsOptions {
  clock: Pick<Clock, "monotonic">;
  services: readonly string[];
  /** As the supervisor's own. */
  restarts_max: number;
  window_ms: number;
}

export interface Restarts {
  /** From the supervisor's `onCrash`. A service that nobody named is named by its first crash. */
  crashed(service: string): void;
  read(): readonly { service: string; remaining: number; crashes: number }[];
}

export function watchRestarts({ clock, services, restarts_max, window_ms }: RestartsOptions): Restarts {
  const known = new Map(services.map((service) => [service, { recent: [] as number[], crashes: 0 }]));
  return {
    crashed(service) {
      const one = known.get(service) ?? { recent: [], crashes: 0 };
      one.crashes++;
      one.recent = [...one.recent, clock.monotonic()].slice(-restarts_max - 1);
      known.set(service, one);
    },
    read() {
      const now_ms = clock.monotonic();
      return [...known].map(([service, { recent, crashes }]) => ({
        service,
        crashes,
        // A crash is forgiven once it is older than the window: the supervisor counts the same way.
        remaining: Math.max(0, restarts_max - recent.filter((at) => now_ms - at < window_ms).length),
      }));
    },
  };
}
