/** Hours of the city without some of its roads: what these kept is taken from what all kept, integer by integer. */
import type { Kept } from "../../core/aggregate.ts";
import { columnsOf } from "../../core/window.ts";
import type { KeptRow, Measures } from "./fold.ts";

/**
 * Least and greatest cannot be taken apart: they become null, and come from the roads themselves. Nothing falls below zero where a
 * window grew between both reads. @returns Null where nothing is left.
 */
export function subtract({ windows, columns }: Measures, all: KeptRow, some: KeptRow): KeptRow | null {
  const extremes = new Set(
    columnsOf(windows)
      .filter(({ fold }) => fold !== "sum")
      .map(({ column }) => column),
  );
  const out: Record<string, Kept> = {};
  for (const { column } of columns)
    out[column] = extremes.has(column) ? null : less(all[column] ?? null, some[column] ?? null);
  return (out["n"] as number) > 0 ? out : null;
}

function less(a: Kept, b: Kept): Kept {
  if (a === null || b === null) return a;
  if (typeof a === "number") return Math.max(0, a - (b as number));
  const bins = b as readonly number[];
  return a.map((n, i) => Math.max(0, n - (bins[i] ?? 0)));
}
