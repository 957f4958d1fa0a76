/** Keeps a flood of anomalies from becoming a flood of alerts: many at one time are one, and an hour has a budget. */
import { limits } from "../../core/limits.ts";
import { hours, minutes } from "../../core/time.ts";

/** Roads report a step within this time. */
const GATHER_MS = minutes(1);

/** What to tell of one step. */
export type Verdict<T> =
  | { kind: "each"; at_ms: number; all: readonly T[] }
  /** So many at once that they are one. */
  | { kind: "storm"; at_ms: number; all: readonly T[] }
  /** The first beyond the hour's budget: told once. */
  | { kind: "rest"; at_ms: number; hour_ms: number };

export class AlertBudget<T> {
  readonly #waiting = new Map<number, T[]>();
  readonly #storms = new Set<number>();
  /** Told in each hour; −1 once the rest was told of. */
  readonly #hours = new Map<number, number>();

  add(at_ms: number, one: T): void {
    const waiting = this.#waiting.get(at_ms);
    if (waiting === undefined) this.#waiting.set(at_ms, [one]);
    else waiting.push(one);
  }

  /** What all roads have reported by the time that events have reached. */
  due(reached_ms: number): readonly Verdict<T>[] {
    const verdicts: Verdict<T>[] = [];
    for (const at_ms of [...this.#waiting.keys()].sort((a, b) => a - b)) {
      if (at_ms + GATHER_MS > reached_ms) continue;
      const all = this.#waiting.get(at_ms)!;
      this.#waiting.delete(at_ms);
      // What comes late of a storm is part of it.
      if (this.#storms.has(at_ms)) continue;
      if (all.length >= limits.anomaly_storm_roads) {
        this.#storms.add(at_ms);
        verdicts.push({ kind: "storm", at_ms, all });
      } else verdicts.push(...this.#within(at_ms, all));
    }
    this.#forget(reached_ms - hours(3));
    return verdicts;
  }

  #within(at_ms: number, all: readonly T[]): Verdict<T>[] {
    const hour_ms = at_ms - (at_ms % hours(1));
    const told = this.#hours.get(hour_ms) ?? 0;
    if (told === -1) return [];
    const left = all.slice(0, limits.anomalies_hour_max - told);
    const each: Verdict<T>[] = left.length === 0 ? [] : [{ kind: "each", at_ms, all: left }];
    if (left.length === all.length) {
      this.#hours.set(hour_ms, told + all.length);
      return each;
    }
    this.#hours.set(hour_ms, -1);
    return [...each, { kind: "rest", at_ms, hour_ms }];
  }

  #forget(before_ms: number): void {
    for (const at_ms of this.#storms) if (at_ms < before_ms) this.#storms.delete(at_ms);
    for (const hour_ms of this.#hours.keys()) if (hour_ms < before_ms) this.#hours.delete(hour_ms);
  }
}
