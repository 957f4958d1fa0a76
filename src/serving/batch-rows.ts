/** History's newest rows of a stream, for the time that the live view is away: read once for all, and not too often. */
import { seconds, type Clock } from "../core/time.ts";
import type { Stream } from "../core/stream.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { LiveRow } from "../live/live-store.ts";
import { padded } from "./log-cursor.ts";

export interface BatchRead {
  rows: readonly Pick<LiveRow, "key" | "event_time_ms" | "partition" | "offset" | "row">[];
  /** Next offset per partition, read before the rows. */
  position: readonly number[];
}

/** A read is kept for this many times what it took, so that history is busy with it for a sixth of the time at most. */
const KEPT_TIMES = 5;
const KEPT_MS_MAX = seconds(1);

export class BatchRows {
  readonly #history: Pick<HistoryStore, "applied" | "latest">;
  readonly #clock: Clock;
  readonly #tick_ms: number;
  readonly #streams = new Map<string, { until_ms: number; read: Promise<BatchRead> }>();

  constructor(history: Pick<HistoryStore, "applied" | "latest">, clock: Clock, tick_ms: number) {
    this.#history = history;
    this.#clock = clock;
    this.#tick_ms = tick_ms;
  }

  /** @throws {HistoryUnavailableError} */
  get(stream: Stream): Promise<BatchRead> {
    const kept = this.#streams.get(stream.name);
    if (kept !== undefined && this.#clock.monotonic() < kept.until_ms) return kept.read;
    const now = { until_ms: Infinity, read: this.#read(stream) };
    this.#streams.set(stream.name, now);
    const began_ms = this.#clock.monotonic();
    now.read.then(
      () => {
        const took_ms = this.#clock.monotonic() - began_ms;
        const kept_ms = Math.min(KEPT_MS_MAX, Math.max(this.#tick_ms, KEPT_TIMES * took_ms));
        now.until_ms = this.#clock.monotonic() + kept_ms;
      },
      () => (now.until_ms = -Infinity),
    );
    return now.read;
  }

  async #read(stream: Stream): Promise<BatchRead> {
    const position = padded(stream, (await this.#history.applied([stream]))[stream.name] ?? []);
    return { position, rows: await this.#history.latest(stream) };
  }
}
