/** Kept windows, merged up to steps, in pages. Merging is the aggregates' own: a mean of means is not a mean. */
import type { Kept } from "../core/aggregate.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { columnsOf, type KeptWindow, type WindowDeclaration } from "../core/window.ts";
import type { HistoryStore, RowPlace } from "../history/history-store.ts";
import type { Steps } from "./steps.ts";

/** Place of a step's row: where the next page goes on. */
interface StepPlace {
  start_ms: number;
  key: string;
}

export interface StepRow extends KeptWindow {
  /** Kept windows merged into it. */
  merged: number;
}

export interface StepQuery {
  /** Steps that start in `[from_ms, to_ms)`, whole. */
  from_ms: number;
  to_ms: number;
  key: string | null;
  limit: number;
  after: StepPlace | null;
}

export interface StepPage {
  rows: readonly StepRow[];
  more: boolean;
}

type Windows = Pick<HistoryStore, "windows">;

/** Kept windows read for one answer at most: a day of 3,000 keys. */
const KEPT_MAX = 1_000_000;

export async function stepPage(
  history: Windows,
  stream: Stream,
  steps: Steps,
  query: StepQuery,
): Promise<StepPage> {
  const rows: StepRow[] = [];
  let group: { start_ms: number; keys: Map<string, StepRow> } | null = null;
  const close = (): void => {
    if (group === null) return;
    const closed = [...group.keys.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const row of closed) if (isAfter(row, query.after)) rows.push(row);
    group = null;
  };
  for await (const kept of keptWindows(history, stream, steps, query)) {
    const start_ms = steps.start(kept.window_start_ms);
    if (steps.own) {
      rows.push({ ...kept, merged: 1 });
    } else {
      if (group !== null && group.start_ms !== start_ms) close();
      group ??= { start_ms, keys: new Map() };
      const row = group.keys.get(kept.key);
      group.keys.set(
        kept.key,
        row === undefined
          ? { ...kept, window_start_ms: start_ms, merged: 1 }
          : merge(steps.windows, row, kept),
      );
    }
    if (rows.length > query.limit) break;
  }
  if (rows.length <= query.limit) close();
  return { rows: rows.slice(0, query.limit), more: rows.length > query.limit };
}

/** The kept windows of the steps, in order of start and key, from the page's place on. */
async function* keptWindows(
  history: Windows,
  stream: Stream,
  steps: Steps,
  query: StepQuery,
): AsyncGenerator<KeptWindow> {
  const { from_ms, to_ms } = stepBounds(steps, query);
  // A step of several windows is read again from its start: all of its windows are needed.
  let after: RowPlace | undefined =
    steps.own && query.after !== null
      ? { time_ms: query.after.start_ms, key: query.after.key, event_id: "" }
      : undefined;
  const limit = steps.own ? Math.min(query.limit + 1, limits.range_rows_max) : limits.range_rows_max;
  if (from_ms >= to_ms) return;
  for (let read = 0; read < KEPT_MAX;) {
    const page = await history.windows(stream, {
      from_ms,
      to_ms,
      limit,
      ...(query.key === null ? {} : { key: query.key }),
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    after = { time_ms: last.window_start_ms, key: last.key, event_id: "" };
    read += page.length;
  }
}

/** Whole steps that start in the asked range, from the page's place on. */
export function stepBounds(
  steps: Steps,
  { from_ms, to_ms, after }: StepQuery,
): { from_ms: number; to_ms: number } {
  const first_ms = steps.start(from_ms);
  const start_ms = first_ms < from_ms ? steps.end(first_ms) : first_ms;
  return {
    from_ms: Math.max(start_ms, after?.start_ms ?? -Infinity),
    to_ms: steps.end(steps.start(to_ms - 1)),
  };
}

const isAfter = (row: StepRow, after: StepPlace | null): boolean =>
  after === null ||
  row.window_start_ms > after.start_ms ||
  (row.window_start_ms === after.start_ms && row.key > after.key);

function merge(windows: WindowDeclaration, row: StepRow, kept: KeptWindow): StepRow {
  return { ...row, kept: mergeKept(windows, row.kept, kept.kept), merged: row.merged + 1 };
}

export function mergeKept(
  windows: WindowDeclaration,
  a: Readonly<Record<string, Kept>>,
  b: Readonly<Record<string, Kept>>,
): Record<string, Kept> {
  const merged: Record<string, Kept> = {};
  for (const { column, merge_kept } of columnsOf(windows))
    merged[column] = merge_kept(a[column] ?? null, b[column] ?? null);
  return merged;
}
