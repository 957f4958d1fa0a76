/** The demo city's feed: its last hours once, beside its live events. */
import type { Maker } from "../src/sources/simulator/index.ts";
import { seedOnce, type SeedOnceOptions } from "./seed-once.ts";
import { simulate, type SimulateOptions } from "./simulate.ts";
import type { Service } from "./service.ts";

export type DemoFeedOptions = Omit<SimulateOptions & SeedOnceOptions, "makers"> & {
  /** Asked for by the replica that feeds only: a city's life takes memory, and 0.2 s to set up. */
  makers: () => readonly Maker[];
};

export function demoFeed(options: DemoFeedOptions): Service {
  return {
    name: "simulate",
    async run(signal) {
      const makers = options.makers();
      const live = simulate({ ...options, makers });
      // Asked before the first live event: then an empty store is still empty.
      const seed = await seedOnce({ ...options, makers });
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
