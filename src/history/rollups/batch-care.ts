/** What the batch layer notes of itself: how far each view is, how it was refreshed, what its audits found. */
import type { Stream } from "../../core/stream.ts";
import type { RunOptions } from "./batch-store.ts";

export interface ViewState {
  view: string;
  /** Up to where it was made; null before the first time. */
  frontier_ms: number | null;
}

export interface AuditNote {
  /** Windows and rows of roll-ups that were compared. */
  compared: number;
  /** Of these, how many differed. */
  found: number;
  repaired: number;
  /** Live rows that were not history's newest. */
  live_found: number;
  /** What it found, for people; null for nothing. */
  words: string | null;
}

export interface AuditState {
  ended_ms: number;
  compared: number;
  found: number;
  live_found: number;
  audits_n: number;
  repaired_total: number;
  /** When one last found something, and what. */
  found_ms: number | null;
  words: string | null;
}

/** Of one stream. */
export interface BatchState {
  views: readonly ViewState[];
  /** Windows below a frontier that wait to be redone. */
  dirty: number;
  refreshed: { ended_ms: number; took_ms: number; rows: number; redone: number } | null;
  audit: AuditState | null;
}

export interface RollupDifferences {
  /** Rows compared. */
  rows: number;
  /** Of these, other than a fold of all windows. They are dirty now, and the next refresh makes them anew. */
  found: number;
  /** The first of them: `hours of road-1 at 2026-11-20T10:00:00.000Z`. */
  examples: readonly string[];
}

export interface BatchCare {
  /** By stream. @throws {HistoryUnavailableError} */
  state(): Promise<ReadonlyMap<string, BatchState>>;
  noteRefresh(stream: string, did: { took_ms: number; rows: number; redone: number }): Promise<void>;
  noteAudit(stream: string, note: AuditNote): Promise<void>;
  /** Start of the oldest kept window; null without any. */
  firstWindow(stream: Stream): Promise<number | null>;
  /**
   * Compares rows of a stream's roll-ups before their frontiers with what all windows say, in one snapshot for each, but for what is
   * dirty. What differs becomes dirty, so that it is answered from windows at once.
   */
  compareRollups(
    stream: Stream,
    from_ms: number,
    to_ms: number,
    options: Pick<RunOptions, "signal">,
  ): Promise<RollupDifferences>;
  close(): Promise<void>;
}
