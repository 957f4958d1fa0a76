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

function feedCircuit({
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

/** A circuit for each upstream of a feed, by origin: one that is down does not keep the others from being asked. */
export class Circuits {
  readonly #options: CircuitOptions;
  readonly #by_origin = new Map<string, Circuit>();

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  of(origin: string): Circuit {
    let circuit = this.#by_origin.get(origin);
    if (circuit === undefined) this.#by_origin.set(origin, (circuit = feedCircuit(this.#options)));
    return circuit;
  }

  worst(): FeedRecord["circuit"] {
    const states = new Set([...this.#by_origin.values()].map((circuit) => circuit.state()));
    return states.has("open") ? "open" : states.has("half-open") ? "half-open" : "closed";
  }
}
