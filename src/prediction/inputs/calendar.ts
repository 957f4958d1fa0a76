/** Where an instant lies in the local day and week: days of one kind are like each other. */
import { localDay } from "../../core/local-day.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { zoneOffset } from "../../core/time.ts";
import type { RoadNetwork } from "../model.ts";

/** Steps of a local day. */
export const SLOTS = 288;

/** Kinds of day: 0 working days, 1 Saturdays, Sundays and holidays. */
export const DAY_KINDS = 2;

const DAY_MS = 86_400_000;

export interface Moment {
  /** Local day, counted from 1970-01-01. */
  day: number;
  /** Step of the local day, 0 to `SLOTS − 1`. */
  slot: number;
  /** A day kind. */
  kind: number;
}

/** Reads moments of one zone; remembers the kinds of days. */
export class Calendar {
  readonly #zone: string;
  readonly #holidays: ReadonlySet<string>;
  readonly #kinds = new Map<number, number>();

  constructor({ zone, holidays }: Pick<RoadNetwork, "zone" | "holidays">) {
    this.#zone = zone;
    this.#holidays = new Set(holidays);
  }

  /** @param start_ms Start of a step; one between two slots belongs to the nearer. */
  at(start_ms: number): Moment {
    const local = start_ms + zoneOffset(start_ms, this.#zone) + STEP_MS / 2;
    const day = Math.floor(local / DAY_MS);
    return { day, slot: Math.floor((local - day * DAY_MS) / STEP_MS), kind: this.#kindOf(day, start_ms) };
  }

  #kindOf(day: number, start_ms: number): number {
    let kind = this.#kinds.get(day);
    if (kind === undefined) {
      // 1970-01-01 was a Thursday.
      const weekday = (((day + 3) % 7) + 7) % 7;
      const free = weekday >= 5 || this.#holidays.has(localDay(start_ms + STEP_MS / 2, this.#zone));
      if (this.#kinds.size >= SLOTS) this.#kinds.clear();
      this.#kinds.set(day, (kind = free ? 1 : 0));
    }
    return kind;
  }
}
