/** Figures of sums, where sums are strange. */
import { expect, test } from "bun:test";
import { figuresOf, noSums } from "./figures.ts";

test("case 27: speeds that never change have no spread to explain, however many there are", () => {
  for (const n of [1, 3, 2_477_766, 3_255_536]) {
    for (const y of [0, 3_333, 29_999]) {
      const { r2, mae } = figuresOf({
        ...noSums,
        n,
        abs_e: 100 * n,
        e2: 10_000 * n,
        y: y * n,
        y2: y * y * n,
      });
      expect([n, y, r2, mae]).toEqual([n, y, null, 1]);
    }
  }
});

test("r2 is 1 − Σe² / Σ(y − mean y)²", () => {
  // What came: 40 and 20 km/h, each said to be 30.
  const sums = { ...noSums, n: 2, e2: 2e6, y: 6_000, y2: 2e7 };
  expect(figuresOf(sums).r2).toBe(0);
  expect(figuresOf({ ...sums, e2: 5e5 }).r2).toBe(0.75);
});
