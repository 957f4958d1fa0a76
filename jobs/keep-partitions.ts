/** Makes the next days' partitions ahead of time, and drops what retention allows, of history and of the log. */
import type { HistoryStore } from "../src/history/history-store.ts";
import { rawFromMs, spanMs } from "../src/history/retention.ts";
import type { Log } from "../src/log/log.ts";
import { LogUnavailableError } from "../src/core/errors.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, type Clock } from "../src/core/time.ts";

export interface KeepPartitionsOptions {
  streams: readonly Stream[];
  history: HistoryStore;
  log: Log;
  /** Topic of what was refused at the door. */
  rejects_topic: string;
  clock: Clock;
  onDropped: (names: readonly string[]) => void;
}

/**
 * Partitions are made three days ahead, so that a process that stands still over a weekend loses no speed on Monday; short ones,
 * of an installation that keeps little, eight ahead.
 */
const aheadMs = (stream: Stream): number => Math.min(days(3), 8 * spanMs(stream));

/** Before the first event: its day must have a partition. Nothing is dropped yet. */
export async function makePartitions({
  streams,
  history,
  clock,
}: Pick<KeepPartitionsOptions, "streams" | "history" | "clock">): Promise<void> {
  for (const stream of streams) {
    const now_ms = clock.now();
    // Not what retention would drop at once.
    const from_ms = Math.max(now_ms - days(1), rawFromMs(stream, now_ms));
    await history.ensurePartitions(stream, Math.min(now_ms, from_ms), now_ms + aheadMs(stream));
  }
}

/** @returns One round, to be run every now and then. @throws {HistoryUnavailableError} {LogUnavailableError} */
export function keepPartitions(options: KeepPartitionsOptions): () => Promise<void> {
  const { streams, history, log, clock, onDropped } = options;
  /** Ends of the log as they were a round ago. */
  let before: Map<string, number> | null = null;

  async function endsOf(): Promise<Map<string, number>> {
    const ends = await log.ends([...streams.map(({ topic }) => topic), options.rejects_topic]);
    return new Map(ends.map(({ topic, partition, end_offset }) => [`${topic} ${partition}`, end_offset]));
  }

  async function stored(ends: ReadonlyMap<string, number>): Promise<boolean> {
    const applied = await history.applied(streams);
    const rejects = await history.rejectsApplied();
    const topics = new Map(streams.map((stream) => [stream.topic, stream.name]));
    for (const [place, end] of ends) {
      const [topic, partition] = [
        place.slice(0, place.lastIndexOf(" ")),
        Number(place.slice(place.lastIndexOf(" ") + 1)),
      ];
      const at =
        topic === options.rejects_topic ? rejects.get(partition) : applied[topics.get(topic)!]?.[partition];
      if ((at ?? 0) < end) return false;
    }
    return true;
  }

  return async () => {
    await makePartitions(options);
    for (const stream of streams) {
      const dropped = await history.retain(stream, clock.now());
      if (dropped.length > 0) onDropped(dropped);
    }
    // What the log held a round ago is in history: so is all that is old enough to go. Until then nothing goes, however old:
    // a process that was away for days has not stored its last batch yet.
    const ends = await endsOf().catch((error: unknown) => {
      // A log that is away keeps what it has; history's own retention does not wait for it.
      if (error instanceof LogUnavailableError) return null;
      throw error;
    });
    if (ends !== null && before !== null && (await stored(before))) await log.retain(clock.now());
    before = ends;
  };
}
