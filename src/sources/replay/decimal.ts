/** Decimal numbers as they are written, multiplied without a float's drift. */

/** digits · 10^−decimals. */
interface Decimal {
  digits: bigint;
  decimals: number;
}

/** An optional sign, digits, and decimals after a point: no exponent, at most 18 + 18 digits. */
const DECIMAL = /^\s*([+-]?)(\d{1,18})(?:\.(\d{0,18}))?\s*$/;

export function parseDecimal(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = ""] = match;
  const digits = BigInt(`${whole}${fraction}`);
  return { digits: sign === "-" ? -digits : digits, decimals: fraction.length };
}

/** The product, rounded once to `decimals`, half away from zero: the float nearest to that decimal. */
export function product(factors: readonly Decimal[], decimals: number): number {
  let digits = 1n;
  let have = 0;
  for (const factor of factors) {
    digits *= factor.digits;
    have += factor.decimals;
  }
  if (have > decimals) {
    const unit = 10n ** BigInt(have - decimals);
    const size = digits < 0n ? -digits : digits;
    const rounded = (size + unit / 2n) / unit;
    digits = digits < 0n ? -rounded : rounded;
    have = decimals;
  }
  return Number(`${digits}e-${have}`);
}
