/** Work without end that one replica does for all: it holds a lease, and another takes over when that ends. */
import { HistoryUnavailableError } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import { seconds, type Clock } from "../src/core/time.ts";
import type { Duties } from "../src/history/duties.ts";
import type { Service } from "./service.ts";

export interface AloneOptions {
  duties: Pick<Duties, "lease" | "release">;
  /** Name of this process among its replicas. */
  holder: string;
  clock: Pick<Clock, "monotonic">;
  /** How long after its last sign of life the holder is taken for dead, ms. */
  lease_ms?: number;
}

/** Of a lease, the share in which its holder works on without a word from the server. */
const SURE_SHARE = 3 / 4;

/** The same service, run by whoever holds the lease of its name; stopped before the lease can be another's. */
export function alone(service: Service, options: AloneOptions): Service {
  const { duties, holder, clock, lease_ms = seconds(6) } = options;
  const beat_ms = lease_ms / 4;
  return {
    name: service.name,
    async run(signal) {
      while (!signal.aborted) {
        const asked_ms = clock.monotonic();
        if ((await isMine(signal)) === true) {
          if ((await whileMine(asked_ms, signal)) === "over") return;
        } else await pause(beat_ms, signal);
      }
    },
  };

  /** Null where nobody can know: the server is away, or hangs for longer than the lease. */
  async function isMine(signal: AbortSignal): Promise<boolean | null> {
    const asked = duties.lease(service.name, holder, lease_ms).catch((error: unknown) => {
      if (error instanceof HistoryUnavailableError) return null;
      throw error;
    });
    asked.catch(() => {});
    return Promise.race([asked, pause(lease_ms, signal).then(() => null)]);
  }

  /** @param asked_ms When the lease was asked for: from then on it may count. */
  async function whileMine(asked_ms: number, signal: AbortSignal): Promise<"lost" | "over"> {
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    let over = false;
    const running = service.run(stop).finally(() => {
      over = true;
      ended.abort();
    });
    running.catch(() => {});
    const sureSince = (ms: number): ReturnType<typeof setTimeout> =>
      setTimeout(() => ended.abort(), ms + SURE_SHARE * lease_ms - clock.monotonic());
    let sure = sureSince(asked_ms);
    try {
      while (!stop.aborted) {
        await pause(beat_ms, stop);
        if (stop.aborted) break;
        const at_ms = clock.monotonic();
        const mine = await isMine(stop);
        // Another has it: this process stood still for too long.
        if (mine === false) break;
        if (mine !== true) continue;
        clearTimeout(sure);
        sure = sureSince(at_ms);
      }
    } finally {
      clearTimeout(sure);
      ended.abort();
    }
    const lost = !over && !signal.aborted;
    await running;
    await duties.release(service.name, holder).catch((error: unknown) => {
      if (!(error instanceof HistoryUnavailableError)) throw error;
    });
    return lost ? "lost" : "over";
  }
}
