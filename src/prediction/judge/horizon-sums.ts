/** What is added up of one horizon. */
import { LEVELS } from "../model.ts";
import { type HorizonPrediction, regimes, type Regime } from "../prediction.ts";
import { ErrorSums, mean } from "./errors.ts";
import { type Subset, subsets } from "./subsets.ts";
import type { HorizonVerdict } from "./verdict.ts";

export interface JudgedPair {
  /** What the errors are of. */
  point: number;
  said: HorizonPrediction;
  regime: Regime;
  came: number;
  is_slow: boolean;
  subsets: readonly Subset[];
  /** Of the local day. */
  hour: number;
  /** The model's numbers, and where those of this horizon begin. */
  quantiles: Float32Array;
  offset: number;
}

/** Σ over the levels of max(τ·(y − q), (τ − 1)·(y − q)), over their number (Koenker and Bassett 1978). */
export function pinballOf(quantiles: Float32Array, offset: number, came: number): number {
  let sum = 0;
  for (let i = 0; i < LEVELS.length; i++) {
    const above = came - quantiles[offset + i]!;
    sum += above >= 0 ? LEVELS[i]! * above : (LEVELS[i]! - 1) * above;
  }
  return sum / LEVELS.length;
}

class CoverageSums {
  #n = 0;
  #in_50 = 0;
  #in_90 = 0;
  #width_50 = 0;
  #width_90 = 0;

  add({ low_50, high_50, low_90, high_90 }: HorizonPrediction, came: number): void {
    this.#n++;
    if (came >= low_50 && came <= high_50) this.#in_50++;
    if (came >= low_90 && came <= high_90) this.#in_90++;
    this.#width_50 += high_50 - low_50;
    this.#width_90 += high_90 - low_90;
  }

  get figures(): HorizonVerdict["coverage"]["all"] {
    return {
      n: this.#n,
      covered_50: mean(this.#in_50, this.#n),
      covered_90: mean(this.#in_90, this.#n),
      width_50: mean(this.#width_50, this.#n),
      width_90: mean(this.#width_90, this.#n),
    };
  }
}

/** Probabilities by tenths, and how often it came so. */
class Reliability {
  readonly #tenths = Array.from({ length: 10 }, () => ({ n: 0, said: 0, came: 0 }));

  add(said: number, came: boolean): void {
    const tenth = this.#tenths[Math.min(9, Math.floor(10 * said))]!;
    tenth.n++;
    tenth.said += said;
    if (came) tenth.came++;
  }

  get figures(): HorizonVerdict["slow"] {
    return this.#tenths.map(({ n, said, came }) => ({ n, said: mean(said, n), came: mean(came, n) }));
  }
}

const each = <K extends string, V>(keys: readonly K[], make: () => V): Record<K, V> =>
  Object.fromEntries(keys.map((key) => [key, make()])) as Record<K, V>;
const told = <K extends string, V>(sums: Readonly<Record<K, { figures: V }>>): Record<K, V> =>
  Object.fromEntries(
    Object.entries<{ figures: V }>(sums).map(([key, { figures }]) => [key, figures]),
  ) as Record<K, V>;

export class HorizonSums {
  readonly #errors = each(subsets, () => new ErrorSums());
  readonly #coverage = each(["all", ...regimes], () => new CoverageSums());
  readonly #hours = Array.from({ length: 24 }, () => new ErrorSums());
  readonly #confidence = new Reliability();
  readonly #slow = new Reliability();
  #n = 0;
  #pinball = 0;
  #brier = 0;

  add({ point, said, regime, came, is_slow, subsets: of, hour, quantiles, offset }: JudgedPair): void {
    for (const subset of of) this.#errors[subset].add(point, came);
    this.#hours[hour]!.add(point, came);
    this.#coverage.all.add(said, came);
    this.#coverage[regime].add(said, came);
    this.#confidence.add(said.within_15, Math.abs(said.speed - came) <= 0.15 * said.speed);
    this.#slow.add(said.congestion_probability, is_slow);
    this.#n++;
    this.#brier += (said.congestion_probability - (is_slow ? 1 : 0)) ** 2;
    this.#pinball += pinballOf(quantiles, offset, came);
  }

  verdict(horizon_min: number): HorizonVerdict {
    return {
      horizon_min,
      errors: told(this.#errors),
      coverage: told(this.#coverage),
      pinball: mean(this.#pinball, this.#n),
      brier: mean(this.#brier, this.#n),
      confidence: this.#confidence.figures,
      slow: this.#slow.figures,
      mae_by_hour: this.#hours.map(({ figures }) => figures.mae),
    };
  }
}
