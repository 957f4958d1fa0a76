import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText, normalise, number, round, scaled, text } from "./field.ts";

const decimals = fc.integer({ min: 0, max: 6 });
const values = fc.double({ min: -30_000, max: 30_000, noNaN: true });

describe("rounding", () => {
  test("a second time changes nothing", () => {
    fc.assert(fc.property(values, decimals, (v, d) => expect(round(round(v, d), d)).toBe(round(v, d))));
  });

  test("it moves a value by at most half of its last decimal", () => {
    fc.assert(
      fc.property(values, decimals, (v, d) =>
        expect(Math.abs(round(v, d) - v)).toBeLessThanOrEqual(0.5 / 10 ** d + 1e-9),
      ),
    );
  });

  test("it is the same on both sides of zero, and never -0", () => {
    fc.assert(
      fc.property(values, decimals, (v, d) =>
        expect(round(-v, d)).toBe(round(v, d) === 0 ? 0 : -round(v, d)),
      ),
    );
    expect(Object.is(round(-0, 2), 0)).toBe(true);
    expect(Object.is(round(-0.001, 2), 0)).toBe(true);
  });

  test("halves go away from zero as people read them", () => {
    expect([1.005, 2.675, 1.115, 0.285, -1.005].map((v) => round(v, 2))).toEqual([
      1.01, 2.68, 1.12, 0.29, -1.01,
    ]);
  });

  test("the scaled integer and the rounded value are one another's", () => {
    fc.assert(
      fc.property(values, decimals, (v, d) => {
        const n = scaled(round(v, d), d);
        expect(Number.isSafeInteger(n)).toBe(true);
        expect(n / 10 ** d).toBe(round(v, d));
      }),
    );
  });

  test("a value in bounds stays in bounds", () => {
    const field = number("Speed.", { unit: "km/h", min: 0.01, max: 300, decimals: 2 });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 300, noNaN: true }), (v) => {
        const kept = normalise(field, v) as number;
        expect(kept >= 0.01 && kept <= 300).toBe(true);
      }),
    );
  });
});

describe("texts", () => {
  test("clean is well-formed and without control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (s) => {
        expect(cleanText(s)).toBe(s.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(s));
      }),
    );
  });

  test("NFC once is NFC for ever", () => {
    const field = text("Name.");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (s) => {
        const kept = normalise(field, s);
        expect(normalise(field, kept)).toBe(kept);
      }),
    );
  });
});
