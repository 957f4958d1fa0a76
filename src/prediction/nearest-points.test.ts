/** Found by squares is found by looking at all. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { distance_km, type Position } from "../core/geo.ts";
import { NearestPoints } from "./nearest-points.ts";

test("the nearest are those that a look at all of them finds", () => {
  const points = fc.tuple(fc.constantFrom(-34, 0, 52.5, 70), fc.nat(60)).chain(([lat, spread]) =>
    fc.array(
      fc
        .tuple(fc.nat(1_000), fc.nat(1_000))
        .map(([x, y]): Position => [13 + (x * spread) / 100_000, lat + (y * spread) / 100_000]),
      { minLength: 1, maxLength: 60 },
    ),
  );
  fc.assert(
    fc.property(points, (all) => {
      const near = new NearestPoints(all).of(0, 6, 10);
      const wanted = all
        .map((at, to) => ({ to, km: distance_km(all[0]!, at) }))
        .slice(1)
        .filter(({ km }) => km <= 10)
        .sort((a, b) => a.km - b.km || a.to - b.to)
        .slice(0, 6);
      expect(near).toEqual(wanted);
    }),
  );
});

test("five thousand sensors in one town, or each alone, are no work of seconds; one of no place is near to none", () => {
  for (const apart of [0.003, 0.2]) {
    const all = Array.from({ length: 5_000 }, (_, i): Position => [
      -118 + (i % 71) * apart,
      20 + Math.floor(i / 71) * apart,
    ]);
    const start_ms = performance.now();
    const near = new NearestPoints(all);
    const found = all.map((_, i) => near.of(i, 6, 10).length);
    expect(performance.now() - start_ms).toBeLessThan(1_500);
    expect(Math.max(...found)).toBe(apart > 0.1 ? 0 : 6);
  }
  expect(new NearestPoints([null, [0, 0]]).of(0, 6, 10)).toEqual([]);
});
