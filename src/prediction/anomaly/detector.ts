/**
 * Whether a road is far outside what was expected of it, told once when it becomes so. It needs several observations of the same kind, so
 * that a single bad reading tells nothing; it must have been within its band before; and it ends only after a while within.
 */

/** What was measured over a step and what was expected of it, in the same unit. */
export interface Observation {
  /** End of what was measured, ms. */
  at_ms: number;
  actual: number;
  /** Interval that should hold it in 90 % of cases. */
  low: number;
  high: number;
}

export type Direction = "slow" | "fast";

export interface Opening {
  at_ms: number;
  /** When the first of the observations that opened it was made. */
  since_ms: number;
  direction: Direction;
  actual: number;
  low: number;
  high: number;
  /** How far outside, in halves of the interval's width. */
  score: number;
}

export interface DetectorRules {
  /** From so many halves of the interval's width outside it an observation is far. */
  far: number;
  /** So many far ones of the last so many, in one direction, open. */
  opens_k: number;
  of_n: number;
  /** So many within the interval, one after the other, close. */
  closes_m: number;
  /** From the first of the far ones to the last. */
  least_ms: number;
  /** After a longer silence nothing is known of what was before. */
  gap_ms: number;
  /** Half an interval's width counts as at least this, and as at least this share of its middle. */
  half_min: number;
  half_min_share: number;
}

/** For steps of five minutes, km/h. Reasons and what they give on recorded series: docs/anomalies-and-air.md. */
export const RULES: DetectorRules = {
  far: 1,
  opens_k: 2,
  of_n: 3,
  closes_m: 3,
  least_ms: 5 * 60_000,
  gap_ms: 60 * 60_000,
  half_min: 3,
  half_min_share: 0.08,
};

/** Halves of the interval's width below it (negative) or above it; 0 within. */
export function scoreOf({ actual, low, high }: Observation, rules: DetectorRules): number {
  const half = Math.max((high - low) / 2, rules.half_min, (rules.half_min_share * (high + low)) / 2);
  if (actual < low) return (actual - low) / half;
  return actual > high ? (actual - high) / half : 0;
}

interface Far {
  at_ms: number;
  direction: Direction | null;
}

/** One road. */
export class RoadDetector {
  readonly #rules: DetectorRules;
  /** The last observations, newest last: at most `of_n`. */
  #last: Far[] = [];
  #within = 0;
  #at_ms = -Infinity;
  /** `unknown` until it was seen within its band for a while: what was so before was told before, or never will be. */
  state: "unknown" | "closed" | "open" = "unknown";

  constructor(rules: DetectorRules = RULES) {
    this.#rules = rules;
  }

  /** @returns the opening, where this observation opens. What is not newer than the last one changes nothing. */
  observe(observation: Observation): Opening | null {
    const { at_ms, actual, low, high } = observation;
    const rules = this.#rules;
    if (!(at_ms > this.#at_ms) || !Number.isFinite(actual) || !(low <= high)) return null;
    if (at_ms - this.#at_ms > rules.gap_ms) this.#forget();
    this.#at_ms = at_ms;
    const score = scoreOf(observation, rules);
    const far: Direction | null = Math.abs(score) < rules.far ? null : score < 0 ? "slow" : "fast";
    this.#last.push({ at_ms, direction: far });
    if (this.#last.length > rules.of_n) this.#last.shift();
    this.#within = score === 0 ? this.#within + 1 : 0;
    if (this.state !== "closed") {
      if (this.#within >= rules.closes_m) {
        this.state = "closed";
        this.#last = [];
      }
      return null;
    }
    if (far === null) return null;
    const same = this.#last.filter(({ direction }) => direction === far);
    const since_ms = same[0]!.at_ms;
    if (same.length < rules.opens_k || at_ms - since_ms < rules.least_ms) return null;
    this.state = "open";
    return { at_ms, since_ms, direction: far, actual, low, high, score: Math.abs(score) };
  }

  #forget(): void {
    this.#last = [];
    this.#within = 0;
    this.state = "unknown";
  }
}
