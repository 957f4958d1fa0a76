/** Kept windows, merged up to steps, in pages. Merging is the aggregates' own: a mean of means is not a mean. */
import type { AggregateColumn, Kept } from "../core/aggregate.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { columnsOf, type KeptWindow } from "../core/window.ts";
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

/** Kept windows read for one page, but for the step that it ends in: a day of 1,388 keys, about 3 s. */
const KEPT_MAX = 400_000;

/** A page ends after `query.limit` rows, or once it has cost `kept_max` kept windows: then there is more, too. */
export async function stepPage(
  history: Windows,
  stream: Stream,
  steps: Steps,
  query: StepQuery,
  kept_max: number = KEPT_MAX,
): Promise<StepPage> {
  const rows: StepRow[] = [];
  const columns = columnsOf(steps.windows);
  const group = new Map<string, StepRow>();
  let group_ms = NaN;
  let group_end_ms = -Infinity;
  let read = 0;
  const close = (): void => {
    const closed = [...group.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const row of closed) if (isAfter(row, query.after)) rows.push(row);
    group.clear();
  };
  for await (const page of keptPages(history, stream, steps, query)) {
    for (const { key, window_start_ms, kept } of page) {
      if (rows.length > query.limit) break;
      if (steps.own) {
        rows.push({ key, window_start_ms, kept, merged: 1 });
        continue;
      }
      if (window_start_ms >= group_end_ms) {
        close();
        // Only whole steps are answered; the one that is left out here begins the next page.
        if (read >= kept_max && rows.length > 0) return { rows: rows.slice(0, query.limit), more: true };
        group_ms = steps.start(window_start_ms);
        group_end_ms = steps.end(group_ms);
      }
      read++;
      const row = group.get(key);
      if (row === undefined) group.set(key, { key, window_start_ms: group_ms, kept: { ...kept }, merged: 1 });
      else {
        mergeInto(columns, row.kept, kept);
        row.merged++;
      }
    }
    if (rows.length > query.limit) break;
  }
  if (rows.length <= query.limit) close();
  return { rows: rows.slice(0, query.limit), more: rows.length > query.limit };
}

/** The kept windows of the steps, in order of start and key, from the page's place on. */
async function* keptPages(
  history: Windows,
  stream: Stream,
  steps: Steps,
  query: StepQuery,
): AsyncGenerator<readonly KeptWindow[]> {
  const { from_ms, to_ms } = stepBounds(steps, query);
  // A step of several windows is read again from its start: all of its windows are needed.
  let after: RowPlace | undefined =
    steps.own && query.after !== null
      ? { time_ms: query.after.start_ms, key: query.after.key, event_id: "" }
      : undefined;
  const limit = steps.own ? Math.min(query.limit + 1, limits.range_rows_max) : limits.range_rows_max;
  if (from_ms >= to_ms) return;
  for (;;) {
    const page = await history.windows(stream, {
      from_ms,
      to_ms,
      limit,
      ...(query.key === null ? {} : { key: query.key }),
      ...(after === undefined ? {} : { after }),
    });
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    after = { time_ms: last.window_start_ms, key: last.key, event_id: "" };
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

/** Merges `from` into `kept`, in place. */
export function mergeInto(
  columns: readonly AggregateColumn[],
  kept: Record<string, Kept>,
  from: Readonly<Record<string, Kept>>,
): void {
  for (const { column, merge_kept } of columns)
    kept[column] = merge_kept(kept[column] ?? null, from[column] ?? null);
}
