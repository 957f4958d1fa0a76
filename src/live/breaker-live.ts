/**
 * A circuit breaker around a live store. While the server does not answer, every call fails at once; one probe at a
 * time, in the background, finds out when it is back, so that nobody's request has to try. A server that answers but
 * refuses writes breaks the circuit of writes alone.
 */
import {
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
} from "cockatiel";
import { LiveUnavailableError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { LiveStore } from "./live-store.ts";
import { LiveLostError, LiveRefusedError } from "./trouble.ts";

export type BreakerState = "closed" | "open" | "half-open";

export interface BreakOptions {
  clock: Clock;
  /** Told of every change. */
  onChange?: (state: BreakerState, change: BreakerChange) => void;
}

export interface BreakerChange {
  /** Of all calls, or of writes alone, while the server answers but refuses them. */
  circuit: "server" | "writes";
  /** The last failure; null when it closed. */
  why: string | null;
}

export interface BrokenLive extends LiveStore {
  /** Of the circuit that all calls go through. */
  state(): BreakerState;
  /** Of writes: never closed while `state` is not. */
  writes(): BreakerState;
  readonly counts: BreakerCounts;
}

/** Counted since the start. */
export interface BreakerCounts {
  opened: number;
  /** Calls that failed at once. */
  spared: number;
  /** Writes that the server refused: its memory was full, or it is a replica. */
  refused: number;
}

/** Failures in a row that open a circuit. */
const FAILURES = 3;
/** Between two probes, ms: half a second at first, longer while it stays away. */
const BACKOFF = { initialDelay: 250, maxDelay: 1_500, exponent: 1.6 } as const;
/** How often is looked whether a probe is due, ms. */
const LOOK_MS = 50;

const NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
};

const answered = (error: unknown): boolean =>
  error instanceof LiveRefusedError || error instanceof LiveLostError;
const away = (error: unknown): boolean => error instanceof LiveUnavailableError && !answered(error);
const refused = (error: unknown): boolean => error instanceof LiveRefusedError;

type Settled<T> = { value: T } | { error: unknown };

function take<T>(settled: Settled<T>): T {
  if ("error" in settled) throw settled.error;
  return settled.value;
}

export function breakLive(inner: LiveStore, { clock, onChange }: BreakOptions): BrokenLive {
  const counts: BreakerCounts = { opened: 0, spared: 0, refused: 0 };
  const backoff = (): ExponentialBackoff<unknown> => new ExponentialBackoff(BACKOFF);
  const server = circuitBreaker(handleWhen(away), {
    halfOpenAfter: backoff(),
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  const writing = circuitBreaker(handleWhen(refused), {
    halfOpenAfter: backoff(),
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  let closed = false;
  let since_ms = clock.monotonic();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let why: string | null = null;
  /** Of the stream that was asked for last: any will do to see whether the server answers. */
  let probe: (() => Promise<unknown>) | null = null;

  server.onStateChange((state) => {
    since_ms = clock.monotonic();
    if (state === CircuitState.Open) {
      counts.opened++;
      look();
    }
    tell("server", state);
  });
  writing.onStateChange((state) => tell("writes", state));

  function tell(circuit: BreakerChange["circuit"], state: CircuitState): void {
    onChange?.(NAMES[state], { circuit, why: state === CircuitState.Closed ? null : why });
  }

  function look(): void {
    if (timer !== null || closed) return;
    timer = setTimeout(() => {
      timer = null;
      if (server.state === CircuitState.Closed || closed || probe === null) return;
      // Fails at once as long as none is due.
      const trying = probe;
      void server
        .execute(() => settled(trying, away))
        .catch(() => {})
        .then(look);
    }, LOOK_MS);
    timer.unref?.();
  }

  const sparing = (stream: Stream, what: string): LiveUnavailableError => {
    counts.spared++;
    const away_ms = Math.round(clock.monotonic() - since_ms);
    return new LiveUnavailableError(
      `Cannot use the live view of ${stream.name}: ${what}, tried last ${away_ms} ms ago (${why})`,
    );
  };

  async function ask<T>(stream: Stream, call: () => Promise<T>): Promise<T> {
    probe = () => inner.applied(stream);
    if (server.state !== CircuitState.Closed) throw sparing(stream, "its server does not answer");
    return take(await server.execute(() => settled(call, away)));
  }

  async function write<T>(stream: Stream, call: () => Promise<T>): Promise<T> {
    if (server.state !== CircuitState.Closed) throw sparing(stream, "its server does not answer");
    // The probe of writes is a write: who writes can wait for it, and is refused quickly. One at a time.
    if (writing.state === CircuitState.HalfOpen) throw sparing(stream, "its server refuses writes");
    try {
      return take(await writing.execute(() => settled(() => ask(stream, call), refused)));
    } catch (error) {
      if (error instanceof LiveRefusedError) counts.refused++;
      if (isBrokenCircuitError(error)) throw sparing(stream, "its server refuses writes");
      throw error;
    }
  }

  /** What a circuit is not to judge is its value, not its error. */
  async function settled<T>(
    call: () => Promise<T>,
    judged: (error: unknown) => boolean,
  ): Promise<Settled<T>> {
    try {
      return { value: await call() };
    } catch (error) {
      if (!judged(error)) return { error };
      why = (error as LiveUnavailableError).message;
      throw error;
    }
  }

  return {
    counts,
    state: () => NAMES[server.state],
    writes: () => (server.state === CircuitState.Closed ? NAMES[writing.state] : NAMES[server.state]),
    put: (stream, rows, applied) => write(stream, () => inner.put(stream, rows, applied)),
    all: (stream) => ask(stream, () => inner.all(stream)),
    get: (stream, key) => ask(stream, () => inner.get(stream, key)),
    applied: (stream) => ask(stream, () => inner.applied(stream)),
    expire: (stream) => ask(stream, () => inner.expire(stream)),
    clear: (stream) => ask(stream, () => inner.clear(stream)),
    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await inner.close();
    },
  };
}
