/** Which way a lag goes, and who stands still, from one look to the next. */
import { seconds } from "../core/time.ts";
import type { StreamStatus } from "../serving/answer.ts";

/** A lag is compared with what it was so long ago: batches make it go up and down within a second. */
const SPAN_MS = seconds(10);

type Seen = Pick<StreamStatus, "stream" | "lag_events"> & {
  partitions: readonly Pick<StreamStatus["partitions"][number], "partition" | "next_offset" | "end_offset">[];
};

interface Place {
  stream: string;
  partition: number;
  next_offset: number;
  /** Where the end was when the consumer was first seen at this place. */
  end_offset: number;
  since_ms: number;
  still_ms: number;
}

export class LagTrend {
  readonly #lags = new Map<string, { at_ms: number; lag: number }[]>();
  readonly #places = new Map<string, Place>();

  /** @param now_ms Monotonic. */
  look(streams: readonly Seen[], now_ms: number): void {
    for (const { stream, lag_events, partitions } of streams) {
      const lags = [...(this.#lags.get(stream) ?? []), { at_ms: now_ms, lag: lag_events }];
      // One older than the span stays, to compare with.
      const first = lags.findLastIndex(({ at_ms }) => now_ms - at_ms >= SPAN_MS);
      this.#lags.set(stream, lags.slice(Math.max(0, first)).slice(-32));
      for (const partition of partitions) this.#still(stream, partition, now_ms);
    }
  }

  /** Streams that are behind at least as far as they were ten seconds ago, or since they were first seen. */
  notShrinking(): ReadonlySet<string> {
    const names = [...this.#lags].flatMap(([stream, lags]) =>
      lags.length > 1 && lags.at(-1)!.lag >= lags[0]!.lag ? [stream] : [],
    );
    return new Set(names);
  }

  /** Partitions whose end has moved while their consumer has not, and for how long it has not. */
  stuck(): readonly { stream: string; partition: number; still_ms: number }[] {
    return [...this.#places.values()]
      .filter(({ still_ms }) => still_ms > 0)
      .map(({ stream, partition, still_ms }) => ({ stream, partition, still_ms }));
  }

  #still(stream: string, seen: Seen["partitions"][number], now_ms: number): void {
    const { partition, next_offset, end_offset } = seen;
    const id = JSON.stringify([stream, partition]);
    const last = this.#places.get(id);
    // Who has caught up is not behind for the time before the next event.
    if (last === undefined || last.next_offset !== next_offset || next_offset >= end_offset) {
      this.#places.set(id, { stream, partition, next_offset, end_offset, since_ms: now_ms, still_ms: 0 });
    } else if (end_offset > last.end_offset) last.still_ms = now_ms - last.since_ms;
  }
}
