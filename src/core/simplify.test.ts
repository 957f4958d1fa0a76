import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { distance_km, distanceToLine_km, type Position } from "./geo.ts";
import { simplified } from "./simplify.ts";

const position = fc.tuple(
  fc.double({ min: 11, max: 11.2, noNaN: true }),
  fc.double({ min: 48, max: 48.1, noNaN: true }),
);

describe("simplified", () => {
  test("law: ends stay, order stays, and no point that goes is further from what is left than the tolerance", () => {
    fc.assert(
      fc.property(
        fc.array(position, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5_000 }),
        (line, tolerance_m) => {
          const kept = simplified(line, tolerance_m);
          expect(kept.slice(0, 1)).toEqual(line.length > 0 ? [0] : []);
          expect(kept.at(-1)).toEqual(line.length > 0 ? line.length - 1 : undefined);
          expect(kept).toEqual(kept.toSorted((a, b) => a - b));
          const left = kept.map((i) => line[i]!);
          // Two planes, around the line's first point and around each point, differ by a thousandth.
          for (const at of line)
            expect(distanceToLine_km(at, left) * 1_000).toBeLessThan(tolerance_m * 1.01 + 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("without a tolerance every point stays; a straight line keeps its ends", () => {
    const line = Array.from({ length: 100 }, (_, i): Position => [11 + i / 10_000, 48]);
    expect(simplified(line, 0)).toHaveLength(100);
    expect(simplified(line, 1)).toEqual([0, 99]);
    expect(simplified([], 5)).toEqual([]);
    expect(simplified([[11, 48]], 5)).toEqual([0]);
  });

  test("the worst shape, a long spiral, is done in pieces", () => {
    const spiral = Array.from({ length: 5_000 }, (_, i): Position => [
      11 + (i * Math.sin(i)) / 1e5,
      48 + (i * Math.cos(i)) / 1e5,
    ]);
    const began = performance.now();
    expect(simplified(spiral, 1).length).toBeGreaterThan(4_000);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("distanceToLine_km", () => {
  test("is the great circle's distance to a line that is a point, and 0 on the line", () => {
    const at: Position = [11.5, 48.1];
    for (const to of [
      [11.6, 48.2],
      [11.5, 48.1],
      [10.9, 47.5],
    ] as const)
      expect(Math.abs(distanceToLine_km(at, [to]) - distance_km(at, to))).toBeLessThan(0.05);
    expect(
      distanceToLine_km(at, [
        [11.4, 48.1],
        [11.6, 48.1],
      ]),
    ).toBeCloseTo(0, 9);
    expect(distanceToLine_km(at, [])).toBe(Infinity);
  });
});
