/** Brings the batch views of all streams up to date, one stream after the other, and notes how long it took. */
import type { Stream } from "../core/stream.ts";
import { seconds, type Clock } from "../core/time.ts";
import { pause } from "../core/pause.ts";
import type { BatchCare } from "../history/rollups/batch-care.ts";
import type { BatchStore, Refreshed } from "../history/rollups/batch-store.ts";

export interface RefreshOptions {
  batch: Pick<BatchStore, "refresh">;
  care: Pick<BatchCare, "noteRefresh">;
  streams: readonly Stream[];
  clock: Clock;
  signal: AbortSignal;
  progress?: (done: number, total: number, words: string) => void;
  /** How long another process that is at it is waited for, ms. */
  patience_ms?: number;
}

export interface RefreshedViews {
  rows: number;
  redone: number;
  /** Streams of which another process was at the views for too long: it does what this was to do. */
  busy: readonly string[];
  /** Views that were begun anew, because their definition or the city's zone is another now: `traffic hours`. */
  anew: readonly string[];
}

/** Of a stream's progress, the steps that are told. */
const STEPS = 1_000;

/** @throws {HistoryUnavailableError}; the signal's reason. */
export async function refreshViews(options: RefreshOptions): Promise<RefreshedViews> {
  const { streams, signal, progress } = options;
  const views = streams.filter(({ rollups }) => rollups.length > 0);
  const all = { rows: 0, redone: 0, busy: [] as string[], anew: [] as string[] };
  for (const [i, stream] of views.entries()) {
    const one = await refreshOne(stream, options, (share) =>
      progress?.(Math.round((i + share) * STEPS), views.length * STEPS, stream.label),
    );
    signal.throwIfAborted();
    if (one.busy) all.busy.push(stream.name);
    all.rows += one.rows;
    all.redone += one.redone;
    all.anew.push(...one.anew.map((view) => `${stream.name} ${view}`));
    progress?.((i + 1) * STEPS, views.length * STEPS, stream.label);
  }
  return all;
}

async function refreshOne(
  stream: Stream,
  { batch, care, clock, signal, patience_ms = seconds(30) }: RefreshOptions,
  share: (share: number) => void,
): Promise<Refreshed> {
  const begun_ms = clock.monotonic();
  for (;;) {
    const from_ms = clock.monotonic();
    const did = await batch.refresh(stream, {
      now_ms: clock.now(),
      signal,
      onProgress: (done, total) => share(total > 0 ? Math.min(1, done / total) : 0),
    });
    if (!did.busy) {
      const { rows, redone } = did;
      await care.noteRefresh(stream.name, { took_ms: clock.monotonic() - from_ms, rows, redone });
      return did;
    }
    if (signal.aborted || clock.monotonic() - begun_ms > patience_ms) return did;
    await pause(seconds(1), signal);
  }
}

/** The result of a job that refreshes. */
export function refreshWords({ rows, redone, busy, anew }: RefreshedViews): string {
  const n = (count: number, what: string): string => `${count.toLocaleString("en-US")} ${what}`;
  return [
    rows === 0 && redone === 0
      ? "nothing was new"
      : `${n(rows, "rows made")}, ${n(redone, "changed windows redone")}`,
    ...(anew.length === 0
      ? []
      : [`begun anew, because their definition or the city's zone is another now: ${anew.join(", ")}`]),
    ...(busy.length === 0 ? [] : [`another process is at ${busy.join(", ")}`]),
  ].join("; ");
}
