/**
 * Batch views as the batch layer rebuilds them and the serving layer reads them: roll-ups up to their frontier, windows from it on,
 * and windows where one was changed below it. An answer equals what would be computed from all windows, at any moment.
 */
import type { Kept } from "../../core/aggregate.ts";
import type { RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";

/**
 * What rows are gathered by. `day`, `weekday` (1 Monday to 7) and `hour` are of the city's zone; `start` is the row's own slot; `split` is
 * the roll-up's own flag.
 */
export type GroupBy = "key" | "start" | "day" | "weekday" | "hour" | "split";

export interface GroupQuery {
  /** Slots that start in `[from_ms, to_ms)`. */
  from_ms: number;
  to_ms: number;
  /** None: one group of all. */
  group: readonly GroupBy[];
  /** All where it is missing; not for a roll-up of all keys together. */
  keys?: readonly string[];
  /** 1 Monday to 7 Sunday; all where it is missing. */
  weekdays?: readonly number[];
  /** Local dates left out, `YYYY-MM-DD`. */
  without_days?: readonly string[];
  /** The roll-up's own measures that are wanted, by column; the windows' columns and `windows_n` always are. */
  measures?: readonly string[];
}

export interface Group {
  key?: string;
  start_ms?: number;
  /** `YYYY-MM-DD` */
  day?: string;
  weekday?: number;
  hour?: number;
  split?: boolean;
  /** As windows keep it, with `windows_n`; sums above 2^53 are rounded. */
  kept: Record<string, Kept>;
}

export interface Grouped {
  /** In the order of what they are gathered by. At most `limits.groups_max`. */
  groups: readonly Group[];
  /** The range that was read, in whole slots. */
  from_ms: number;
  to_ms: number;
  /** Up to where rows came from the roll-up; null where it was never made. */
  frontier_ms: number | null;
  /** Whether any came from windows. */
  merged: boolean;
}

export interface Refreshed {
  /** Slots' rows written. */
  rows: number;
  /** Windows below the frontier that were redone. */
  redone: number;
  /** Frontier of each view, ms; null before the first window. */
  frontiers: Readonly<Record<string, number | null>>;
  /** Views whose definition or zone was another, so that they were begun anew. */
  anew: readonly string[];
  /** Another process is at it: nothing was done. */
  busy: boolean;
}

export interface Repair {
  /** Windows compared. */
  windows: number;
  /** Missing, and made. */
  added: number;
  /** Other than the raw rows say, and put right. */
  changed: number;
  /** Without any raw row, and removed. */
  removed: number;
  /** Where raw rows are whole from: before it nothing can be compared. */
  from_ms: number;
  to_ms: number;
  /** The first of them. */
  examples: readonly { key: string; window_start_ms: number }[];
}

export interface RunOptions {
  now_ms: number;
  /** The caller knows that every raw row of the span is there, also where retention once took some: a day that was brought back. */
  whole?: boolean;
  signal?: AbortSignal;
  /** `done` of `total`, in ms of event time. */
  onProgress?: (done: number, total: number) => void;
}

export interface BatchStore {
  /** The city's zone, by which slots are cut. */
  zone: string;
  /** Notes the zone in the database, for the views that are read by their names there. */
  settle(): Promise<void>;
  /** @throws {HistoryUnavailableError} {RangeError} for more than `limits.groups_max` groups. */
  grouped(stream: Stream, rollup: RollupDeclaration, query: GroupQuery): Promise<Grouped>;
  /**
   * Moves each view's frontier as far as events are final, and redoes what became dirty below it. Live writing goes on, and no reader sees
   * a half-built day: each is swapped in a transaction. Runs once at a time over all processes; one that was cut off is simply done again.
   */
  refresh(stream: Stream, options: RunOptions): Promise<Refreshed>;
  /** Compares windows with the raw rows they come from, in one snapshot, and changes nothing. */
  compareWindows(stream: Stream, from_ms: number, to_ms: number, options: RunOptions): Promise<Repair>;
  /** Makes windows anew from raw rows, piece by piece; roll-ups of what changed become dirty. Writers wait for a piece, readers never. */
  rebuildWindows(stream: Stream, from_ms: number, to_ms: number, options: RunOptions): Promise<Repair>;
  /** Frontier of each view of a stream, ms. */
  frontiers(stream: Stream): Promise<Readonly<Record<string, number | null>>>;
  /** Windows below a frontier that wait to be redone. */
  dirty(stream: Stream): Promise<number>;
  close(): Promise<void>;
}
