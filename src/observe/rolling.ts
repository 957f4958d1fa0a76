/** Sums and greatest values of the last minute, in slices, so that nothing is kept per value. */
import { seconds, type Clock } from "../core/time.ts";

const SLICE_MS = seconds(5);
const SLICES = 12;

interface Slice {
  number: number;
  n: number;
  sum: number;
  max: number;
}

export class LastMinute {
  readonly #clock: Pick<Clock, "monotonic">;
  #slices: Slice[] = [];

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  add(value: number): void {
    const number = this.#now();
    let last = this.#slices.at(-1);
    if (last?.number !== number) {
      last = { number, n: 0, sum: 0, max: -Infinity };
      this.#slices.push(last);
      if (this.#slices.length > SLICES + 1) this.#slices.shift();
    }
    last.n++;
    last.sum += value;
    last.max = Math.max(last.max, value);
  }

  /** Over 55 to 60 s. `max` is 0 where there was none. */
  read(): { n: number; sum: number; max: number } {
    const oldest = this.#now() - SLICES + 1;
    this.#slices = this.#slices.filter(({ number }) => number >= oldest);
    let [n, sum, max] = [0, 0, 0];
    for (const slice of this.#slices) {
      n += slice.n;
      sum += slice.sum;
      max = Math.max(max, slice.max);
    }
    return { n, sum, max };
  }

  #now(): number {
    return Math.floor(this.#clock.monotonic() / SLICE_MS);
  }
}
