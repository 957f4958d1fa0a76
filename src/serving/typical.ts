/** A road's typical day: the mean speed of each slot of the city's day, over earlier days. */
import { LRUCache } from "lru-cache";
import type { Kept } from "../core/aggregate.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { days, minutes, zoneOffset, type Clock } from "../core/time.ts";
import { columnsOf, presentWindow, type KeptWindow, type WindowDeclaration } from "../core/window.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { DAYS_BACK, dayStart, WEEKDAYS_MIN, WEEKS } from "./days.ts";
import { mergeInto } from "./window-pages.ts";

export interface Typical {
  /** By slot of the day, one per window length; null where no earlier day has a measurement. */
  slots: readonly (number | null)[];
  days: number;
}

const ROADS_MAX = 2_000;
const KEPT_MS = minutes(5);

export class TypicalDays {
  readonly #history: Pick<HistoryStore, "windows">;
  readonly #stream: Stream;
  readonly #field: string;
  readonly #zone: string;
  readonly #clock: Clock;
  readonly #cache: LRUCache<string, Promise<Typical>>;

  /** @param field Answer field of the windows that is averaged: `current_speed_mean`. */
  constructor(
    history: Pick<HistoryStore, "windows">,
    stream: Stream,
    field: string,
    zone: string,
    clock: Clock,
  ) {
    this.#history = history;
    this.#stream = stream;
    this.#field = field;
    this.#zone = zone;
    this.#clock = clock;
    this.#cache = new LRUCache({
      max: ROADS_MAX,
      ttl: KEPT_MS,
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() + 1 },
    });
  }

  /** Kept for five minutes per road. @throws {HistoryUnavailableError} */
  get(key: string): Promise<Typical> {
    let typical = this.#cache.get(key);
    if (typical === undefined) {
      typical = this.#make(key);
      this.#cache.set(key, typical);
      typical.catch(() => this.#cache.delete(key));
    }
    return typical;
  }

  async #make(key: string): Promise<Typical> {
    const windows = this.#stream.windows;
    if (windows === null) return { slots: [], days: 0 };
    const same = await Promise.all(WEEKS.map((back) => this.#days(key, back, back)));
    const with_data = same.filter((day) => day.length > 0);
    if (with_data.length >= WEEKDAYS_MIN) return this.#mean(windows, with_data.flat());
    return this.#mean(windows, await this.#days(key, DAYS_BACK, 1));
  }

  /** Windows of the local days from `first` to `last` days ago. */
  #days(key: string, first: number, last: number): Promise<readonly KeptWindow[]> {
    const now_ms = this.#clock.now();
    return this.#history.windows(this.#stream, {
      from_ms: dayStart(now_ms, this.#zone, first),
      to_ms: dayStart(now_ms, this.#zone, last - 1),
      key,
      limit: limits.range_rows_max,
    });
  }

  #mean(windows: WindowDeclaration, kept: readonly KeptWindow[]): Typical {
    const slots = new Map<number, Record<string, Kept>>();
    const seen = new Set<number>();
    const columns = columnsOf(windows);
    for (const window of kept) {
      const local_ms = window.window_start_ms + zoneOffset(window.window_start_ms, this.#zone);
      const day = Math.floor(local_ms / days(1));
      const slot = Math.floor((local_ms - day * days(1)) / windows.size_ms);
      seen.add(day);
      const before = slots.get(slot);
      if (before === undefined) slots.set(slot, { ...window.kept });
      else mergeInto(columns, before, window.kept);
    }
    const mean = (slot: number): number | null => {
      const merged = slots.get(slot);
      const value = merged === undefined ? null : presentWindow(windows, merged)[this.#field];
      return typeof value === "number" ? value : null;
    };
    return {
      slots: Array.from({ length: Math.ceil(days(1) / windows.size_ms) }, (_, slot) => mean(slot)),
      days: seen.size,
    };
  }
}
