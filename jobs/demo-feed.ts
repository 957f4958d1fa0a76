/** The demo city's feed: its last hours once, beside its live events. */
import { seedOnce, type SeedOnceOptions } from "./seed-once.ts";
import { simulate, type SimulateOptions } from "./simulate.ts";
import type { Service } from "./service.ts";

export type DemoFeedOptions = SimulateOptions & SeedOnceOptions;

export function demoFeed(options: DemoFeedOptions): Service {
  const live = simulate(options);
  return {
    name: live.name,
    async run(signal) {
      // Asked before the first live event: then an empty store is still empty.
      const seed = await seedOnce(options);
      const ended = new AbortController();
      const stop = AbortSignal.any([signal, ended.signal]);
      const both = [live.run(stop), ...(seed === null ? [] : [seed.run(stop)])];
      try {
        await Promise.all(both);
      } finally {
        ended.abort();
        await Promise.allSettled(both);
      }
    },
  };
}
