/** Amounts as people read them, from whole cents: never through a fraction. */

/** `1,234.50`, `−7.00`: the stream's amounts have no currency, so none is shown. */
export function money(cents: number): string {
  const all = Math.abs(cents);
  const whole = String(Math.floor(all / 100)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return `${cents < 0 ? "−" : ""}${whole}.${String(all % 100).padStart(2, "0")}`;
}
