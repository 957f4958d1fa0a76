/**
 * Log → history. Two writers, by partition; what is decoded waits in a bounded queue, so that reading and writing go on
 * together. History's own offsets say where to begin; the group's commits are a hint.
 */
import type { CityRules } from "../core/city.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Consumer, Log, LogBatch } from "../log/log.ts";
import type { Held } from "../log/progress-watch.ts";
import { watchCommits } from "./lost-commits.ts";
import { confirmEnds, Places, type Place } from "./places.ts";
import { PartQueue } from "./part-queue.ts";
import type { BatchProgress } from "./progress.ts";
import { readRecords, recordMark } from "./records.ts";
import { consumeRejects } from "./rejects.ts";
import { untilItWorks } from "./retry.ts";
import { startOf } from "./start.ts";
import { streamWatermark } from "./watermark.ts";
import { runWriter } from "./writer.ts";

export const BATCH_GROUP = "arterial-batch";
const WRITERS = 2;

export interface BatchOptions {
  log: Log;
  history: HistoryStore;
  streams: readonly Stream[];
  city: CityRules;
  clock: Clock;
  /** Topic of what was refused at the door; null to leave it alone. Default `dead-letters`. */
  rejects_topic?: string | null;
  /** How long an event may wait for others before its batch is written, ms. */
  batch_ms?: number;
  /** How often the log's ends are looked at, ms. */
  ends_ms?: number;
  /** After each commit. */
  onProgress?: (progress: BatchProgress) => void;
  /** What people must hear of: lost offsets, a topic made anew, a server away. */
  onWarning?: (message: string) => void;
}

export interface BatchConsumer {
  /** Consumes until the signal aborts. Rejects with what ended it; may be called again then. */
  run(signal: AbortSignal): Promise<void>;
  progress(): BatchProgress;
  /** Where it is in each partition that it holds now; nowhere while it waits for a server. */
  held(): readonly Held[];
  /** How far a stream is complete, by event time; null while that is not known. */
  watermark(stream: Stream): number | null;
}

export function batchConsumer(options: BatchOptions): BatchConsumer {
  const { log, history, streams, clock, onProgress, onWarning = () => {} } = options;
  const by_topic = new Map(streams.map((stream) => [stream.topic, stream]));
  const places = new Places();
  const totals = { batches: 0, stored: 0, duplicate: 0, dead: 0, late: 0, rejected: 0, fenced: 0 };
  let queues: readonly PartQueue[] = [];
  let waiting_for: string | null = null;
  let last_commit_ms: number | null = null;
  let reader: Consumer | null = null;
  let heldOfRejects = (): readonly Held[] => [];

  const progress = (): BatchProgress => ({
    ...totals,
    partitions: places.all().map(({ stream, partition, committed, end_offset, watermark_ms }) => ({
      stream: stream.name,
      partition,
      next_offset: committed,
      end_offset,
      watermark_ms,
    })),
    queued: queues.reduce((n, queue) => n + queue.size, 0),
    waiting_for,
    last_commit_ms,
  });

  const onAway = (error: Error | null): void => {
    if (error !== null && waiting_for === null) onWarning(error.message);
    waiting_for = error?.message ?? null;
  };

  async function run(signal: AbortSignal): Promise<void> {
    if (signal.aborted || streams.length === 0) return;
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    const mine = Array.from({ length: WRITERS }, () => new PartQueue());
    queues = mine;
    places.clear();
    const closeQueues = (): void => mine.forEach((queue) => queue.close());
    stop.addEventListener("abort", closeQueues, { once: true });
    let consumer: Consumer | null = null;
    const retry = { signal: stop, onAway };
    try {
      const reading = await log.consume({
        topics: [...by_topic.keys()],
        group: BATCH_GROUP,
        position: (topic, partition) => position(topic, partition),
        onBatch: (batch, from) => take(batch, from),
      });
      consumer = reading;
      reader = reading;
      const work = mine.map((queue) => write(queue, reading, stop));
      if (options.rejects_topic !== null) work.push(rejects(stop));
      work.push(
        confirmEnds({ log, clock, streams, places, signal: stop, every_ms: options.ends_ms ?? 1_000 }),
      );
      work.push(
        watchCommits({
          history,
          streams,
          places,
          every_ms: options.ends_ms ?? 1_000,
          signal: stop,
          onLost(stream, partition, next_offset) {
            onWarning(
              `History has lost what it had stored of ${stream.topic}-${partition} from ${next_offset} on, as after a crash: it is read again`,
            );
            goBack(reading, stream, partition, next_offset);
          },
        }),
      );
      const all = Promise.all(work);
      all.catch(() => {});
      await Promise.race([reading.done, all]);
    } finally {
      ended.abort();
      reader = null;
      await consumer?.close();
    }

    /** Asked at each assignment: what still waits is of an assignment before, and is read again. */
    async function position(topic: string, partition: number): Promise<number | null> {
      const stream = by_topic.get(topic)!;
      const place = places.begin(stream, partition);
      queueOf(place).drop(stream, partition);
      const start = await untilItWorks(() => startOf({ log, history, onWarning }, stream, partition), retry);
      if (start === null) return null;
      places.at(place, start);
      return start.next_offset;
    }

    async function take(batch: LogBatch, from: Consumer): Promise<void> {
      const place = places.get(batch.topic, batch.partition);
      if (place === undefined || stop.aborted) return;
      const { generation, stream } = place;
      if (batch.first_offset < place.next) return from.seek(batch.topic, batch.partition, place.next);
      if (batch.first_offset > place.next) {
        onWarning(
          `Topic ${batch.topic}-${batch.partition} goes on at ${batch.first_offset} after ${place.next}: retention or compaction took what lay between`,
        );
      }
      const context = { city: options.city, now_ms: clock.now() };
      const { events, dead } = await readRecords(stream, batch.partition, batch.records, context);
      const queue = queueOf(place);
      while (totalQueued() > limits.history_queue_events_max && !stop.aborted)
        await Promise.race(mine.map((q) => q.drained));
      // While this one waited, the place may have moved.
      if (place.generation !== generation || stop.aborted) return;
      const last = batch.records.at(-1);
      const part = {
        partition: batch.partition,
        expected_offset: place.next,
        next_offset: batch.next_offset,
        events,
        dead,
        last_record_hash: last === undefined ? null : recordMark(last),
      };
      place.next = batch.next_offset;
      place.end_offset = Math.max(place.end_offset, batch.end_offset);
      place.last_record_ms = clock.monotonic();
      queue.push({ stream, part, since_ms: clock.monotonic() });
    }

    function goBack(reading: Consumer, stream: Stream, partition: number, next_offset: number): void {
      mine[partition % WRITERS]!.drop(stream, partition);
      places.move(stream, partition, next_offset);
      reading.seek(stream.topic, partition, next_offset);
    }

    function totalQueued(): number {
      return mine.reduce((n, queue) => n + queue.size, 0);
    }

    function queueOf({ partition }: Place): PartQueue {
      return mine[partition % WRITERS]!;
    }

    function write(queue: PartQueue, reading: Consumer, until: AbortSignal): Promise<void> {
      return runWriter({
        queue,
        history,
        clock,
        batch_ms: options.batch_ms ?? limits.history_batch_ms,
        signal: until,
        onAway,
        commit: (stream, partition, next_offset) => reading.commit(stream.topic, partition, next_offset),
        onStored(stream, parts, counts) {
          for (const part of parts) places.stored(stream, part);
          totals.batches++;
          for (const term of ["stored", "duplicate", "dead", "late"] as const) totals[term] += counts[term];
          last_commit_ms = clock.monotonic();
          onProgress?.(progress());
        },
        onFenced(stream, next_offsets) {
          totals.fenced++;
          for (const [partition, next_offset] of next_offsets)
            goBack(reading, stream, partition, next_offset);
        },
      });
    }

    function rejects(until: AbortSignal): Promise<void> {
      return consumeRejects({
        log,
        history,
        topic: options.rejects_topic ?? "dead-letters",
        signal: until,
        onAway,
        onWarning,
        onHolding: (held) => (heldOfRejects = held),
        onStored(count) {
          totals.rejected += count;
          onProgress?.(progress());
        },
      });
    }
  }

  return {
    run,
    progress,
    held: () =>
      waiting_for !== null || reader === null
        ? []
        : [
            ...heldOfRejects(),
            ...reader.assignment().map(({ topic, partition }) => ({
              consumer: BATCH_GROUP,
              topic,
              partition,
              position: places.get(topic, partition)?.committed ?? null,
            })),
          ],
    watermark: (stream) =>
      streamWatermark(
        stream,
        places
          .all()
          .filter((place) => place.stream === stream)
          .map(({ watermark_ms, at_end_ms, last_record_ms }) => ({
            watermark_ms,
            at_end_ms,
            silent_ms: last_record_ms === null ? null : clock.monotonic() - last_record_ms,
          })),
      ),
  };
}
