/** Random numbers from a seed, the same everywhere: sfc32 (Doty-Humphrey, PractRand), and the normal ones from it. */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #count = 1;

  /** @param stream Another sequence of the same seed. */
  constructor(seed: number, stream = 0) {
    this.#b = Math.trunc(seed) | 0;
    this.#c = Math.trunc(stream) | 0;
    for (let i = 0; i < 16; i++) this.bits();
  }

  /** 32 random bits, as an integer from 0. */
  bits(): number {
    const t = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Even in [0, 1). */
  next(): number {
    return this.bits() / 4_294_967_296;
  }

  /** An integer of 0 to `n − 1`. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Mean 0, deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Puts a list into a random order, in place (Fisher and Yates). */
  shuffle(list: Int32Array): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = list[i]!;
      list[i] = list[j]!;
      list[j] = kept;
    }
  }
}
