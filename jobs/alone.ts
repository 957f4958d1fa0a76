/** Work without end that one replica does for all: it holds a lease, and another takes over when that ends. */
import { HistoryUnavailableError } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import { seconds } from "../src/core/time.ts";
import type { Duties } from "../src/history/duties.ts";
import type { Service } from "./service.ts";

export interface AloneOptions {
  duties: Pick<Duties, "lease" | "release">;
  /** Name of this process among its replicas. */
  holder: string;
  /** How long after its last sign of life the holder is taken for dead, ms. */
  lease_ms?: number;
}

/** The same service, run by whoever holds the lease of its name; stopped before the lease can be another's. */
export function alone(service: Service, options: AloneOptions): Service {
  const { duties, holder, lease_ms = seconds(6) } = options;
  const beat_ms = lease_ms / 4;
  return {
    name: service.name,
    async run(signal) {
      while (!signal.aborted) {
        if (await held()) {
          if ((await whileHeld(signal)) === "over") return;
        } else await pause(beat_ms, signal);
      }
    },
  };

  /** Away is "no": then nobody can know who holds it. */
  async function held(): Promise<boolean> {
    try {
      return await duties.lease(service.name, holder, lease_ms);
    } catch (error) {
      if (error instanceof HistoryUnavailableError) return false;
      throw error;
    }
  }

  async function whileHeld(signal: AbortSignal): Promise<"lost" | "over"> {
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    let over = false;
    const running = service.run(stop).finally(() => {
      over = true;
      ended.abort();
    });
    // One beat that fails leaves three quarters of the lease; the third in a row is too late to go on.
    for (let missed = 0; missed < 3 && !stop.aborted;) {
      await pause(beat_ms, stop);
      if (!stop.aborted) missed = (await held()) ? 0 : missed + 1;
    }
    const lost = !over && !signal.aborted;
    ended.abort();
    await running;
    await duties.release(service.name, holder).catch((error: unknown) => {
      if (!(error instanceof HistoryUnavailableError)) throw error;
    });
    return lost ? "lost" : "over";
  }
}
