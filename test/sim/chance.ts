/** Chance from a seed: the same seed, the same numbers (sfc32). */

export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, of: string) {
    let mix = 0x811c9dc5;
    for (let i = 0; i < of.length; i++) mix = Math.imul(mix ^ of.charCodeAt(i), 0x01000193);
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = mix;
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return t >>> 0;
  }

  /** 0 ≤ x < 1. */
  part(): number {
    return this.next() / 2 ** 32;
  }

  /** Whole, `from` ≤ x ≤ `to`. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.part() * (to - from + 1));
  }

  is(probability: number): boolean {
    return this.part() < probability;
  }

  of<T>(list: readonly T[]): T {
    const one = list[Math.floor(this.part() * list.length)];
    if (one === undefined) throw new RangeError("Cannot choose from nothing");
    return one;
  }
}
