/** What runs by itself without end, and who restarts it: a few times, then the process must end. */
import { pause } from "../src/core/pause.ts";
import type { Clock } from "../src/core/time.ts";

export interface Service {
  name: string;
  /** Runs until the signal aborts; a rejection is a crash. Resolving early means that there is no more to do. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SupervisorOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Crashes that are forgiven within `window_ms`, per service. */
  restarts_max: number;
  window_ms: number;
  /** Wait before the first restart; doubles up to `backoff_ms_max`. */
  backoff_ms: number;
  backoff_ms_max: number;
  onCrash: (name: string, error: unknown, restarts_left: number) => void;
}

/** A service crashed more often than its budget allows. A consumer that looks alive but is dead is worse than an end. */
export class RestartBudgetError extends Error {
  override name = "RestartBudgetError";
}

/** A service can no longer do its work, and starting it again in this process would not help. */
export class StuckError extends Error {
  override name = "StuckError";
}

/**
 * Runs services until the signal aborts.
 *
 * @throws {RestartBudgetError} as soon as one service has used up its budget; the others are still running then.
 * @throws {StuckError} as soon as a service says so.
 */
export async function supervise(services: readonly Service[], options: SupervisorOptions): Promise<void> {
  await Promise.all(services.map((service) => keepRunning(service, options)));
}

async function keepRunning(service: Service, options: SupervisorOptions): Promise<void> {
  const { clock, signal } = options;
  let crashes: number[] = [];
  while (!signal.aborted) {
    try {
      await service.run(signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof StuckError) throw error;
      const now = clock.monotonic();
      crashes = [...crashes.filter((at) => now - at < options.window_ms), now];
      const left = options.restarts_max - crashes.length;
      options.onCrash(service.name, error, Math.max(0, left));
      if (left < 0) {
        throw new RestartBudgetError(
          `${service.name} crashed ${crashes.length} times within ${options.window_ms / 60_000} min; the last time: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
      const wait = Math.min(options.backoff_ms_max, options.backoff_ms * 2 ** (crashes.length - 1));
      await pause(wait, signal);
    }
  }
}

/** Runs a piece of work now and then every `every_ms` after it ended, until the signal aborts. */
export async function repeat(
  every_ms: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work();
    await pause(every_ms, signal);
  }
}
