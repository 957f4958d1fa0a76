/** A timer wheel: one timer for any number of things that are due within a few seconds. */

/** Runs something after a delay and gives back what cancels it. Handed in, so that tests turn time by hand. */
export type Schedule = (run: () => void, delay_ms: number) => () => void;

export const realSchedule: Schedule = (run, delay_ms) => {
  const timer = setTimeout(run, delay_ms);
  timer.unref();
  return () => clearTimeout(timer);
};

const STEP_MS = 5;
/** 2,048 steps of 5 ms: twice the longest tick. */
const STEPS = 2_048;

export class Wheel<T> {
  readonly #now: () => number;
  readonly #schedule: Schedule;
  readonly #due: (items: readonly T[]) => void;
  readonly #slots: (T[] | null)[] = Array.from({ length: STEPS }, () => null);
  /** Step up to which everything was run. */
  #hand: number;
  #count = 0;
  #armed = Infinity;
  #cancel: () => void = () => {};

  /** @param due Called with what is due, in order of time. Things are never early, and late by 5 ms at most by rounding. */
  constructor(now: () => number, schedule: Schedule, due: (items: readonly T[]) => void) {
    this.#now = now;
    this.#schedule = schedule;
    this.#due = due;
    this.#hand = Math.floor(now() / STEP_MS);
  }

  add(at_ms: number, item: T): void {
    if (this.#count === 0) this.#hand = Math.floor(this.#now() / STEP_MS);
    const step = Math.min(Math.max(Math.ceil(at_ms / STEP_MS), this.#hand + 1), this.#hand + STEPS - 1);
    const slot = this.#slots[step % STEPS];
    if (slot) slot.push(item);
    else this.#slots[step % STEPS] = [item];
    this.#count++;
    if (step < this.#armed) this.#arm(step);
  }

  stop(): void {
    this.#cancel();
    this.#slots.fill(null);
    this.#count = 0;
    this.#armed = Infinity;
  }

  #arm(step: number): void {
    this.#cancel();
    this.#armed = step;
    this.#cancel = this.#schedule(() => this.#turn(), Math.max(0, Math.ceil(step * STEP_MS - this.#now())));
  }

  #turn(): void {
    const until = Math.floor(this.#now() / STEP_MS);
    const items: T[] = [];
    while (this.#hand < until && this.#count > 0) {
      const at = ++this.#hand % STEPS;
      const slot = this.#slots[at];
      if (!slot) continue;
      this.#slots[at] = null;
      this.#count -= slot.length;
      for (const item of slot) items.push(item);
    }
    this.#armed = Infinity;
    if (this.#count > 0) {
      let next = this.#hand + 1;
      while (!this.#slots[next % STEPS]) next++;
      this.#arm(next);
    }
    this.#due(items);
  }
}
