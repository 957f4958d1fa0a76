/** Waiting for a condition, never for a time. */
import { cpus, loadavg } from "node:os";

/** @returns ms until it held. @throws {Error} with what was missing when the deadline is over. */
export async function until(
  what: string,
  deadline_ms: number,
  holds: () => boolean | Promise<boolean>,
  every_ms = 25,
): Promise<number> {
  const start_ms = performance.now();
  while (!(await holds())) {
    const ms = performance.now() - start_ms;
    if (ms > deadline_ms) throw new Error(`${what} did not come within ${deadline_ms} ms`);
    await Bun.sleep(every_ms);
  }
  return performance.now() - start_ms;
}

/** 50 % of the values are not greater, and the greatest; null where there are none. */
export function spread(values: readonly number[]): { p50: number; max: number } | null {
  const sorted = values.toSorted((a, b) => a - b);
  const p50 = sorted[Math.floor((sorted.length - 1) / 2)];
  const max = sorted.at(-1);
  return p50 === undefined || max === undefined ? null : { p50: Math.round(p50), max: Math.round(max) };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A time limit for this machine: more where it has more to do than processors for it, and all times grow. */
export const allowed = (ms: number): number => ms * Math.max(1, (loadavg()[0] ?? 0) / cpus().length / 1.5);
