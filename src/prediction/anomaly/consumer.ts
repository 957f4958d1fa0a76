/**
 * Log → anomalies. What was known is made again from the log at each start: the group stands forty minutes behind what was read, and what
 * was told before is not told again. Forecasts of that time are read before its measurements.
 */
import type { CityRules, City } from "../../core/city.ts";
import type { Event } from "../../core/event.ts";
import { FencedError, LogUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { pause } from "../../core/pause.ts";
import { decodeRecords } from "../../core/records.ts";
import type { Stream } from "../../core/stream.ts";
import { parseInstant, seconds, type Clock } from "../../core/time.ts";
import type { Consumer, Log, LogBatch } from "../../log/log.ts";
import type { Held } from "../../log/progress-watch.ts";
import { Behind } from "./behind.ts";
import type { AnomalyEvent } from "./told.ts";
import { AnomalyWatch } from "./watch.ts";

export const ANOMALY_GROUP = "arterial-anomalies";

export interface AnomalyConsumerOptions {
  log: Pick<Log, "consume" | "ends">;
  traffic: Stream;
  predictions: Stream;
  city: City & CityRules;
  clock: Clock;
  /** Ids of anomalies that were told lately, asked at the start. */
  told: () => Promise<ReadonlySet<string>>;
  /** Resolves when they are durable. @throws {LogUnavailableError} */
  tell: (events: readonly AnomalyEvent[]) => Promise<void>;
  /** How long what was before is waited for at a start, before measurements are looked at without it. */
  wait_ms?: number;
}

export interface AnomalyConsumer {
  /** Consumes until the signal aborts. Rejects with what ended it; may be called again then. */
  run(signal: AbortSignal): Promise<void>;
  held(): readonly Held[];
}

/** Events looked at before others have their turn: some ms. */
const PIECE = 2_000;

/** Which partitions have been read up to where they ended at the start. */
class CaughtUp {
  readonly #missing = new Map<string, number>();
  readonly done: Promise<void>;
  #resolve: () => void = () => {};

  constructor(
    ends: readonly { topic: string; partition: number; start_offset: number; end_offset: number }[],
  ) {
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    for (const { topic, partition, start_offset, end_offset } of ends)
      if (end_offset > start_offset) this.#missing.set(`${topic} ${partition}`, end_offset);
    this.#look();
  }

  get yes(): boolean {
    return this.#missing.size === 0;
  }

  reached(topic: string, partition: number, next_offset: number): void {
    const key = `${topic} ${partition}`;
    if (next_offset >= (this.#missing.get(key) ?? Infinity)) this.#missing.delete(key);
    this.#look();
  }

  giveUp(): void {
    this.#missing.clear();
    this.#look();
  }

  #look(): void {
    if (this.yes) this.#resolve();
  }
}

export function anomalyConsumer(options: AnomalyConsumerOptions): AnomalyConsumer {
  const { log, traffic, predictions, city, clock, tell, wait_ms = seconds(20) } = options;
  let reader: Consumer | null = null;
  let reached = new Map<string, number>();

  async function run(signal: AbortSignal): Promise<void> {
    let watch = new AnomalyWatch(city);
    const told = new Set(await options.told());
    const behind = new Behind(limits.anomaly_replay_ms);
    const forecasts = new CaughtUp(await log.ends([predictions.topic]));
    const measured = new CaughtUp(await log.ends([traffic.topic]));
    reached = new Map();
    if (signal.aborted) return;
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);

    async function take(batch: LogBatch): Promise<void> {
      const { topic, partition, records, next_offset } = batch;
      const of = topic === traffic.topic ? traffic : predictions;
      if (of === traffic && !forecasts.yes) await Promise.race([forecasts.done, pause(wait_ms, stop)]);
      if (stop.aborted) return;
      const decoded = decodeRecords(of, partition, records, { city, now_ms: clock.now() });
      const newest_ms = clock.now() + limits.anomaly_late_ms;
      // A clock that was ahead for a while: what is held of that time would hide all until then.
      if (watch.reached_ms > newest_ms) watch = new AnomalyWatch(city);
      const events = decoded.flatMap((one): Event[] =>
        one.ok && one.event.event_time_ms <= newest_ms ? [one.event] : [],
      );
      for (let at = 0; at < events.length; at += PIECE) {
        if (at > 0) await pause(0, stop);
        const piece = events.slice(at, at + PIECE);
        if (of === traffic) watch.measured(piece);
        else watch.forecast(piece);
      }
      (of === traffic ? measured : forecasts).reached(topic, partition, next_offset);
      if (measured.yes) await tellDue();
      reached.set(`${topic} ${partition}`, next_offset);
      behind.read(batch);
    }

    async function tellDue(): Promise<void> {
      const now_ms = clock.now();
      const news = watch.due().filter((event) => {
        const at_ms = parseInstant(event.timestamp) ?? -Infinity;
        return at_ms >= now_ms - limits.anomaly_late_ms && !told.has(event.event_id);
      });
      if (news.length === 0) return;
      for (const { event_id } of news) told.add(event_id);
      while (told.size > limits.anomalies_told_max) told.delete(told.values().next().value!);
      await tell(news);
    }

    const consumer = await log.consume({
      topics: [predictions.topic, traffic.topic],
      group: ANOMALY_GROUP,
      from: { ago_ms: limits.anomaly_replay_ms },
      onBatch: take,
    });
    reader = consumer;
    try {
      await Promise.race([
        consumer.done,
        Promise.all([
          every(seconds(1), stop, () => commit(consumer, behind)),
          // A partition that is another's for a moment, or stands at its end already, brings nothing to be read.
          pause(wait_ms, stop).then(() => {
            forecasts.giveUp();
            return pause(wait_ms, stop).then(() => measured.giveUp());
          }),
        ]),
      ]);
    } finally {
      ended.abort();
      reader = null;
      await commit(consumer, behind).catch(() => {});
      await consumer.close();
    }
  }

  return {
    run,
    held: () =>
      (reader?.assignment() ?? []).flatMap(({ topic, partition }) => {
        const position = reached.get(`${topic} ${partition}`);
        return position === undefined ? [] : [{ consumer: ANOMALY_GROUP, topic, partition, position }];
      }),
  };
}

async function commit(consumer: Consumer, behind: Behind): Promise<void> {
  for (const { topic, partition, next_offset } of behind.due()) {
    try {
      await consumer.commit(topic, partition, next_offset);
      behind.committed(topic, partition, next_offset);
    } catch (error) {
      if (error instanceof FencedError) behind.forget(topic, partition);
      else if (!(error instanceof LogUnavailableError)) throw error;
    }
  }
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, signal);
    if (!signal.aborted) await work();
  }
}
