/**
 * The audit: do both layers, and the batch layer's own layers, say the same? Windows against raw rows, roll-ups against windows, the live
 * view against the newest rows of history. What differs in the batch layer is repaired at once.
 */
import type { Stream } from "../core/stream.ts";
import { hours, minutes, type Clock } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { BatchCare } from "../history/rollups/batch-care.ts";
import type { BatchStore } from "../history/rollups/batch-store.ts";
import { rawFromMs } from "../history/retention.ts";
import type { LiveDifferences } from "./compare-live.ts";

export interface AuditOptions {
  batch: Pick<BatchStore, "compareWindows" | "rebuildWindows" | "refresh">;
  care: Pick<BatchCare, "compareRollups" | "firstWindow" | "noteAudit">;
  clock: Clock;
  signal: AbortSignal;
  /** Chooses the older piece, so that in time each has its turn: 0 to 1, without 1. */
  chance: number;
  /** Compares the live view with history; null where this process has none. */
  live: ((stream: Stream) => Promise<LiveDifferences | null>) | null;
}

export interface Audited {
  compared: number;
  found: number;
  repaired: number;
  live_found: number;
  /** One of both layers is too far behind to be compared. */
  live_behind: boolean;
  /** Null for no difference. */
  words: string | null;
}

/** How far back every audit looks; and the older piece beside it. */
export const RECENT_MS = hours(2);
const PIECE_MS = hours(1);
const ROLLUPS_MS = hours(26);

/** @throws {HistoryUnavailableError} {LiveUnavailableError}; the signal's reason. */
export async function auditStream(stream: Stream, options: AuditOptions): Promise<Audited> {
  const { batch, care, clock, signal, live } = options;
  const now_ms = clock.now();
  const told: string[] = [];
  const sum = { compared: 0, found: 0, repaired: 0, live_found: 0, live_behind: false };
  const first_ms = await care.firstWindow(stream);
  if (stream.windows !== null && first_ms !== null) {
    for (const { from_ms, to_ms } of spansOf(stream, first_ms, now_ms, options.chance)) {
      const seen = await batch.compareWindows(stream, from_ms, to_ms, { now_ms, signal });
      signal.throwIfAborted();
      sum.compared += seen.windows;
      const found = seen.added + seen.changed + seen.removed;
      if (found === 0) continue;
      sum.found += found;
      const did = await batch.rebuildWindows(stream, from_ms, to_ms, { now_ms, signal });
      signal.throwIfAborted();
      sum.repaired += did.added + did.changed + did.removed;
      const [example] = seen.examples;
      told.push(
        `windows: ${seen.added} missing, ${seen.changed} wrong, ${seen.removed} of no event${
          example === undefined
            ? ""
            : `, the first of ${example.key} at ${new Date(example.window_start_ms).toISOString()}`
        }`,
      );
    }
    const piece_ms = first_ms + options.chance * Math.max(0, now_ms - first_ms);
    for (const from_ms of new Set([now_ms - ROLLUPS_MS, Math.floor(piece_ms)])) {
      const seen = await care.compareRollups(stream, from_ms, from_ms + ROLLUPS_MS, { signal });
      sum.compared += seen.rows;
      if (seen.found === 0) continue;
      sum.found += seen.found;
      sum.repaired += seen.found;
      told.push(`${seen.found} rows of roll-ups, the first ${seen.examples[0]}`);
    }
    if (sum.found > 0) await batch.refresh(stream, { now_ms: clock.now(), signal });
    signal.throwIfAborted();
  }
  if (live !== null && stream.live !== null) {
    const seen = await live(stream);
    if (seen === null) sum.live_behind = true;
    sum.live_found = seen?.found ?? 0;
    if (seen !== null && seen.found > 0)
      told.push(`${seen.found} of ${seen.rows} live rows, the first ${seen.examples[0]}`);
  }
  const words = told.length === 0 ? null : told.join("; ");
  await care.noteAudit(stream.name, { ...sum, words });
  return { ...sum, words };
}

/** What is compared of windows with raw rows: the newest, and a piece of what raw rows are kept of. */
export function spansOf(
  stream: Stream,
  first_ms: number,
  now_ms: number,
  chance: number,
): readonly { from_ms: number; to_ms: number }[] {
  const size_ms = stream.windows!.size_ms;
  const recent_ms = windowStart(now_ms - RECENT_MS, size_ms);
  // An event may lie a little ahead of the clock.
  const spans = [{ from_ms: recent_ms, to_ms: windowStart(now_ms + minutes(3), size_ms) + size_ms }];
  const least_ms = Math.max(first_ms, rawFromMs(stream, now_ms));
  if (least_ms < recent_ms) {
    const step_ms = Math.max(PIECE_MS, size_ms);
    const from_ms = windowStart(least_ms + chance * (recent_ms - least_ms), step_ms);
    spans.push({ from_ms, to_ms: Math.min(from_ms + step_ms, recent_ms) });
  }
  return spans.filter(({ from_ms, to_ms }) => from_ms < to_ms);
}

/** A number from 0 to 1 (without) that follows from a text: mulberry32 over FNV-1a, so that a run can be told again. */
export function chanceOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  let t = (hash + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
