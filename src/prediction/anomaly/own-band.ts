/**
 * What a road usually does at an hour of the day, where nobody forecasts it: a running middle and mean deviation by hour, each observation
 * cut where it is far off (Huber 1964), so that a jam moves them little.
 */

export interface Band {
  low: number;
  high: number;
}

/** Observations that an hour must have had before it says anything; until then all hours together do, with as many. */
const KNOWN_N = 24;
/** No observation counts for less than one of so many: what was weeks ago fades. */
const MEMORY_N = 400;
/** What is further off than so many deviations is cut there. */
const CUT = 3;
/** Of a normal distribution: 1.645 standard deviations hold 90 %, and each is 1.2533 mean deviations. */
const HALF_90 = 1.645 * 1.2533;
const HOURS = 24;

export class OwnBand {
  /** Middle, mean deviation and count of each hour, then of all. */
  readonly #kept = new Float32Array(3 * (HOURS + 1));

  /** @param hour 0 to 23, of the road's day. @returns null while too little is known. */
  at(hour: number): Band | null {
    for (const slot of [hour, HOURS]) {
      const [middle, deviation, n] = this.#kept.subarray(3 * slot, 3 * slot + 3);
      if (n! < KNOWN_N) continue;
      return { low: middle! - HALF_90 * deviation!, high: middle! + HALF_90 * deviation! };
    }
    return null;
  }

  learn(hour: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.#fold(hour, value);
    this.#fold(HOURS, value);
  }

  #fold(slot: number, value: number): void {
    const at = 3 * slot;
    const [middle, deviation, n] = this.#kept.subarray(at, at + 3);
    const count = Math.min(n! + 1, MEMORY_N);
    const off = n === 0 ? 0 : value - middle!;
    // The first few say how large deviations are: nothing is cut by them.
    const most = n! < KNOWN_N / 2 ? Infinity : CUT * deviation!;
    const cut = Math.max(-most, Math.min(most, off));
    this.#kept[at] = n === 0 ? value : middle! + cut / count;
    this.#kept[at + 1] = n === 0 ? 0 : deviation! + (Math.abs(cut) - deviation!) / count;
    this.#kept[at + 2] = count;
  }
}
