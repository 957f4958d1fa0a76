/** How long a consumer has been behind, from the places of the log's end that were seen: no record is read for it. */
import { limits } from "../core/limits.ts";

interface Sample {
  at_ms: number;
  end_offset: number;
}

/**
 * One partition. Whoever stands at offset n has been behind since the moment at which the end went beyond n; that
 * moment lies between two samples, and is taken as if the end had moved evenly.
 */
export class LagClock {
  #samples: Sample[] = [];

  /** @param at_ms Monotonic. @param older_ms What is known otherwise of how far behind, where no sample is old enough. */
  lag(at_ms: number, end_offset: number, next_offset: number, older_ms: number): number {
    this.#remember({ at_ms, end_offset });
    if (next_offset >= end_offset) {
      this.#samples = this.#samples.slice(-1);
      return 0;
    }
    const first = this.#samples.findIndex((sample) => sample.end_offset > next_offset);
    const after = this.#samples[first]!;
    const before = this.#samples[first - 1];
    if (before === undefined) return Math.max(at_ms - after.at_ms, older_ms);
    const share = (next_offset - before.end_offset) / (after.end_offset - before.end_offset);
    return at_ms - (before.at_ms + Math.max(0, share) * (after.at_ms - before.at_ms));
  }

  /** Every second one goes when there are too many: a long lag is told to fewer places, not forgotten. */
  #remember(sample: Sample): void {
    const last = this.#samples.at(-1);
    // A log made anew: what was seen of the old one says nothing.
    if (last !== undefined && sample.end_offset < last.end_offset) this.#samples = [];
    else if (last !== undefined && sample.end_offset === last.end_offset) return;
    this.#samples.push(sample);
    if (this.#samples.length > limits.lag_samples_max)
      this.#samples = this.#samples.filter((_, i) => i % 2 === 0 || i === this.#samples.length - 1);
  }
}
