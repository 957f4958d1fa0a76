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
/** Of days before yesterday hardly anything comes any more. */
const OLD_MS = hours(48);
const OLD_KEPT_MS = hours(1);
const OPEN_KEPT_MS = seconds(10);
/** Runs of hours read at the same time: half of history's readers are for others. */
const AT_ONCE = 2;
/** Hours read by one statement: more would keep the event loop longer, fewer cost more statements. */
const RUN_HOURS = 4;

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
    const wanted = [...new Set(starts_ms)].sort((a, b) => a - b);
    // Asked once: what is kept may end at any moment.
    const found = new Map(wanted.map((start_ms) => [start_ms, this.#cache.get(start_ms)] as const));
    const runs = runsOf(wanted.filter((start_ms) => found.get(start_ms) === undefined));
    const work = async (): Promise<void> => {
      for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
        const read = this.#read(keys, run, ledger);
        for (const start_ms of run) {
          const one = read.then((grids) => grids.get(start_ms)!);
          this.#cache.set(start_ms, one, { ttl: keptMs(this.#context.clock.now() - start_ms - hours(1)) });
          one.catch(() => this.#cache.delete(start_ms));
          found.set(start_ms, one);
        }
        await read;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return new Map(
      await Promise.all([...found].map(async ([start_ms, one]) => [start_ms, (await one)!] as const)),
    );
  }

  async #read(
    keys: readonly string[],
    run: readonly number[],
    ledgerOf: LedgerOf,
  ): Promise<ReadonlyMap<number, HourGrid>> {
    const ledger = await ledgerOf();
    const from_ms = run[0]!;
    const query = { from_ms, to_ms: run.at(-1)! + hours(1), keys };
    const grid = await this.#context.history.speedGrid(this.#stream, query);
    const marks = ledger.map((part) => part.watermark_ms).filter((ms) => ms !== null);
    const watermark_ms = marks.length === 0 ? null : Math.max(...marks);
    const position = positionOf(this.#stream, ledger);
    const length = grid.length / run.length;
    return new Map(
      run.map((start_ms, i) => [
        start_ms,
        { grid: grid.slice(i * length, (i + 1) * length), position, watermark_ms },
      ]),
    );
  }
}

/** @param age_ms Since the hour's end. */
const keptMs = (age_ms: number): number =>
  age_ms < SETTLED_MS ? OPEN_KEPT_MS : age_ms < OLD_MS ? KEPT_MS : OLD_KEPT_MS;

/** Hours that follow each other, in runs of at most `RUN_HOURS`. */
function runsOf(starts_ms: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const start_ms of starts_ms) {
    const last = runs.at(-1);
    if (last !== undefined && last.length < RUN_HOURS && last.at(-1)! + hours(1) === start_ms)
      last.push(start_ms);
    else runs.push([start_ms]);
  }
  return runs;
}
