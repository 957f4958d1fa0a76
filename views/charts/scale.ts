/** Linear scales and paths of the charts: plain numbers in, SVG text out. */

export interface Point {
  x: number;
  /** null breaks the line. */
  y: number | null;
}

/** One decimal is finer than a pixel here, and keeps the page small. */
const short = (n: number): string => String(Math.round(n * 10) / 10);

/** A line through points in chart units, broken where there is no value. */
export function linePath(
  points: readonly Point[],
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  let d = "";
  let pen = false;
  for (const p of points) {
    if (p.y === null) {
      pen = false;
      continue;
    }
    d += `${pen ? "L" : "M"}${short(x(p.x))} ${short(y(p.y))}`;
    pen = true;
  }
  return d;
}

/** A band between two lines; points without both are left out. */
export function bandPath(
  points: readonly { x: number; low: number | null; high: number | null }[],
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  const whole = points.filter((p) => p.low !== null && p.high !== null);
  if (whole.length < 2) return "";
  const up = whole.map((p, i) => `${i === 0 ? "M" : "L"}${short(x(p.x))} ${short(y(p.high!))}`).join("");
  const down = whole
    .toReversed()
    .map((p) => `L${short(x(p.x))} ${short(y(p.low!))}`)
    .join("");
  return `${up}${down}Z`;
}

/** A round number of 1, 2 or 5 times a power of ten that divides a span into about `parts`. */
export function roundStep(span: number, parts: number): number {
  const raw = span / parts;
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
