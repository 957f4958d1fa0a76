/** What is known of delivery at one moment. */
import type { BatchProgress } from "../batch/progress.ts";
import type { FeedStatus } from "../core/feed-status.ts";
import type { JobStatus } from "../core/job.ts";
import type { Hub } from "../push/port.ts";
import type { StreamStatus } from "../serving/answer.ts";
import type { BreakerState, CanaryTurn, Hop, Warning } from "../serving/delivery.ts";
import type { PredictionFacts } from "../serving/predictions/facts.ts";
import type { SpeedProgress } from "../speed/progress.ts";
import type { LoopLag } from "./loop-lag.ts";
import type { ProcessUse } from "./process-use.ts";

export interface Pool {
  pool: string;
  in_use: number;
  max: number;
}

export interface LiveServer {
  up: boolean;
  /** Null while it does not answer. */
  memory: { used_bytes: number; max_bytes: number | null } | null;
}

export interface Facts {
  now_ms: number;
  version: string;
  /** As they were told last; empty before. A number that is not told any more keeps its `streams_at_ms`. */
  streams: readonly (StreamStatus & { expected_period_ms: number })[];
  /** Wall clock when the streams were told last; null before. */
  streams_at_ms: number | null;
  /** The ledger answered when it was last asked: history and the log are there. */
  delivery_known: boolean;
  /** Partitions whose end moves while their consumer does not, and for how long. */
  stuck: readonly { stream: string; partition: number; still_ms: number }[];
  /** Streams whose lag is not less than it was a while ago. */
  not_shrinking: ReadonlySet<string>;
  speed: readonly SpeedProgress[];
  batch: BatchProgress | null;
  /** Null in a process that serves nobody. */
  hub: ReturnType<Hub["stats"]> | null;
  breaker: BreakerState;
  /** Of writes alone: open while the server answers but refuses them. */
  breaker_writes: BreakerState;
  /** Since the start; null where there is none. */
  breaker_counts: { opened: number; spared: number; refused: number } | null;
  /** Null where the live view has no server of its own. */
  live_server: LiveServer | null;
  /** The database's answer to the last question; null before the first. */
  postgresql_up: boolean | null;
  database_bytes: number | null;
  /** As they were noted last. */
  feeds: readonly FeedStatus[];
  /** As they were told last. */
  jobs: readonly JobStatus[];
  /** As they were told last; null where nothing was ever scored, or nobody scores. */
  predictions: PredictionFacts | null;
  disk: { free_bytes: number; size_bytes: number } | null;
  pools: readonly Pool[];
  restarts: readonly { service: string; remaining: number; crashes: number }[];
  canary: CanaryTurn | null;
  canary_missed: Readonly<Record<Hop, number>>;
  process: ProcessUse;
  loop_lag: LoopLag | null;
  /** Of the last minute. */
  requests: { all: number; failed: number };
  slowest_query_ms: number;
  /** Of the look before: the rules come after the facts. */
  warnings: readonly Warning[];
}
