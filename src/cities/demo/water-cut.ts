/** Cuts streets where they leave one bank and reach the other: what lies between is a bridge of its own. */
import type { Street } from "./arteries.ts";
import type { Field } from "./field.ts";
import type { Point } from "./plane.ts";
import { waterDistance } from "./terrain.ts";

/** How far behind the bank a bridge begins, km. */
const BRIDGEHEAD = 0.1;
const STEP = 0.02;

export function cutAtWater(street: Street, field: Field): Street[] {
  if (street.line.every(([x, y]) => field.water(x, y) > 0.3)) return [street];
  const out: Street[] = [];
  let line: Point[] = [];
  let wet: boolean | null = null;
  const cut = (): void => {
    if (line.length > 1)
      out.push({
        ...street,
        line,
        bridge: wet === true && line.some(([x, y]) => waterDistance(x, y, 0.2) < 0),
      });
    line = line.slice(-1);
  };
  for (const p of dense(street.line)) {
    const over = field.water(p[0], p[1]) < 0.3 && waterDistance(p[0], p[1], 0.4) < BRIDGEHEAD;
    line.push(p);
    if (wet !== null && over !== wet) cut();
    wet = over;
  }
  cut();
  return out;
}

function dense(line: readonly Point[]): Point[] {
  const out: Point[] = [];
  for (let i = 0; i + 1 < line.length; i++) {
    const [a, b] = [line[i]!, line[i + 1]!];
    const n = Math.max(1, Math.ceil(Math.sqrt((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) / STEP));
    for (let k = 0; k < n; k++) out.push([a[0] + ((b[0] - a[0]) * k) / n, a[1] + ((b[1] - a[1]) * k) / n]);
  }
  out.push(line.at(-1)!);
  return out;
}
