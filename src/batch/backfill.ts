/** Makes windows of a span anew from raw rows, a day at a time, then the roll-ups of what changed. Live writing goes on. */
import { z } from "zod";
import type { Stream } from "../core/stream.ts";
import { formatInstant, startOfDay, hours } from "../core/time.ts";
import type { BatchStore, Repair } from "../history/rollups/batch-store.ts";

export interface BackfillOptions {
  batch: Pick<BatchStore, "rebuildWindows" | "zone">;
  from_ms: number;
  to_ms: number;
  now_ms: number;
  signal: AbortSignal;
  /** What an attempt that was cut off noted. */
  resume: unknown;
  note: (value: object) => Promise<void>;
  progress: (done: number, total: number, words: string) => void;
}

export interface Backfilled {
  windows: number;
  added: number;
  changed: number;
  removed: number;
  /** Where raw rows were whole from. */
  from_ms: number;
  to_ms: number;
}

const noted = z.object({
  at_ms: z.number(),
  windows: z.number(),
  added: z.number(),
  changed: z.number(),
  removed: z.number(),
  from_ms: z.number(),
});

/** @throws {RangeError} where no raw row of the span is kept; {HistoryUnavailableError}; the signal's reason. */
export async function backfillWindows(stream: Stream, options: BackfillOptions): Promise<Backfilled> {
  const { batch, now_ms, signal, resume, note, progress } = options;
  if (stream.windows === null)
    throw new RangeError(`${stream.name} keeps no windows: nothing depends on its raw rows`);
  const to_ms = Math.min(options.to_ms, now_ms);
  if (options.from_ms >= to_ms)
    throw new RangeError("The span lies in the future: nothing is there to rebuild");
  const before = noted.safeParse(resume).data;
  const sum = { windows: 0, added: 0, changed: 0, removed: 0, ...pick(before) };
  let from_ms = before?.from_ms ?? null;
  let at_ms = before?.at_ms ?? options.from_ms;
  while (at_ms < to_ms) {
    signal.throwIfAborted();
    const next_ms = Math.min(to_ms, startOfDay(startOfDay(at_ms, batch.zone) + hours(30), batch.zone));
    const did: Repair = await batch.rebuildWindows(stream, at_ms, next_ms, {
      now_ms,
      signal,
      onProgress: (done) =>
        progress(at_ms + done - options.from_ms, to_ms - options.from_ms, "of event time, ms"),
    });
    signal.throwIfAborted();
    for (const name of ["windows", "added", "changed", "removed"] as const) sum[name] += did[name];
    if (did.from_ms < next_ms) from_ms ??= Math.max(at_ms, did.from_ms);
    // Before that instant no raw row is whole: there is nothing to go through.
    at_ms = Math.max(next_ms, Math.min(to_ms, startOfDay(did.from_ms, batch.zone)));
    progress(at_ms - options.from_ms, to_ms - options.from_ms, "of event time, ms");
    await note({ at_ms, ...sum, from_ms: from_ms ?? at_ms });
    if (from_ms === null && at_ms >= to_ms)
      throw new RangeError(
        `Raw rows of ${stream.name} are whole from ${formatInstant(did.from_ms)} on: nothing of the span can be rebuilt from them. Days in the archive are brought back with the job restore.`,
      );
  }
  return { ...sum, from_ms: from_ms ?? options.from_ms, to_ms };
}

const pick = (before: z.output<typeof noted> | undefined): Partial<Backfilled> => {
  if (before === undefined) return {};
  const { windows, added, changed, removed } = before;
  return { windows, added, changed, removed };
};
