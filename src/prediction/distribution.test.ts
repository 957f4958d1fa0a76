import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { noMargins, predictionOf, type Reading } from "./distribution.ts";
import { conformalMargin, marginsFrom } from "./margins.ts";
import { FORECAST_SIZE, LEVELS } from "./model.ts";
import type { Margins } from "./prediction.ts";
import { quantileAt, shareBelow } from "./quantiles.ts";

const ascending = fc
  .array(fc.oneof(fc.float({ min: 0, max: 130, noNaN: true }), fc.constantFrom(0, 50, 130)), {
    minLength: LEVELS.length,
    maxLength: LEVELS.length,
  })
  .map((values) => values.sort((a, b) => a - b));
const forecast = fc.tuple(ascending, ascending, ascending).map((parts) => Float32Array.from(parts.flat()));
const margin = fc.record({
  margin_50: fc.double({ min: -20, max: 20, noNaN: true }),
  margin_90: fc.double({ min: -20, max: 20, noNaN: true }),
});
const byRegime = fc.record({ calm: margin, uncertain: margin, slow: margin });
const margins: fc.Arbitrary<Margins> = fc.record({ 10: byRegime, 20: byRegime, 30: byRegime });
const reading = fc.record({
  congested_below: fc.double({ min: 1, max: 80, noNaN: true }),
  speed_max: fc.constant(130),
  now: fc.oneof(fc.double({ min: 0, max: 130, noNaN: true }), fc.constant(Number.NaN)),
  margins,
});

/** A forecast whose three horizons are even between `low` and `high`. */
const even = (low: number, high: number): Float32Array =>
  Float32Array.from(
    { length: FORECAST_SIZE },
    (_, i) => low + (LEVELS[i % LEVELS.length] ?? 0) * (high - low),
  );
const plain: Reading = { congested_below: 40, speed_max: 130, now: 60, margins: noMargins };

describe("what is said of a road", () => {
  test("low ≤ point ≤ high, the half within the nine tenths, all within 0 and the limit, probabilities within 0 and 1", () => {
    fc.assert(
      fc.property(forecast, reading, (quantiles, how) => {
        const said = predictionOf(quantiles, 0, how);
        expect(said?.horizons).toHaveLength(3);
        for (const { speed, ...h } of said?.horizons ?? []) {
          const order = [0, h.low_90, h.low_50, speed, h.high_50, h.high_90, how.speed_max];
          expect(order).toEqual([...order].sort((a, b) => a - b));
          for (const p of [h.congestion_probability, h.within_15]) {
            expect(p).toBeGreaterThanOrEqual(0);
            expect(p).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  test("the point is no higher than the median, and lower the likelier a jam is", () => {
    fc.assert(
      fc.property(forecast, reading, (quantiles, how) => {
        const median = quantileAt(quantiles, 0, 0.5);
        const point = predictionOf(quantiles, 0, how)?.horizons[0].speed ?? Number.NaN;
        expect(point).toBeLessThanOrEqual(median);
        const surer = predictionOf(quantiles, 0, { ...how, congested_below: 200 })?.horizons[0].speed;
        expect(surer).toBeLessThanOrEqual(point);
      }),
    );
    expect(predictionOf(even(50, 60), 0, plain)?.horizons[0].speed).toBeCloseTo(55, 4);
    expect(predictionOf(even(10, 20), 0, plain)?.horizons[0].speed).toBeCloseTo(14, 4);
  });

  test("an even distribution gives the probabilities that one computes by hand", () => {
    const said = predictionOf(even(20, 60), 0, { ...plain, congested_below: 30 })?.horizons[0];
    expect(said?.congestion_probability).toBeCloseTo(0.25, 5);
    expect(said?.low_50).toBeCloseTo(30, 4);
    expect(said?.high_90).toBeCloseTo(58, 4);
    const point = 20 + 40 * 0.5 * (1 - 0.2 * 0.25);
    expect(said?.within_15).toBeCloseTo((0.3 * point) / 40, 4);
  });

  test("a forecast in which a number is missing says nothing", () => {
    const quantiles = even(20, 60);
    quantiles[30] = Number.NaN;
    expect(predictionOf(quantiles, 0, plain)).toBeNull();
    expect(predictionOf(even(20, 60), 1, plain)).toBeNull();
  });

  test("a road is read from its place among the others", () => {
    const two = Float32Array.from([...even(20, 60), ...even(70, 80)]);
    expect(predictionOf(two, FORECAST_SIZE, plain)).toEqual(predictionOf(even(70, 80), 0, plain));
  });

  test("slow is what is slow now; uncertain where the band is wide; else calm", () => {
    expect(predictionOf(even(50, 80), 0, { ...plain, now: 39 })?.regime).toBe("slow");
    expect(predictionOf(even(50, 80), 0, plain)?.regime).toBe("uncertain");
    expect(predictionOf(even(50, 80), 0, { ...plain, now: Number.NaN })?.regime).toBe("uncertain");
    expect(predictionOf(even(50, 60), 0, plain)?.regime).toBe("calm");
  });

  test("a distribution that is one number is sure of it", () => {
    const said = predictionOf(even(50, 50), 0, plain)?.horizons[2];
    expect(said).toMatchObject({
      speed: 50,
      low_90: 50,
      high_90: 50,
      congestion_probability: 0,
      within_15: 1,
    });
    expect(predictionOf(even(0, 0), 0, plain)?.horizons[0]).toMatchObject({ speed: 0, within_15: 1 });
    expect(predictionOf(even(40, 40), 0, plain)?.horizons[0].congestion_probability).toBe(0);
  });

  test("the share below rises with the value, and undoes the quantile", () => {
    fc.assert(
      fc.property(ascending, fc.nat({ max: 1300 }), fc.nat({ max: 1300 }), (values, a, b) => {
        const q = Float32Array.from(values);
        const [low, high] = [Math.min(a, b) / 10, Math.max(a, b) / 10];
        expect(shareBelow(q, 0, low)).toBeLessThanOrEqual(shareBelow(q, 0, high));
        expect(shareBelow(q, 0, low)).toBeLessThanOrEqual(shareBelow(q, 0, low, true));
      }),
    );
    for (const level of LEVELS) expect(shareBelow(even(0, 100), 0, 100 * level)).toBeCloseTo(level, 4);
    expect(shareBelow(even(0, 100), 0, 0)).toBeGreaterThan(0.01);
    expect(shareBelow(even(0, 100), 0, -50)).toBeLessThan(0.001);
  });
});

describe("margins", () => {
  test("are the k-th smallest miss, k = ⌈(n + 1)·share⌉", () => {
    expect(conformalMargin([4, 1, 3, 2, 5, 6, 7, 8, 9], 0.5)).toBe(5);
    expect(conformalMargin([4, 1, 3, 2, 5, 6, 7, 8, 9], 0.9)).toBe(9);
    expect(conformalMargin([4, 1, 3], 0.9)).toBeNull();
  });

  /** Truths even between −10 and 10 about 60, forecast as even between −5 and 5: half as wide as they are. */
  const judged = (n: number, now: (row: number) => number) => ({
    quantiles: Float32Array.from(
      { length: n * FORECAST_SIZE },
      (_, i) => even(55, 65)[i % FORECAST_SIZE] ?? 0,
    ),
    truths: Float32Array.from({ length: 3 * n }, (_, i) => 50 + (20 * ((Math.floor(i / 3) * 37) % n)) / n),
    now: Float32Array.from({ length: n }, (_, row) => now(row)),
    congested_below: new Float32Array(n).fill(40),
  });

  test("make intervals cover what they say", () => {
    const set = judged(1000, () => 60);
    const how = { ...plain, margins: marginsFrom(set) };
    let [inside_50, inside_90] = [0, 0];
    for (let row = 0; row < 1000; row++) {
      const h = predictionOf(set.quantiles, row * FORECAST_SIZE, how)?.horizons[1];
      const y = set.truths[3 * row + 1] ?? Number.NaN;
      if (h && y >= h.low_50 && y <= h.high_50) inside_50++;
      if (h && y >= h.low_90 && y <= h.high_90) inside_90++;
    }
    expect(inside_50 / 1000).toBeCloseTo(0.5, 1);
    expect(inside_90 / 1000).toBeCloseTo(0.9, 1);
    expect(how.margins[20].calm.margin_50).toBeCloseTo(2.5, 0);
    expect(how.margins[20].calm.margin_90).toBeCloseTo(4.5, 0);
  });

  test("of a regime that was hardly seen are those of all, and of nothing are none", () => {
    const { 10: of } = marginsFrom(judged(1000, (row) => (row < 20 ? 30 : 60)));
    expect(of.slow.margin_90).toBeCloseTo(of.calm.margin_90, 1);
    expect(of.uncertain).toEqual(of.slow);
    expect(marginsFrom(judged(5, () => 60))).toEqual(noMargins);
  });

  test("are learnt only from what is known", () => {
    const set = judged(1000, () => 60);
    for (let row = 0; row < 500; row++) set.quantiles[row * FORECAST_SIZE] = Number.NaN;
    set.truths.fill(Number.NaN, 1500, 1800);
    const known = marginsFrom(set);
    set.truths.fill(1e6, 0, 1500);
    expect(marginsFrom(set)).toEqual(known);
  });
});
