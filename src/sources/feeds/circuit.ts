/** The circuit of a feed: an upstream that fails again and again is left in peace for a while, then asked once. */
import {
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
} from "cockatiel";
import type { FeedRecord } from "../../core/feed-status.ts";
import { minutes } from "../../core/time.ts";

export interface Circuit {
  state: () => FeedRecord["circuit"];
  /** Runs the call; null, without running it, while the circuit is open. @throws what the call throws. */
  through: <T>(call: () => Promise<T>) => Promise<T | null>;
}

export interface CircuitOptions {
  /** Calls in a row that failed, retries included, until it opens. */
  failures?: number;
  /** Between two probes, ms: at first, and at most. By the wall clock of the process. */
  rest_ms?: number;
  rest_ms_max?: number;
}

export function feedCircuit({
  failures = 5,
  rest_ms = minutes(1),
  rest_ms_max = minutes(15),
}: CircuitOptions = {}): Circuit {
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: new ExponentialBackoff({ initialDelay: rest_ms, maxDelay: rest_ms_max, exponent: 2 }),
    breaker: new ConsecutiveBreaker(failures),
  });
  return {
    state: () =>
      policy.state === CircuitState.Closed
        ? "closed"
        : policy.state === CircuitState.HalfOpen
          ? "half-open"
          : "open",
    async through(call) {
      try {
        return await policy.execute(call);
      } catch (error) {
        if (isBrokenCircuitError(error)) return null;
        throw error;
      }
    },
  };
}
