/** Events per second as an exponential mean: a count read now and then becomes a rate. */
import type { Clock } from "../core/time.ts";

/** After this time, ms, an old rate weighs 1/e. */
const MEMORY_MS = 10_000;

export class Rate {
  per_s = 0;
  readonly #clock: Clock;
  #count = 0;
  #at_ms: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at_ms = clock.monotonic();
  }

  measure(count: number): void {
    const now_ms = this.#clock.monotonic();
    const passed_ms = now_ms - this.#at_ms;
    if (passed_ms <= 0) return;
    const weight = 1 - Math.exp(-passed_ms / MEMORY_MS);
    this.per_s += weight * (((count - this.#count) * 1_000) / passed_ms - this.per_s);
    this.#count = count;
    this.#at_ms = now_ms;
  }
}
