/** How the batch views of a stream do: up to where, what waits, what the last audit found. */
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import type { BatchState } from "../history/rollups/batch-care.ts";

export interface BatchStatus {
  views: readonly {
    view: string;
    /** Windows before it are in the view; null before the first refresh. */
    frontier: string | null;
    /** Now minus frontier. */
    age_ms: number | null;
  }[];
  /** Windows below a frontier that changed since: answered from windows until they are redone. */
  dirty_windows: number;
  refreshed: { at: string; took_ms: number; rows: number; redone: number } | null;
  audit: {
    at: string;
    compared: number;
    /** By the last audit: windows and rows of views that differed; live rows that were not history's newest. */
    found: number;
    live_found: number;
    /** By all audits. */
    repaired_total: number;
    found_at: string | null;
    /** What was found last, for people. */
    words: string | null;
  } | null;
}

/** @returns Undefined for a stream that keeps no windows, or while nothing is known. */
export function batchStatusOf(
  stream: Stream,
  states: ReadonlyMap<string, BatchState> | null,
  now_ms: number,
): BatchStatus | undefined {
  if (stream.windows === null || states === null) return undefined;
  const state = states.get(stream.name);
  const { audit = null, refreshed = null } = state ?? {};
  return {
    views: stream.rollups.map(({ name }) => {
      const frontier_ms = state?.views.find(({ view }) => view === name)?.frontier_ms ?? null;
      return {
        view: name,
        frontier: frontier_ms === null ? null : formatInstant(frontier_ms),
        age_ms: frontier_ms === null ? null : Math.max(0, Math.round(now_ms - frontier_ms)),
      };
    }),
    dirty_windows: state?.dirty ?? 0,
    refreshed:
      refreshed === null
        ? null
        : {
            at: formatInstant(refreshed.ended_ms),
            took_ms: Math.round(refreshed.took_ms),
            rows: refreshed.rows,
            redone: refreshed.redone,
          },
    audit:
      audit === null
        ? null
        : {
            at: formatInstant(audit.ended_ms),
            compared: audit.compared,
            found: audit.found,
            live_found: audit.live_found,
            repaired_total: audit.repaired_total,
            found_at: audit.found_ms === null ? null : formatInstant(audit.found_ms),
            words: audit.words,
          },
  };
}
