import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseDecimal, product } from "./decimal.ts";

const of = (decimals: number, ...texts: string[]): number =>
  product(
    texts.map((text) => parseDecimal(text)!),
    decimals,
  );

describe("products of decimals", () => {
  test("in cents, where floats drift", () => {
    expect([of(2, "3", "1.1"), 3 * 1.1]).toEqual([3.3, 3.3000000000000003]);
    // 1.005 as a float is less than 1.005, and would round down.
    expect([of(2, "1", "1.005"), Math.round(1.005 * 100) / 100]).toEqual([1.01, 1]);
    expect(of(2, "-80995", "2.08")).toBe(-168_469.6);
    expect(of(2, "1", "0.001")).toBe(0);
    expect(of(2, "6", "0.001")).toBe(0.01);
    expect(of(2, "-1", "0.005")).toBe(-0.01);
  });

  test("nothing times anything is 0, never −0", () => {
    expect(Object.is(of(2, "0", "-5"), 0)).toBe(true);
    expect(Object.is(of(2, "-1", "0.001"), 0)).toBe(true);
  });

  test("any quantity times any price in cents is the integers' product", () => {
    const whole = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(whole, whole, (quantity, cents) => {
        const price = `${cents < 0 ? "-" : ""}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
        expect(Math.round(of(2, String(quantity), price) * 100) + 0).toBe(quantity * cents + 0);
      }),
    );
  });

  test("what is no plain decimal number is none", () => {
    for (const text of ["", " ", "1e3", "0x1", "1,5", ".", "-", "NaN", "1.2.3", "9".repeat(19), "٣"])
      expect(parseDecimal(text)).toBe(null);
    for (const text of ["1", "1.", "+1.50", " -3 ", "007"]) expect(parseDecimal(text)).not.toBe(null);
  });
});
