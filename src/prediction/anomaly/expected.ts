/** What was forecast of each road for the steps around now: of each step the newest forecast made ten minutes before. */
import { STEP_MS } from "../../core/speed-matrix.ts";
import { minutes } from "../../core/time.ts";
import type { Band } from "./own-band.ts";

const AHEAD_MS = minutes(10);
/** Steps that are remembered: the time that is read again after a restart, and more. A power of two. */
const STEPS = 32;
/** A road that was forecast within so many steps has forecasts: where one is missing, nothing is expected. */
const HAS_STEPS = 12;

export class Expected {
  readonly #steps = new Int32Array(STEPS).fill(-1);
  readonly #made_ms = new Float64Array(STEPS);
  readonly #bands = new Float32Array(2 * STEPS);
  #newest = -Infinity;

  /** @param at_ms Minute from which ten minutes ahead were forecast. */
  forecast(at_ms: number, { low, high }: Band): void {
    const step = Math.floor((at_ms + AHEAD_MS) / STEP_MS);
    const place = step % STEPS;
    const held = this.#steps[place]!;
    if (held > step || (held === step && this.#made_ms[place]! > at_ms)) return;
    this.#steps[place] = step;
    this.#made_ms[place] = at_ms;
    this.#bands[2 * place] = low;
    this.#bands[2 * place + 1] = high;
    this.#newest = Math.max(this.#newest, step);
  }

  /** Of what was measured in `[step · STEP_MS, (step + 1) · STEP_MS)`; null where nothing was forecast of it. */
  at(step: number): Band | null {
    const place = step % STEPS;
    if (this.#steps[place] !== step) return null;
    return { low: this.#bands[2 * place]!, high: this.#bands[2 * place + 1]! };
  }

  /** Whether the road is forecast around this step. */
  isForecast(step: number): boolean {
    return this.#newest >= step - HAS_STEPS;
  }
}
