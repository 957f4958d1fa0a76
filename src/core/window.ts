/** Tumbling windows over event time, aligned to the epoch: `[start, start + size)`. */
import type { Aggregate, AggregateColumn, Kept } from "./aggregate.ts";
import type { Value } from "./field.ts";

export interface WindowDeclaration {
  /** Table of the kept windows. */
  table: string;
  size_ms: number;
  /** `n` is always first: every window counts its events. */
  aggregates: readonly Aggregate[];
  /** Windows that began longer ago go, once no raw row of them is left; null, and without it, keeps all. */
  retention_ms?: number | null;
}

/** A kept window: integers as they are summed, not yet presented. */
export interface KeptWindow {
  key: string;
  window_start_ms: number;
  kept: Record<string, Kept>;
}

/** Floor also below the epoch, where `%` and SQL's `div` would round the wrong way. */
export const windowStart = (event_time_ms: number, size_ms: number): number =>
  Math.floor(event_time_ms / size_ms) * size_ms;

export const columnsOf = (window: WindowDeclaration): readonly AggregateColumn[] =>
  window.aggregates.flatMap((aggregate) => aggregate.columns);

/** Folds rows into windows; the law says that SQL gives the same. */
export function foldWindows(
  window: WindowDeclaration,
  rows: Iterable<{ key: string; event_time_ms: number; row: Readonly<Record<string, Value>> }>,
): KeptWindow[] {
  const columns = columnsOf(window);
  const windows = new Map<string, KeptWindow>();
  // Rows mostly come by key: the window of the row before is then the window of this one.
  let kept: KeptWindow | undefined;
  for (const { key, event_time_ms, row } of rows) {
    const window_start_ms = windowStart(event_time_ms, window.size_ms);
    if (kept === undefined || kept.key !== key || kept.window_start_ms !== window_start_ms) {
      const id = `${window_start_ms} ${key}`;
      kept = windows.get(id);
      if (kept === undefined) {
        kept = { key, window_start_ms, kept: Object.fromEntries(columns.map((c) => [c.column, null])) };
        windows.set(id, kept);
      }
    }
    for (const c of columns) kept.kept[c.column] = c.add(kept.kept[c.column] ?? null, row);
  }
  return [...windows.values()].sort(
    (a, b) => a.window_start_ms - b.window_start_ms || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );
}

/** A window's answer fields, presented in their units. */
export function presentWindow(
  window: WindowDeclaration,
  kept: Readonly<Record<string, Kept>>,
): Record<string, number | readonly number[] | null> {
  const out: Record<string, number | readonly number[] | null> = {};
  for (const aggregate of window.aggregates) Object.assign(out, aggregate.present(kept));
  return out;
}
