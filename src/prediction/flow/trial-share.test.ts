/** The share of the roads is the share that was asked for, whatever ids look like. */
import { expect, test } from "bun:test";
import { placeOf } from "./trial-share.ts";

test("names in a row are spread evenly, and each keeps its place", () => {
  for (const nameOf of [(i: number) => `demo_${i}`, (i: number) => String(i), (i: number) => `${i}-road`]) {
    const places = Array.from({ length: 2_000 }, (_, i) => placeOf(nameOf(i)));
    for (const share of [0.1, 0.5, 0.9]) {
      const n = places.filter((place) => place < share).length;
      // Four deviations of a binomial distribution.
      expect(Math.abs(n / 2_000 - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / 2_000));
    }
    expect(placeOf(nameOf(7))).toBe(places[7]!);
  }
});
