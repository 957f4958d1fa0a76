/** What each road was measured at, minute by minute, for the last hour: sums, so that a step ending at any minute is made from them. */
import { STEP_MS } from "../../core/speed-matrix.ts";
import { minutes } from "../../core/time.ts";
import { RECENT_STEPS } from "../model.ts";

const MINUTE_MS = minutes(1);
/** Minutes in a step. */
const STEP_MINUTES = STEP_MS / MINUTE_MS;
/** Minutes that are kept: an hour, and a few for what comes late; a power of two. */
export const KEPT_MINUTES = 64;

export const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);

export class MinuteSums {
  #columns: number;
  /** Columns that there is place for. */
  #width: number;
  #sums: Float64Array;
  #counts: Uint32Array;
  /** Which minute a place of the ring holds. */
  readonly #holds = new Float64Array(KEPT_MINUTES).fill(-1);
  #newest = -1;

  constructor(columns: number) {
    this.#columns = columns;
    this.#width = columns;
    this.#sums = new Float64Array(KEPT_MINUTES * columns);
    this.#counts = new Uint32Array(KEPT_MINUTES * columns);
  }

  get columns(): number {
    return this.#columns;
  }

  /** Newest minute that was added to; −1 for none. */
  get newest(): number {
    return this.#newest;
  }

  /** Adds `n` measurements of a road. What is older than the ring is passed over. */
  add(column: number, minute: number, sum: number, n: number): void {
    if (minute <= this.#newest - KEPT_MINUTES) return;
    const place = minute % KEPT_MINUTES;
    if (this.#holds[place]! < minute) {
      this.#sums.fill(0, place * this.#width, (place + 1) * this.#width);
      this.#counts.fill(0, place * this.#width, (place + 1) * this.#width);
      this.#holds[place] = minute;
    }
    if (minute > this.#newest) this.#newest = minute;
    const at = place * this.#width + column;
    this.#sums[at]! += sum;
    this.#counts[at]! += n;
  }

  /** More roads, behind those that there are. They come one by one: place is made for twice as many, so that all are not copied each time. */
  grow(columns: number): void {
    if (columns <= this.#columns) return;
    if (columns > this.#width) this.#widen(Math.max(columns, 2 * this.#width));
    this.#columns = columns;
  }

  #widen(width: number): void {
    const [sums, counts] = [new Float64Array(KEPT_MINUTES * width), new Uint32Array(KEPT_MINUTES * width)];
    for (let place = 0; place < KEPT_MINUTES; place++) {
      const [from, to] = [place * this.#width, place * this.#width + this.#columns];
      sums.set(this.#sums.subarray(from, to), place * width);
      counts.set(this.#counts.subarray(from, to), place * width);
    }
    [this.#width, this.#sums, this.#counts] = [width, sums, counts];
  }

  /** The last hour as steps, the newest of which ends with this minute: `RECENT_STEPS × columns`, NaN where nothing was measured. */
  recentAt(minute: number): Float32Array<ArrayBuffer> {
    const steps = new Float32Array(RECENT_STEPS * this.#columns);
    const [sum, n] = [new Float64Array(this.#columns), new Uint32Array(this.#columns)];
    for (let step = 0; step < RECENT_STEPS; step++) {
      sum.fill(0);
      n.fill(0);
      const last = minute - STEP_MINUTES * (RECENT_STEPS - 1 - step);
      for (let m = last - STEP_MINUTES + 1; m <= last; m++) this.#fold(m, sum, n);
      for (let column = 0; column < this.#columns; column++)
        steps[step * this.#columns + column] = n[column] === 0 ? Number.NaN : sum[column]! / n[column]!;
    }
    return steps;
  }

  #fold(minute: number, sum: Float64Array, n: Uint32Array): void {
    const place = ((minute % KEPT_MINUTES) + KEPT_MINUTES) % KEPT_MINUTES;
    if (this.#holds[place] !== minute) return;
    const from = place * this.#width;
    for (let column = 0; column < this.#columns; column++) {
      sum[column]! += this.#sums[from + column]!;
      n[column]! += this.#counts[from + column]!;
    }
  }
}
