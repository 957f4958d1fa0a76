/**
 * Notices when the server has lost what it had said to be stored: commits of the last moments go in a crash, offsets and
 * rows together. The next batch of the partition would be fenced and read again, but a quiet partition has no next batch.
 */
import { HistoryUnavailableError } from "../core/errors.ts";
import { pause } from "../core/pause.ts";
import type { Stream } from "../core/stream.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Places } from "./places.ts";

export interface LostCommitsOptions {
  history: Pick<HistoryStore, "applied">;
  streams: readonly Stream[];
  places: Places;
  every_ms: number;
  signal: AbortSignal;
  /** The partition goes on at `next_offset`. */
  onLost: (stream: Stream, partition: number, next_offset: number) => void;
}

/** Looks until the signal aborts. */
export async function watchCommits(options: LostCommitsOptions): Promise<void> {
  const { history, streams, places, every_ms, signal, onLost } = options;
  while (!signal.aborted) {
    // Taken before the question: what was committed by then, the answer must hold.
    const known = places.all().map((place) => ({ place, ...place }));
    try {
      const applied = await history.applied(streams);
      for (const { place, stream, partition, committed, generation } of known) {
        const next_offset = applied[stream.name]?.[partition] ?? 0;
        if (place.generation === generation && next_offset < committed)
          onLost(stream, partition, next_offset);
      }
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError)) throw error;
    }
    await pause(every_ms, signal);
  }
}
