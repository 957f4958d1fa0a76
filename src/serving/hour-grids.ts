/** Speeds of all roads by hour, as bytes: what days are put together from. Read when asked for, and kept for a while. */
import { LRUCache } from "lru-cache";
import { limits } from "../core/limits.ts";
import { hours, minutes, seconds } from "../core/time.ts";
import type { Stream } from "../core/stream.ts";
import type { Grid } from "../history/speed-grid.ts";
import type { PartitionLedger } from "../history/history-store.ts";
import type { Context } from "./context.ts";
import { positionOf } from "./window-rows.ts";

export interface HourGrid {
  grid: Grid;
  /** What history held at least when it was read. */
  position: readonly number[];
  /** Newest event time stored by then; null before the first. */
  watermark_ms: number | null;
}

type LedgerOf = () => Promise<readonly PartitionLedger[]>;

/** Only late events come after so long. */
export const SETTLED_MS = hours(1);
const KEPT_MS = minutes(10);
const OPEN_KEPT_MS = seconds(10);
/** Hours read at the same time: half of history's readers are for others. */
const AT_ONCE = 2;

export class HourGrids {
  readonly #context: Pick<Context, "history" | "clock">;
  readonly #stream: Stream;
  readonly #cache: LRUCache<number, Promise<HourGrid>>;
  #keys: readonly string[] = [];

  constructor(context: Pick<Context, "history" | "clock">, stream: Stream) {
    this.#context = context;
    this.#stream = stream;
    this.#cache = new LRUCache({
      max: limits.day_hours_kept,
      ttl: KEPT_MS,
      ttlResolution: 0,
      perf: { now: () => context.clock.monotonic() + 1 },
    });
  }

  /** @param starts_ms Whole hours since the epoch. @throws {HistoryUnavailableError} */
  async get(keys: readonly string[], starts_ms: Iterable<number>): Promise<ReadonlyMap<number, HourGrid>> {
    // Bytes of other roads are of no use.
    if (keys.length !== this.#keys.length || keys.some((key, i) => key !== this.#keys[i])) {
      this.#cache.clear();
      this.#keys = keys;
    }
    // The position before the data.
    let asked: Promise<readonly PartitionLedger[]> | null = null;
    const ledger = () => (asked ??= this.#context.history.ledger(this.#stream));
    const found = new Map<number, HourGrid>();
    const waiting = [...new Set(starts_ms)];
    const work = async (): Promise<void> => {
      for (let start_ms = waiting.shift(); start_ms !== undefined; start_ms = waiting.shift())
        found.set(start_ms, await this.#one(keys, start_ms, ledger));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return found;
  }

  #one(keys: readonly string[], start_ms: number, ledger: LedgerOf): Promise<HourGrid> {
    const kept = this.#cache.get(start_ms);
    if (kept !== undefined) return kept;
    const read = this.#read(keys, start_ms, ledger);
    const settled = start_ms + hours(1) + SETTLED_MS < this.#context.clock.now();
    this.#cache.set(start_ms, read, { ttl: settled ? KEPT_MS : OPEN_KEPT_MS });
    read.catch(() => this.#cache.delete(start_ms));
    return read;
  }

  async #read(keys: readonly string[], from_ms: number, ledgerOf: LedgerOf): Promise<HourGrid> {
    const ledger = await ledgerOf();
    const query = { from_ms, to_ms: from_ms + hours(1), keys };
    const grid = await this.#context.history.speedGrid(this.#stream, query);
    const marks = ledger.map((part) => part.watermark_ms).filter((ms) => ms !== null);
    const watermark_ms = marks.length === 0 ? null : Math.max(...marks);
    return { grid, position: positionOf(this.#stream, ledger), watermark_ms };
  }
}
