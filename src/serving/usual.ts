/** How many roads are usually congested at this time of day: counted in the windows of earlier days. */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { presentWindow, windowStart, type KeptWindow } from "../core/window.ts";
import type { CitySummary } from "./answer.ts";
import type { Context } from "./context.ts";
import { DAYS_BACK, sameTime, WEEKDAYS_MIN, WEEKS } from "./days.ts";
import { Kept } from "./kept.ts";

export interface Usual {
  /** Start of the slot of the day that it is about. */
  slot_ms: number;
  usual: CitySummary["usual"];
}

/** A day on which fewer than half as many roads reported says nothing about the city. */
const REPORTING_MIN = 0.5;

export class UsualCongestion {
  readonly #context: Context;
  readonly #stream: Stream;
  readonly #size_ms: number;
  readonly #kept: Kept<Usual>;
  #reporting = 0;

  constructor(context: Context, stream: Stream) {
    this.#context = context;
    this.#stream = stream;
    this.#size_ms = stream.windows?.size_ms ?? 300_000;
    const load = async (last: Usual | null): Promise<Usual> => {
      const slot_ms = windowStart(context.clock.now(), this.#size_ms);
      return last?.slot_ms === slot_ms && last.usual !== null
        ? last
        : { slot_ms, usual: await this.#count(slot_ms) };
    };
    // A new slot is counted in the background, while the last one's answer stands.
    this.#kept = new Kept({ clock: context.clock, fresh_ms: 5_000, usable_ms: this.#size_ms, load });
  }

  /** @param reporting Roads that report now. @throws {HistoryUnavailableError} */
  get(reporting: number): Promise<Usual> {
    this.#reporting = reporting;
    return this.#kept.get();
  }

  async #count(slot_ms: number): Promise<CitySummary["usual"]> {
    const weekdays = await this.#days(slot_ms, WEEKS);
    if (weekdays.length >= WEEKDAYS_MIN) return { ...mean(weekdays), basis: "weekday" };
    const others = Array.from({ length: DAYS_BACK }, (_, i) => i + 1).filter((back) => back % 7 !== 0);
    const all = [...weekdays, ...(await this.#days(slot_ms, others))];
    return all.length === 0 ? null : { ...mean(all), basis: "any-day" };
  }

  /** Congested roads per day with data. */
  async #days(slot_ms: number, backs: readonly number[]): Promise<number[]> {
    const counts = await Promise.all(
      backs.map((back) => this.#day(sameTime(slot_ms, this.#context.city.zone, back))),
    );
    return counts.filter((count) => count !== null);
  }

  async #day(from_ms: number | null): Promise<number | null> {
    if (from_ms === null) return null;
    const windows = await this.#context.history.windows(this.#stream, {
      from_ms,
      to_ms: from_ms + this.#size_ms,
      limit: limits.range_rows_max,
    });
    if (windows.length === 0 || windows.length < REPORTING_MIN * this.#reporting) return null;
    return windows.filter((window) => this.#isCongested(window)).length;
  }

  /** More than half of the window's events said so. */
  #isCongested({ kept }: KeptWindow): boolean {
    const { congested_n, n } = presentWindow(this.#stream.windows!, kept);
    return typeof congested_n === "number" && typeof n === "number" && congested_n * 2 > n;
  }
}

const mean = (counts: readonly number[]): { congested: number; days: number } => ({
  congested: Math.round(counts.reduce((sum, count) => sum + count, 0) / counts.length),
  days: counts.length,
});
