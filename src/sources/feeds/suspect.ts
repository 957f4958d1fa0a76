/**
 * Is a feed to be believed? A unit that changed upstream (m/s, km/h, mph) is told apart from a jam.
 *
 * Both move a city's median speed far. But a changed unit multiplies *every* value by *one* number: the ratios of new to
 * old values, as logarithms, are all moved by the same amount and spread no more than they do from poll to poll. A jam is
 * uneven: arterials stand, side streets and the outbound direction flow, so its ratios are spread widely and some stay
 * near one. So with r = ln(value / the key's median of its last values), over the keys that both have:
 *
 *   shift  = |median(r)|           far: at least ln 1.5 (mph taken for km/h is 1.61, m/s 3.6, m/s to mph 2.24)
 *   spread = (q75 - q25) / 1.349   a standard deviation that outliers cannot move (Rousseeuw & Croux 1993, §1)
 *   stayed = share of keys with |r| < shift / 3
 *
 * A feed is suspect where shift >= 4 spread and stayed <= 5 %. Compared is with the last values and not with yesterday's:
 * from one poll to the next traffic changes little, so that a unit change during the rush is as sharp as at night.
 * (The smallest change, mph for km/h, may need some polls more while a rush begins or ends.)
 * Values of zero, such as a jam's and a red light's, have no ratio and do not vote.
 *
 * While it is suspect, what is kept goes on under the guess that the unit has changed: each value over the ratio that was
 * found. So the measure follows the day, and hours later still tells the old unit from the new. It ends where the median
 * ratio is nearer to 1 than to that ratio, two polls in a row. What is held back meanwhile is for people to judge.
 */
import { limits } from "../../core/limits.ts";

/** Values kept per key. */
const KEPT = 3;
/** Fewer keys than these in common prove nothing. */
const KEYS_MIN = 10;
const SHIFT_MIN = Math.log(1.5);
const SPREADS_MIN = 4;
const STAYED_MAX = 0.05;
/** Quartiles of a normal distribution are 1.349 standard deviations apart. */
const IQR_OF_SD = 1.349;
/** Below this, two polls that agree to the digit would make any shift infinitely sharp, and a mistake of rounding one. */
const SPREAD_MIN = 0.01;
/** Plausible polls in a row that end suspicion. */
const ENOUGH = 2;

export type Verdict =
  /** Fewer than `KEYS_MIN` keys to compare: nothing is known. */
  | { kind: "unknown" }
  | { kind: "plausible"; ratio: number }
  | { kind: "implausible"; ratio: number; keys: number };

/** @param ratios new / old, each positive. */
export function judge(ratios: readonly number[]): Verdict {
  if (ratios.length < KEYS_MIN) return { kind: "unknown" };
  const logs = Float64Array.from(ratios, Math.log).toSorted();
  const middle = quantile(logs, 0.5);
  const shift = Math.abs(middle);
  const spread = Math.max(SPREAD_MIN, (quantile(logs, 0.75) - quantile(logs, 0.25)) / IQR_OF_SD);
  const stayed = logs.filter((log) => Math.abs(log) < shift / 3).length / logs.length;
  const ratio = Math.exp(middle);
  return shift >= SHIFT_MIN && shift >= SPREADS_MIN * spread && stayed <= STAYED_MAX
    ? { kind: "implausible", ratio, keys: logs.length }
    : { kind: "plausible", ratio };
}

/** Linear between the two nearest; `sorted` is not empty. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!);
}

/** The last values of a measure's keys, oldest first, as they are kept over a restart. */
export type Kept = readonly (readonly [key: string, values: readonly number[]])[];

/** One measure of one feed. */
export class Plausibility {
  readonly #kept = new Map<string, number[]>();
  #suspect: { ratio: number } | null;
  #plausible_polls = 0;

  /** @param suspect The median ratio where it was suspect before a restart. */
  constructor(kept: Kept = [], suspect: { ratio: number } | null = null) {
    for (const [key, values] of kept) if (values.length > 0) this.#kept.set(key, values.slice(-KEPT));
    this.#suspect = suspect;
  }

  /**
   * Judges one poll.
   *
   * @param values By key; what is no positive number does not vote.
   * @returns The ratio that was found while the poll is to be held back, else null.
   */
  look(values: ReadonlyMap<string, number>): { ratio: number } | null {
    const usable = [...values].filter(([, value]) => Number.isFinite(value) && value > 0);
    const verdict = judge(
      usable.flatMap(([key, value]) => {
        const kept = this.#kept.get(key);
        return kept === undefined ? [] : [value / median(kept)];
      }),
    );
    if (this.#suspect === null) {
      if (verdict.kind === "implausible") this.#suspect = { ratio: verdict.ratio };
    } else if (verdict.kind !== "unknown") {
      const near = Math.abs(Math.log(verdict.ratio)) < Math.abs(Math.log(this.#suspect.ratio)) / 2;
      this.#plausible_polls = near ? this.#plausible_polls + 1 : 0;
      if (near) {
        this.#keep(usable, 1);
        if (this.#plausible_polls < ENOUGH) return this.#suspect;
        this.#suspect = null;
        this.#plausible_polls = 0;
        return null;
      }
    }
    this.#keep(usable, this.#suspect?.ratio ?? 1);
    return this.#suspect;
  }

  /** Believes what comes next, whatever came before. */
  forget(): void {
    this.#kept.clear();
    this.#suspect = null;
    this.#plausible_polls = 0;
  }

  get suspect(): { ratio: number } | null {
    return this.#suspect;
  }

  get kept(): Kept {
    return [...this.#kept];
  }

  #keep(values: readonly (readonly [string, number])[], ratio: number): void {
    for (const [key, value] of values) {
      const kept = this.#kept.get(key) ?? [];
      // Taken out and put in again: the map's order is that of the last sight.
      this.#kept.delete(key);
      this.#kept.set(key, [...kept, Number((value / ratio).toPrecision(6))].slice(-KEPT));
    }
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= limits.feed_measure_keys_max) break;
      this.#kept.delete(key);
    }
  }
}

const median = (values: readonly number[]): number => quantile(Float64Array.from(values).toSorted(), 0.5);

/** Ratios of units of speed that are mistaken for each other. */
const UNITS = [
  ["m/s instead of km/h", 1 / 3.6],
  ["km/h instead of m/s", 3.6],
  ["mph instead of km/h", 1 / 1.609_344],
  ["km/h instead of mph", 1.609_344],
  ["m/s instead of mph", 1 / 2.236_936],
  ["mph instead of m/s", 2.236_936],
] as const;

/** The ratio in words, with the unit that may be behind it. */
export function ratioWords(ratio: number): string {
  const unit = UNITS.find(([, of]) => Math.abs(Math.log(ratio / of)) < Math.log(1.1));
  const times = ratio >= 1 ? ratio : 1 / ratio;
  const change = `${times.toFixed(1)} times as ${ratio >= 1 ? "high" : "low"} as before, everywhere at once`;
  return unit === undefined ? change : `${change}: as ${unit[0]} would be`;
}
