/**
 * Log → live view. Reading goes on where the rows in memory end, not where the group stands: the live store's rows and
 * its `applied` were written together. The group's commits are a hint for who looks at the lag. Values that are no events are skipped here; batch stores them.
 */
import { randomUUID } from "node:crypto";
import type { CityRules } from "../core/city.ts";
import { FencedError, LiveUnavailableError, LogUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { pause } from "../core/pause.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { LiveRow, LiveStore } from "../live/live-store.ts";
import type { Consumer, Log } from "../log/log.ts";
import type { Held } from "../log/progress-watch.ts";
import type { SpeedProgress } from "./progress.ts";
import { StreamView } from "./stream-view.ts";
import { TakeOver, type AskKnown } from "./take-over.ts";

export type { AskKnown, SpeedProgress };

export const SPEED_GROUP = "speed-layer-consumer";

export interface SpeedOptions {
  log: Log;
  live: LiveStore;
  /** Those without a live view are passed over. */
  streams: readonly Stream[];
  city: CityRules;
  clock: Clock;
  /** Least time between two flushes while events keep coming, ms. */
  flush_ms?: number;
  /** How often a store that is away is asked again, ms. */
  retry_ms?: number;
  /** How often ended keys are taken out, the store is looked at, and the group is told, ms. */
  sweep_ms?: number;
  /** The live store is this process' own: it reads every partition, in a group of its own. */
  ephemeral?: boolean;
  /** Newest rows from history, for a partition that comes while the live store is empty or away. */
  known?: AskKnown;
  /** A stream's log was made anew: it is read from its beginning. */
  onAnew?: (stream: Stream) => void;
  /** Keys held per stream. */
  keys_max?: number;
  /** Keys whose TTL has ended, each named once. */
  onExpired?: (stream: Stream, keys: readonly string[]) => void;
}

export interface SpeedConsumer {
  /**
   * Newest rows known from history, before `run`.
   *
   * @param applied Next offset per partition that was read *before* the rows.
   */
  prime(stream: Stream, rows: readonly LiveRow[], applied: readonly number[]): void;
  /** Consumes until the signal aborts. Rejects with what ended it; may be called again then. */
  run(signal: AbortSignal): Promise<void>;
  /** Writes the whole map to the live store. @throws {LiveUnavailableError} */
  refill(): Promise<void>;
  /** Where it is in each partition that it holds now. */
  held(): readonly Held[];
  /** One per stream that is kept live. */
  progress(): readonly SpeedProgress[];
}

export function speedConsumer(options: SpeedOptions): SpeedConsumer {
  const { log, live, clock, onExpired, sweep_ms = 1_000 } = options;
  let fail: ((error: unknown) => void) | null = null;
  let reader: Consumer | null = null;
  const views = options.streams
    .filter((stream) => stream.live !== null)
    .map(
      (stream) =>
        new StreamView({
          stream,
          live,
          clock,
          city: options.city,
          flush_ms: options.flush_ms ?? limits.live_flush_ms,
          retry_ms: options.retry_ms ?? 250,
          ...(options.keys_max === undefined ? {} : { keys_max: options.keys_max }),
          onFault: (error) => fail?.(error),
        }),
    );
  const by_topic = new Map(views.map((view) => [view.stream.topic, view]));
  const takeovers = new Map(views.map((view) => [view.stream.topic, new TakeOver(view, options)]));
  const by_name = new Map(views.map((view) => [view.stream.name, view]));

  async function expire({ stream, newest }: StreamView): Promise<void> {
    newest.sweep(clock.now());
    for (;;) {
      const keys = await live.expire(stream);
      if (keys.length > 0) onExpired?.(stream, keys);
      if (keys.length < limits.expire_keys_max) return;
    }
  }

  async function sweep(consumer: Consumer): Promise<void> {
    const held = consumer.assignment();
    for (const view of views) {
      view.measure(held.filter(({ topic }) => topic === view.stream.topic).map(({ partition }) => partition));
      try {
        await expire(view);
        await view.writer.check();
      } catch (error) {
        if (!(error instanceof LiveUnavailableError)) throw error;
      }
      await commit(view, consumer);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    if (views.length === 0 || signal.aborted) return;
    const { promise: failed, reject } = Promise.withResolvers<never>();
    failed.catch(() => {});
    fail = reject;
    for (const view of views) view.writer.open();
    const consumer = await log.consume({
      topics: [...by_topic.keys()],
      group: options.ephemeral ? `${SPEED_GROUP}-${randomUUID()}` : SPEED_GROUP,
      ephemeral: options.ephemeral ?? false,
      position: (topic, partition) => takeovers.get(topic)!.position(partition),
      onBatch: (batch) => by_topic.get(batch.topic)!.fold(batch),
    });
    reader = consumer;
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    const sweeping = every(sweep_ms, stop, () => sweep(consumer));
    try {
      await Promise.race([consumer.done, failed, sweeping]);
    } finally {
      ended.abort();
      reader = null;
      for (const view of views) {
        await view.writer.flush().catch(() => {});
        await commit(view, consumer).catch(() => {});
        view.writer.close();
      }
      await consumer.close();
    }
  }

  return {
    prime: (stream, rows, applied) => by_name.get(stream.name)?.prime(rows, applied),
    run,
    refill: async () => {
      for (const view of views) await view.writer.refill();
    },
    held: () =>
      (reader?.assignment() ?? []).map(({ topic, partition }) => ({
        consumer: SPEED_GROUP,
        topic,
        partition,
        position: by_topic.get(topic)?.writer.reached.get(partition) ?? null,
      })),
    progress: () => views.map((view) => view.progress()),
  };
}

/** Tells the group what the live store holds. That somebody else has the partition now is no fault. */
async function commit({ stream, writer, committed }: StreamView, consumer: Consumer): Promise<void> {
  for (const [partition, next_offset] of writer.flushed) {
    if (committed.get(partition) === next_offset) continue;
    try {
      await consumer.commit(stream.topic, partition, next_offset);
      committed.set(partition, next_offset);
    } catch (error) {
      if (error instanceof FencedError) committed.set(partition, next_offset);
      else if (!(error instanceof LogUnavailableError)) throw error;
    }
  }
}

/** Resolves when the signal aborts; rejects with what the work threw. */
async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, signal);
    if (!signal.aborted) await work();
  }
}
