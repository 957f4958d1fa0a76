/** One look at delivery: facts from all who know some, warnings from the facts, and both told to pages and scrapers. */
import type { BatchProgress } from "../batch/progress.ts";
import type { FeedStatus } from "../core/feed-status.ts";
import type { JobStatus } from "../core/job.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { seconds, type Clock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Hub } from "../push/port.ts";
import type { Serving } from "../serving/answer.ts";
import type { BreakerState, Delivery } from "../serving/delivery.ts";
import type { PredictionFacts } from "../serving/predictions/facts.ts";
import type { SpeedProgress } from "../speed/progress.ts";
import { batchMetrics } from "./batch-metrics.ts";
import { diskUse } from "./disk-use.ts";
import { feedMetrics } from "./feed-metrics.ts";
import type { Facts, LiveServer, Pool } from "./facts.ts";
import { jobMetrics } from "./job-metrics.ts";
import { LagTrend } from "./lag-trend.ts";
import { watchLoop } from "./loop-lag.ts";
import type { Meters } from "./meters.ts";
import { predictionMetrics } from "./prediction-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { processUse } from "./process-use.ts";
import type { Restarts } from "./restarts.ts";
import { streamMetrics } from "./stream-metrics.ts";
import { Warnings, type Change } from "./warnings.ts";
import { rules } from "./warning-rules.ts";

/** Who knows what. What a process has not (a role that it does not play) is left out. */
export interface MetricsSources {
  clock: Clock;
  version: string;
  meters: Meters;
  streams: readonly Stream[];
  serving: Pick<Serving, "streams">;
  history: Pick<HistoryStore, "bytes">;
  hub?: Pick<Hub, "stats">;
  speed?: () => readonly SpeedProgress[];
  batch?: () => BatchProgress;
  restarts?: Pick<Restarts, "read">;
  /** What the live view runs on, for people. */
  live_on: string;
  breaker?: () => BreakerState;
  /** Of writes alone, where the live view's server may refuse them. */
  breakerWrites?: () => BreakerState;
  /** Since the start. */
  breakerCounts?: () => NonNullable<Facts["breaker_counts"]>;
  /** Memory of the live view's server, as it says. Rejects, hangs, or tells what was last, while it is away. */
  liveServer?: () => Promise<NonNullable<LiveServer["memory"]>>;
  /** Connections of history's pool of readers; without it the pool is not told. */
  readers_max?: number;
  /** How the feeds do, as noted in the database. */
  feeds?: () => Promise<readonly FeedStatus[]>;
  /** How the jobs do. */
  jobs?: () => Promise<readonly JobStatus[]>;
  /** How good predictions are. */
  predictions?: () => Promise<PredictionFacts | null>;
  /** Folder whose disk is told of. */
  data_dir?: string;
  /** Once per warning that is raised or ends. */
  onChange?: (change: Change) => void;
}

export interface Observation {
  /** Looks anew; a look that is under way is not doubled. Never throws. */
  look(): Promise<Facts>;
  /** As of the last look. */
  delivery(): Delivery;
  /** What `/metrics` answers: as of the last look, or of a new one where nobody looks by himself. */
  text(): Promise<string>;
  readonly content_type: string;
  stop(): void;
}

/** A scrape reads what the watch saw last; older than this, nobody watches. */
const FRESH_MS = 2 * limits.watch_every_ms;
/** Bytes on disk change slowly, and adding them up takes milliseconds of the database. */
const BYTES_EVERY_MS = seconds(30);
/** Scored every few minutes. */
const PREDICTIONS_EVERY_MS = seconds(60);

export function createObservation(sources: MetricsSources): Observation {
  const { clock, meters, streams, serving, history, hub } = sources;
  const loop = watchLoop(clock);
  const warnings = new Warnings(rules);
  const trend = new LagTrend();
  const periods = new Map(streams.map((stream) => [stream.name, stream.expected_period_ms]));
  let bytes_asked_ms = -Infinity;
  let predictions_asked_ms = -Infinity;
  let looked_ms = -Infinity;
  let facts: Facts = {
    now_ms: clock.now(),
    version: sources.version,
    streams: [],
    streams_at_ms: null,
    // Nothing is wrong before the first question.
    delivery_known: true,
    stuck: [],
    not_shrinking: new Set(),
    postgresql_up: null,
    database_bytes: null,
    feeds: [],
    jobs: [],
    predictions: null,
    disk: null,
    live_server: null,
    warnings: [],
    ...ownFacts(),
  };
  let looking: Promise<Facts> | null = null;

  /** What this process knows by itself, at any moment. */
  function ownFacts() {
    const open = meters.open();
    const pools: Pool[] =
      sources.readers_max === undefined
        ? []
        : [{ pool: "history-reader", in_use: open.reads, max: sources.readers_max }];
    return {
      speed: sources.speed?.() ?? [],
      batch: sources.batch?.() ?? null,
      hub: hub?.stats() ?? null,
      breaker: sources.breaker?.() ?? ("none" as const),
      breaker_writes: sources.breakerWrites?.() ?? ("none" as const),
      breaker_counts: sources.breakerCounts?.() ?? null,
      pools,
      restarts: sources.restarts?.read() ?? [],
      canary: meters.lastCanary(),
      canary_missed: meters.canaryMissed(),
      process: processUse(),
      loop_lag: loop.read(),
      requests: meters.requests(),
      slowest_query_ms: meters.slowestQuery_ms(),
    };
  }

  async function lookNow(): Promise<Facts> {
    const now_ms = clock.monotonic();
    const ask_bytes = now_ms - bytes_asked_ms >= BYTES_EVERY_MS;
    if (ask_bytes) bytes_asked_ms = now_ms;
    const ask_predictions = now_ms - predictions_asked_ms >= PREDICTIONS_EVERY_MS;
    if (ask_predictions) predictions_asked_ms = now_ms;
    const [status, bytes, memory, disk, feeds, jobs, predictions] = await Promise.all([
      answered(serving.streams()),
      ask_bytes ? answered(history.bytes()) : null,
      sources.liveServer === undefined ? null : answered(sources.liveServer()),
      sources.data_dir === undefined ? null : answered(diskUse(sources.data_dir)),
      sources.feeds === undefined ? null : answered(sources.feeds()),
      sources.jobs === undefined ? null : answered(sources.jobs()),
      sources.predictions === undefined || !ask_predictions ? null : answered(sources.predictions()),
    ]);
    const told = status?.data.map((one) => ({
      ...one,
      expected_period_ms: periods.get(one.stream) ?? 0,
    }));
    const log_there = told?.every(({ log }) => log === "there") ?? false;
    if (told !== undefined && log_there) trend.look(told, clock.monotonic());
    facts = {
      ...facts,
      ...ownFacts(),
      now_ms: clock.now(),
      streams: told ?? facts.streams,
      streams_at_ms: log_there ? clock.now() : facts.streams_at_ms,
      delivery_known: log_there,
      stuck: trend.stuck(),
      not_shrinking: trend.notShrinking(),
      // The ledger is read from the database: who tells it is up. The log alone may be away, so its size is asked too.
      postgresql_up: told !== undefined || (await up()),
      database_bytes: ask_bytes ? bytes : facts.database_bytes,
      live_server: sources.liveServer === undefined ? null : liveServer(memory),
      disk,
      feeds: feeds ?? facts.feeds,
      jobs: jobs ?? facts.jobs,
      predictions: predictions ?? facts.predictions,
    };
    for (const change of warnings.look(facts, clock.monotonic())) sources.onChange?.(change);
    facts = { ...facts, warnings: warnings.standing() };
    looked_ms = clock.monotonic();
    return facts;
  }

  /** What a server that is away said last is not told as if it were so now. */
  function liveServer(said: LiveServer["memory"]): LiveServer {
    const breaker = sources.breaker?.() ?? "none";
    const up = breaker === "none" ? said !== null : breaker === "closed";
    return { up, memory: up ? said : null };
  }

  const up = async (): Promise<boolean> => (await answered(history.bytes())) !== null;

  const look = (): Promise<Facts> =>
    (looking ??= lookNow().finally(() => {
      looking = null;
    }));

  meters.metrics.read(
    [
      ...streamMetrics,
      ...batchMetrics,
      ...feedMetrics,
      ...jobMetrics,
      ...predictionMetrics,
      ...processMetrics,
    ],
    () => facts,
  );
  return {
    look,
    delivery() {
      const { live_server, database_bytes, pools, loop_lag } = facts;
      return {
        warnings: facts.warnings,
        live_on: sources.live_on,
        breaker: sources.breaker?.() ?? "none",
        canary: meters.lastCanary(),
        live_memory: live_server?.memory ?? null,
        database_bytes,
        pool: pools[0] ?? null,
        loop_lag_p99_ms: loop_lag?.p99_ms ?? null,
        feeds: facts.feeds,
        jobs: facts.jobs,
      };
    },
    async text() {
      if (clock.monotonic() - looked_ms > FRESH_MS) await look();
      return meters.metrics.text();
    },
    content_type: meters.metrics.content_type,
    stop: () => loop.stop(),
  };
}

/** Null for an error, and for what takes too long: a store that hangs does not hold up who asks how it does. */
async function answered<T>(asked: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((done) => {
    timer = setTimeout(() => done(null), limits.watch_answer_ms_max);
  });
  try {
    return await Promise.race([asked.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
