/**
 * Log → predictions. What was measured before is taken from history, so that a restart predicts at once; reading goes on where the
 * group stands, after its predictions are durable: what a kill leaves undone is done again, and gives the same events.
 */
import type { CityRules } from "../../core/city.ts";
import type { Event } from "../../core/event.ts";
import { FencedError, HistoryUnavailableError, LogUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { pause } from "../../core/pause.ts";
import { decodeRecords } from "../../core/records.ts";
import type { Stream } from "../../core/stream.ts";
import { minutes, seconds, type Clock } from "../../core/time.ts";
import type { MinuteStore } from "../../history/minutes/minute-rows.ts";
import type { Consumer, Log, LogBatch } from "../../log/log.ts";
import type { Held } from "../../log/progress-watch.ts";
import type { ModelsInService } from "./models-in-service.ts";
import { KEPT_MINUTES } from "./minute-sums.ts";
import type { Predictor } from "./predictor.ts";

export const PREDICT_GROUP = "ml-prediction-group";

export interface PredictConsumerOptions {
  log: Log;
  history: MinuteStore;
  /** Of the roads. */
  stream: Stream;
  city: CityRules;
  clock: Clock;
  /** Both new for each run: what they hold in memory is of what was read since. */
  predictor: Predictor;
  models: ModelsInService;
  onWarning: (message: string) => void;
  gather_ms?: number;
  look_ms?: number;
}

export interface PredictConsumer {
  /** Consumes until the signal aborts. Rejects with what ended it; is called once. */
  run(signal: AbortSignal): Promise<void>;
  held(): readonly Held[];
}

export function predictConsumer(options: PredictConsumerOptions): PredictConsumer {
  const { log, history, stream, city, clock, predictor, models, onWarning } = options;
  const { gather_ms = limits.predict_gather_ms, look_ms = limits.predict_look_ms } = options;
  const reached = new Map<number, number>();
  const committed = new Map<number, number>();
  let applied: readonly number[] = [];
  let primed_ms = -Infinity;
  let reader: Consumer | null = null;

  async function prime(): Promise<void> {
    const now_ms = clock.now();
    const span = { from_ms: now_ms - minutes(KEPT_MINUTES), to_ms: now_ms + limits.event_future_max_ms };
    try {
      const found = await history.minutes(stream, "current_speed", span);
      for (const { key, cells } of found.rows) predictor.prime(key, cells);
      applied = found.applied;
      primed_ms = now_ms;
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError)) throw error;
      onWarning(`the last hour could not be read, and fills with what is read from now on: ${error.message}`);
    }
  }

  async function take(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const { partition, records, next_offset } = batch;
    const decoded = decodeRecords(stream, partition, records, { city, now_ms: clock.now() });
    const events = decoded.flatMap((one): Event[] => (one.ok ? [one.event] : []));
    // A log made anew has low offsets again: only what was there when history was read can be in it.
    const primed = ({ offset, received_at_ms }: Event): boolean =>
      offset < (applied[partition] ?? 0) && received_at_ms <= primed_ms + minutes(1);
    if (predictor.measured(events, primed)) await predictor.turn(() => pause(gather_ms, signal));
    if (!signal.aborted) reached.set(partition, next_offset);
  }

  async function look(): Promise<void> {
    try {
      await models.look();
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError)) throw error;
      onWarning(`the models could not be looked at, what is loaded goes on: ${error.message}`);
    }
  }

  async function commit(consumer: Consumer): Promise<void> {
    for (const [partition, next_offset] of reached) {
      if (committed.get(partition) === next_offset) continue;
      try {
        await consumer.commit(stream.topic, partition, next_offset);
        committed.set(partition, next_offset);
      } catch (error) {
        if (error instanceof FencedError) reached.delete(partition);
        else if (!(error instanceof LogUnavailableError)) throw error;
      }
    }
  }

  return {
    async run(signal) {
      await prime();
      await predictor.bind();
      await look();
      if (signal.aborted) return;
      const ended = new AbortController();
      const stop = AbortSignal.any([signal, ended.signal]);
      const consumer = await log.consume({
        topics: [stream.topic],
        group: PREDICT_GROUP,
        // Older ones would be predicted about the past.
        from: { ago_ms: minutes(KEPT_MINUTES) },
        onBatch: (batch) => take(batch, stop),
      });
      reader = consumer;
      const telling = every(seconds(1), stop, () => commit(consumer));
      const looking = every(look_ms, stop, look);
      try {
        await Promise.race([consumer.done, Promise.all([telling, looking])]);
      } finally {
        ended.abort();
        reader = null;
        await commit(consumer).catch(() => {});
        await consumer.close();
      }
    },
    held: () =>
      // Where the group stands is only known from the first batch on: until then nobody can be behind.
      (reader?.assignment() ?? []).flatMap(({ topic, partition }) => {
        const position = reached.get(partition);
        return position === undefined ? [] : [{ consumer: PREDICT_GROUP, topic, partition, position }];
      }),
  };
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, signal);
    if (!signal.aborted) await work();
  }
}
