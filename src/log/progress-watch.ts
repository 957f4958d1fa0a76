/** Who stands still: behind the end, and not moved since an older look. Judged when asked; no timers. */
import type { Log, PartitionEnds } from "./log.ts";

/** Behind and unmoved for so long is no progress. */
const STILL_MS_MAX = 10_000;

/** A partition that a consumer of this process holds. */
export interface Held {
  consumer: string;
  topic: string;
  partition: number;
  /** Next offset that it is done with; null before the first. */
  position: number | null;
}

/** Where a consumer is in one partition. Position: next offset it is done with; null before the first. */
export interface Standing {
  consumer: string;
  end: PartitionEnds;
  position: number | null;
}

export interface Still extends Standing {
  still_ms: number;
}

interface Reading {
  position: number | null;
  /** First look at which it was behind at this position; monotonic. */
  since_ms: number;
}

/**
 * Compares each look with the ones before. Whoever has caught up has no reading: a consumer that idled at the end
 * is not blamed for an event that has just come. So one look alone never finds a stall.
 */
export class ProgressWatch {
  readonly #still_ms: number;
  #readings = new Map<string, Reading>();

  /** @param still_ms Behind and unmoved for so long is no progress. */
  constructor(still_ms: number = STILL_MS_MAX) {
    this.#still_ms = still_ms;
  }

  /** @param now_ms Monotonic. @returns Those that stand still since a look at least `still_ms` ago. */
  look(all: readonly Standing[], now_ms: number): readonly Still[] {
    const before = this.#readings;
    // Who is not asked about any more has no past: a partition that moves away and returns begins anew.
    this.#readings = new Map();
    return all.flatMap((one) => {
      const { consumer, end, position } = one;
      const name = JSON.stringify([consumer, end.topic, end.partition]);
      if (behind(one) === 0) return [];
      const last = before.get(name);
      if (last === undefined || last.position !== position) {
        this.#readings.set(name, { position, since_ms: now_ms });
        return [];
      }
      this.#readings.set(name, last);
      const still_ms = now_ms - last.since_ms;
      return still_ms < this.#still_ms ? [] : [{ ...one, still_ms }];
    });
  }
}

/** Events between a consumer and the end; what retention dropped is not asked of it. */
export const behind = ({ end, position }: Pick<Standing, "end" | "position">): number =>
  Math.max(0, end.end_offset - Math.max(position ?? 0, end.start_offset));

/**
 * Is there a record for it? A log may count records of its own in its offsets: what ends a stranger's transaction, or was
 * given up with one, is told to nobody, and nobody stands still before it.
 *
 * @throws {LogUnavailableError}
 */
export const isOwed = async (
  log: Pick<Log, "read">,
  { end, position }: Pick<Standing, "end" | "position">,
): Promise<boolean> => {
  const from = Math.max(position ?? 0, end.start_offset);
  return (await log.read(end.topic, end.partition, from, 1)).length > 0;
};
