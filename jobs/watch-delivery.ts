/** Looks at delivery every two seconds, so that a warning is raised and logged also while no page is open. */
import { limits } from "../src/core/limits.ts";
import type { Observation } from "../src/observe/observe.ts";
import { repeat, type Service } from "./service.ts";

export interface WatchDeliveryOptions {
  observation: Pick<Observation, "look" | "stop">;
  every_ms?: number;
}

export function watchDelivery({
  observation,
  every_ms = limits.watch_every_ms,
}: WatchDeliveryOptions): Service {
  return {
    name: "watch-delivery",
    async run(signal) {
      try {
        await repeat(every_ms, signal, async () => {
          await observation.look();
        });
      } finally {
        // Only at the end: a restart goes on with the same observation.
        if (signal.aborted) observation.stop();
      }
    },
  };
}
