/** Hours and roads folded together by the columns' own merging, and presented: sums are divided once, at the end. */
import type { Kept } from "../../core/aggregate.ts";
import { percentile } from "../../core/bins.ts";
import { round } from "../../core/field.ts";
import type { RollupColumn } from "../../core/rollup.ts";
import type { WindowDeclaration } from "../../core/window.ts";
import { columnsOf, presentWindow } from "../../core/window.ts";
import { share } from "../meta.ts";
import type { Percentiles, Present } from "./answer.ts";
import type { Cell } from "./calendar.ts";

export type KeptRow = Readonly<Record<string, Kept>>;

export interface Folded {
  /** Null where nothing was measured. */
  kept: KeptRow | null;
  /** Windows of one key that were due. */
  due: number;
}

/** How the columns of a stream's roll-ups are merged and presented. */
export interface Measures {
  windows: WindowDeclaration;
  columns: readonly RollupColumn[];
  edges: readonly number[];
}

export type Merging = Pick<RollupColumn, "column" | "merge">;

/** Of a stream's windows. */
export const mergingOf = (windows: WindowDeclaration): readonly Merging[] =>
  columnsOf(windows).map(({ column, merge_kept }) => ({ column, merge: merge_kept }));

export function mergeKept(columns: readonly Merging[], a: KeptRow | null, b: KeptRow | null): KeptRow | null {
  if (a === null || b === null) return a ?? b;
  const out: Record<string, Kept> = {};
  for (const { column, merge } of columns) out[column] = merge(a[column] ?? null, b[column] ?? null);
  return out;
}

export function fold(
  { columns }: { columns: readonly Merging[] },
  cells: Iterable<Pick<Cell, "kept" | "due">>,
): Folded {
  let kept: Record<string, Kept> | null = null;
  let due = 0;
  for (const cell of cells) {
    due += cell.due;
    if (cell.kept === null) continue;
    if (kept === null) kept = { ...cell.kept };
    else
      for (const { column, merge } of columns)
        kept[column] = merge(kept[column] ?? null, cell.kept[column] ?? null);
  }
  return { kept, due };
}

/** @param keys How many are expected. */
export function presentOf({ kept, due }: Folded, keys: number): Present {
  const windows_n = count(kept, "windows_n");
  const windows_expected = due * keys;
  return { n: count(kept, "n"), windows_n, windows_expected, coverage: share(windows_n, windows_expected) };
}

export const count = (kept: KeptRow | null, column: string): number => (kept?.[column] as number | null) ?? 0;

/** What speeds say together; null where nothing was measured. */
export interface SpeedFigures {
  mean_speed: number | null;
  stddev_speed: number | null;
  min_speed: number | null;
  max_speed: number | null;
  free_flow_speed: number | null;
  congested_share: number | null;
  /** Mean time for a kilometre over windows, s. */
  pace_s: number | null;
}

export function speedsOf({ windows }: Pick<Measures, "windows">, kept: KeptRow | null): SpeedFigures {
  const shown = kept === null ? {} : presentWindow(windows, kept);
  const figure = (name: string): number | null => {
    const value = shown[name];
    return typeof value === "number" ? round(value, 4) : null;
  };
  const [n, windows_n] = [count(kept, "n"), count(kept, "windows_n")];
  const pace = kept?.["pace_sum"];
  return {
    mean_speed: figure("current_speed_mean"),
    stddev_speed: figure("current_speed_stddev"),
    min_speed: figure("current_speed_min"),
    max_speed: figure("current_speed_max"),
    free_flow_speed: figure("free_flow_speed_mean"),
    congested_share: n === 0 ? null : round(count(kept, "congested_n") / n, 6),
    pace_s: windows_n === 0 || typeof pace !== "number" ? null : round(pace / windows_n / 1_000, 4),
  };
}

export function percentilesOf({ edges }: Pick<Measures, "edges">, kept: KeptRow | null): Percentiles {
  const bins = (kept?.["current_speed_bins"] as readonly number[] | null | undefined) ?? [];
  return percentilesBy((p) => percentile(bins, edges, p));
}

export function percentilesBy(at: (p: number) => number | null): Percentiles {
  const p = (percent: number): number | null => {
    const value = at(percent / 100);
    return value === null ? null : round(value, 2);
  };
  return { p5: p(5), p10: p(10), p25: p(25), p50: p(50), p75: p(75), p90: p(90), p95: p(95) };
}

/** 100 · (1 − mean speed / mean free-flow speed), 0 to 100 %. */
export const trafficLevel = ({ mean_speed, free_flow_speed }: SpeedFigures): number | null =>
  mean_speed === null || free_flow_speed === null || free_flow_speed === 0
    ? null
    : round(100 * (1 - Math.min(1, mean_speed / free_flow_speed)), 2);

/** a − b; null where either is. */
export const difference = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : round(a - b, 6);
