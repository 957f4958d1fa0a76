/**
 * What changed lately, in the order the hub learned it: one ring for all streams, channels and clients. A client
 * is a place in it (`seq`), so being behind costs nothing, and catching up sends newest states only.
 */
import type { Bbox } from "../core/geo.ts";
import type { KeyState } from "./state.ts";

export interface Change {
  readonly seq: number;
  readonly state: KeyState;
  /** Where the key was and where it is: who watched the place it left must hear of it. Null without a place. */
  readonly reach: Bbox | null;
  /** Monotonic, ms. */
  readonly at_ms: number;
}

export class Ring {
  readonly #ring_ms: number;
  readonly #rows_max: number;
  #changes: Change[] = [];
  /** Index of the oldest change kept. */
  #first = 0;
  /** Seq of the next change. */
  head = 0;

  constructor(options: { ring_ms: number; rows_max: number }) {
    this.#ring_ms = options.ring_ms;
    this.#rows_max = options.rows_max;
  }

  get size(): number {
    return this.#changes.length - this.#first;
  }

  /** Seq of the oldest change kept; `head` when there is none. */
  get base(): number {
    return this.head - this.size;
  }

  /** Adds the newest change of a key; the one before it is superseded. */
  push(state: KeyState, reach: Bbox | null, at_ms: number): Change {
    const change: Change = { seq: this.head++, state, reach, at_ms };
    state.seq = change.seq;
    this.#changes.push(change);
    if (this.size > this.#rows_max) this.#drop();
    return change;
  }

  /** Changes in `[from, to)` that are still kept, oldest first. */
  *range(from: number, to: number): Iterable<Change> {
    const base = this.base;
    const end = Math.min(to, this.head);
    for (let seq = Math.max(from, base); seq < end; seq++) yield this.#changes[seq - base + this.#first]!;
  }

  /** Lets go of what is older than the ring's time. */
  evict(now_ms: number): void {
    while (this.size > 0 && now_ms - this.#changes[this.#first]!.at_ms > this.#ring_ms) this.#drop();
  }

  #drop(): void {
    const { seq, state } = this.#changes[this.#first++]!;
    // A key unchanged for the ring's whole time: nobody can be owed its row any more.
    if (state.seq === seq) state.event = state.json = null;
    if (this.#first > 1_024 && this.#first * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#first);
      this.#first = 0;
    }
  }
}
