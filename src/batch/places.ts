/** Where the batch layer stands in each partition that it holds. */
import { LogUnavailableError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { PartBatch } from "../history/history-store.ts";
import type { Log } from "../log/log.ts";
import { pause } from "../core/pause.ts";
import type { Start } from "./start.ts";

export interface Place {
  stream: Stream;
  partition: number;
  /** Offset after what was read. */
  next: number;
  /** Offset after what is stored. */
  committed: number;
  end_offset: number;
  watermark_ms: number | null;
  /** Wall clock at which it was last seen that all there is, is stored. */
  at_end_ms: number | null;
  /** Monotonic clock at the last record. */
  last_record_ms: number | null;
  /** Raised whenever reading begins elsewhere: what was read before is void. */
  generation: number;
}

export class Places {
  readonly #places = new Map<string, Place>();

  all(): Place[] {
    return [...this.#places.values()];
  }

  clear(): void {
    for (const place of this.#places.values()) place.generation++;
    this.#places.clear();
  }

  get(topic: string, partition: number): Place | undefined {
    return this.#places.get(`${topic} ${partition}`);
  }

  begin(stream: Stream, partition: number): Place {
    const before = this.get(stream.topic, partition);
    if (before !== undefined) {
      before.generation++;
      return before;
    }
    const place: Place = {
      stream,
      partition,
      next: 0,
      committed: 0,
      end_offset: 0,
      watermark_ms: null,
      at_end_ms: null,
      last_record_ms: null,
      generation: 0,
    };
    this.#places.set(`${stream.topic} ${partition}`, place);
    return place;
  }

  at(place: Place, { next_offset, watermark_ms }: Start): void {
    place.generation++;
    place.next = next_offset;
    place.committed = next_offset;
    place.watermark_ms = watermark_ms;
    place.at_end_ms = null;
  }

  move(stream: Stream, partition: number, next_offset: number): void {
    const place = this.begin(stream, partition);
    place.next = next_offset;
    place.committed = next_offset;
  }

  stored(stream: Stream, { partition, next_offset, events }: PartBatch): void {
    const place = this.get(stream.topic, partition);
    if (place === undefined) return;
    place.committed = Math.max(place.committed, next_offset);
    for (const { event_time_ms } of events) {
      if (place.watermark_ms === null || event_time_ms > place.watermark_ms)
        place.watermark_ms = event_time_ms;
    }
  }
}

export interface ConfirmOptions {
  log: Pick<Log, "ends">;
  clock: Clock;
  streams: readonly Stream[];
  places: Places;
  every_ms: number;
  signal: AbortSignal;
}

/** Looks again and again which partitions are stored to their ends. The time is taken before the look, not after. */
export async function confirmEnds({
  log,
  clock,
  streams,
  places,
  every_ms,
  signal,
}: ConfirmOptions): Promise<void> {
  const topics = streams.map((stream) => stream.topic);
  while (!signal.aborted) {
    try {
      const now_ms = clock.now();
      for (const { topic, partition, end_offset } of await log.ends(topics)) {
        const place = places.get(topic, partition);
        if (place === undefined) continue;
        place.end_offset = end_offset;
        if (place.committed >= end_offset) place.at_end_ms = now_ms;
      }
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
    }
    await pause(every_ms, signal);
  }
}
