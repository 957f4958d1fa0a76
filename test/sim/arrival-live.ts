/** Planted: a live store in which the last write wins by arrival, not by event time. */
import type { Stream } from "../../src/core/stream.ts";
import type { Clock } from "../../src/core/time.ts";
import type { AppliedOffset, LiveRow, LiveStore, LiveView, PutResult } from "../../src/live/live-store.ts";

interface Held {
  rows: Map<string, LiveRow>;
  applied: number[];
}

export class ArrivalLive implements LiveStore {
  readonly #clock: Clock;
  readonly #streams = new Map<string, Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put = async (
    stream: Stream,
    rows: readonly LiveRow[],
    applied: readonly AppliedOffset[],
  ): Promise<PutResult> => {
    const held = this.#held(stream);
    for (const row of rows) if (this.#lives(stream, row)) held.rows.set(row.key, row);
    for (const { partition, next_offset } of applied) {
      while (held.applied.length <= partition) held.applied.push(0);
      held.applied[partition] = Math.max(held.applied[partition]!, next_offset);
    }
    return { written: rows.length, stale: 0 };
  };

  all = async (stream: Stream): Promise<LiveView> => {
    const { rows, applied } = this.#held(stream);
    return { rows: [...rows.values()].filter((row) => this.#lives(stream, row)), applied: [...applied] };
  };

  get = async (stream: Stream, key: string): Promise<LiveRow | null> =>
    (await this.all(stream)).rows.find((row) => row.key === key) ?? null;

  applied = async (stream: Stream): Promise<readonly number[]> => [...this.#held(stream).applied];

  expire = async (stream: Stream): Promise<readonly string[]> => {
    const { rows } = this.#held(stream);
    const ended = [...rows.values()].filter((row) => !this.#lives(stream, row)).map((row) => row.key);
    for (const key of ended) rows.delete(key);
    return ended;
  };

  clear = async (stream: Stream): Promise<void> => void this.#streams.delete(stream.name);

  close = async (): Promise<void> => {};

  #lives(stream: Stream, row: LiveRow): boolean {
    return row.event_time_ms + (stream.live?.ttl_ms ?? 0) > this.#clock.now();
  }

  #held(stream: Stream): Held {
    let held = this.#streams.get(stream.name);
    if (held === undefined) this.#streams.set(stream.name, (held = { rows: new Map(), applied: [] }));
    return held;
  }
}
