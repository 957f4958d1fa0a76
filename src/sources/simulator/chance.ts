/** Chance without state: numbers that belong to a seed and a place in time, so that any moment can be computed alone. */

/** A number in [0, 1) that belongs to three integers. */
export function chance(seed: number, a: number, b: number): number {
  let h = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(a | 0, 0x85ebca77) ^ Math.imul(b | 0, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4_294_967_296;
}

/** About standard normal: the sum of four uniform numbers, so never beyond ±3.5. */
export function normal(seed: number, a: number, b: number): number {
  const sum = chance(seed, a, b) + chance(seed + 1, a, b) + chance(seed + 2, a, b) + chance(seed + 3, a, b);
  return (sum - 2) * 1.732;
}

/** How many events a Poisson process of this mean gives, from one uniform number; at most 8. */
export function poisson(mean: number, uniform: number): number {
  let p = Math.exp(-mean);
  let cumulated = p;
  let n = 0;
  while (uniform > cumulated && n < 8) {
    n++;
    p *= mean / n;
    cumulated += p;
  }
  return n;
}
