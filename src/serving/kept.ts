/**
 * A value that is loaded again when somebody asks and it is no longer fresh: once, however many ask. For a while after
 * that, those who ask get the old value and do not wait for the new one.
 */
import type { Clock } from "../core/time.ts";

export interface KeptOptions<T> {
  clock: Clock;
  /** Younger than this, ms, nothing is loaded. */
  fresh_ms: number;
  /** Younger than this, ms, nobody waits for what is loaded. */
  usable_ms: number;
  load: (last: T | null) => Promise<T>;
}

export class Kept<T> {
  readonly #options: KeptOptions<T>;
  #value: { of: T } | null = null;
  #at_ms = -Infinity;
  #loading: Promise<T> | null = null;

  constructor(options: KeptOptions<T>) {
    this.#options = options;
  }

  /** What there is, however old; null before the first load. */
  peek(): T | null {
    return this.#value?.of ?? null;
  }

  /** How long it stays fresh, ms. */
  fresh_for_ms(): number {
    return Math.max(0, this.#options.fresh_ms - this.#age());
  }

  /** @throws what `load` throws, unless there is a usable value. */
  async get(): Promise<T> {
    const age_ms = this.#age();
    if (this.#value !== null && age_ms < this.#options.fresh_ms) return this.#value.of;
    const loading = this.load();
    if (this.#value === null || age_ms >= this.#options.usable_ms) return loading;
    loading.catch(() => {});
    return this.#value.of;
  }

  /** What is fresh, waiting for it where it is not. */
  async fresh(): Promise<T> {
    return this.#value !== null && this.#age() < this.#options.fresh_ms ? this.#value.of : this.load();
  }

  /** Loads now, or joins who is loading. */
  load(): Promise<T> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  #age(): number {
    return this.#options.clock.monotonic() - this.#at_ms;
  }

  async #load(): Promise<T> {
    try {
      const of = await this.#options.load(this.peek());
      this.#value = { of };
      this.#at_ms = this.#options.clock.monotonic();
      return of;
    } finally {
      this.#loading = null;
    }
  }
}
