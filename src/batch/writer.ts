/** One writer: batches from its queue into history, one at a time. */
import { FencedError, LogUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { HistoryStore, PartBatch } from "../history/history-store.ts";
import type { PartQueue } from "./part-queue.ts";
import { pause } from "../core/pause.ts";
import { untilItWorks } from "./retry.ts";

export interface WriterOptions {
  queue: PartQueue;
  history: Pick<HistoryStore, "append">;
  clock: Clock;
  batch_ms: number;
  signal: AbortSignal;
  onStored: (stream: Stream, parts: readonly PartBatch[], counts: StoredCounts) => void;
  /** Somebody else is elsewhere: the batch is dropped, reading goes on from there. */
  onFenced: (stream: Stream, next_offsets: ReadonlyMap<number, number>) => void;
  onAway: (error: Error | null) => void;
  /** Tells the log, as a hint. */
  commit: (stream: Stream, partition: number, next_offset: number) => Promise<void>;
}

export interface StoredCounts {
  stored: number;
  duplicate: number;
  dead: number;
  late: number;
}

/** Runs until the signal aborts. @throws What is no server's being away: a fault of ours, which must not be repeated for ever. */
export async function runWriter(options: WriterOptions): Promise<void> {
  const { queue, history, signal } = options;
  for (;;) {
    await ripe(options);
    if (signal.aborted) return;
    const batch = queue.take();
    if (batch === null) continue;
    const { stream, parts } = batch;
    const outcome = await untilItWorks(() => history.append(stream, parts), options);
    if (outcome === null) return;
    if (outcome.kind === "fenced") {
      options.onFenced(stream, outcome.next_offsets);
      continue;
    }
    options.onStored(stream, parts, outcome);
    for (const { partition, next_offset } of parts) {
      try {
        await options.commit(stream, partition, next_offset);
      } catch (error) {
        // History's own offsets are the truth: a hint that is refused or lost changes nothing.
        if (!(error instanceof FencedError || error instanceof LogUnavailableError)) throw error;
      }
    }
  }
}

/** Waits until a batch is full, or its oldest event has waited long enough. */
async function ripe({ queue, clock, batch_ms, signal }: WriterOptions): Promise<void> {
  while (!signal.aborted && queue.size < limits.history_batch_events_max) {
    const { since_ms, changed } = queue;
    if (since_ms === null) await changed;
    else {
      const wait_ms = since_ms + batch_ms - clock.monotonic();
      if (wait_ms <= 0) return;
      const ended = new AbortController();
      await Promise.race([changed, pause(wait_ms, AbortSignal.any([signal, ended.signal]))]);
      ended.abort();
    }
  }
}
