/** How delivery does in this process, beside the ledger: what the Streams page says above it, and `/metrics` counts. */
import type { FeedStatus } from "../core/feed-status.ts";
import type { JobStatus } from "../core/job.ts";

/** State of the circuit breaker around the live view; `none` where there is none, as in one process. */
export type BreakerState = "closed" | "open" | "half-open" | "none";

/** A way that a canary goes; each is measured from the moment at which it was sent. */
export const hops = ["log", "history", "live", "sse"] as const;
export type Hop = (typeof hops)[number];

export interface CanaryTurn {
  sent_at_ms: number;
  /** ms from sent to arrived; null where it had not arrived within `limits.canary_wait_ms_max`. */
  took_ms: Readonly<Record<Hop, number | null>>;
}

export interface Warning {
  /** Which rule: one of a fixed list. */
  rule: string;
  /** What it is about: a stream, a partition, a store; empty where there is but one. */
  subject: string;
  level: "warning" | "critical";
  /** One sentence with the number that raised it. */
  text: string;
  since_ms: number;
}

export interface Delivery {
  /** Worst first, then oldest. */
  warnings: readonly Warning[];
  /** Where the live view is: `Redis`, `this process`. */
  live_on: string;
  breaker: BreakerState;
  /** Null until the first has arrived, or was waited for in vain. */
  canary: CanaryTurn | null;
  /** Bytes that the live view's server uses, and may use at most (null: no bound); null where there is none, or it is away. */
  live_memory: { used_bytes: number; max_bytes: number | null } | null;
  database_bytes: number | null;
  /** Connections asked for now, and those there are. */
  pool: { in_use: number; max: number } | null;
  loop_lag_p99_ms: number | null;
  /** The feeds that are polled, wherever that is, by name. */
  feeds: readonly FeedStatus[];
  /** The jobs, wherever they run, in the order of their list. */
  jobs: readonly JobStatus[];
}

/** Nobody observes: for tests, and for a process without the part. */
export const unobserved: Delivery = {
  warnings: [],
  live_on: "this process",
  breaker: "none",
  canary: null,
  live_memory: null,
  database_bytes: null,
  pool: null,
  loop_lag_p99_ms: null,
  feeds: [],
  jobs: [],
};
