/** Which days are closed, and which of them must be archived: decisions, without a database. */
import type { Stream } from "../core/stream.ts";
import { days } from "../core/time.ts";
import { dayMs, type ArchivedDay } from "../history/archived/archived-days.ts";
import type { PartitionLedger } from "../history/history-store.ts";

/**
 * First instant of the first UTC day that is not closed. A day is closed once the watermark of every partition that ever had an
 * event has passed its end and the lateness; where history has stored all that is in the log, once the clock has.
 */
export function closedUntilMs(
  stream: Pick<Stream, "lateness_ms">,
  ledger: readonly Pick<PartitionLedger, "watermark_ms">[],
  { now_ms, drained }: { now_ms: number; drained: boolean },
): number {
  const marks = ledger.flatMap(({ watermark_ms }) => (watermark_ms === null ? [] : [watermark_ms]));
  const at_ms = drained ? now_ms : marks.length === 0 ? -Infinity : Math.min(now_ms, ...marks);
  return Math.floor((at_ms - stream.lateness_ms) / days(1)) * days(1);
}

/** `again`: rows came after it was archived. `back`: and retention has taken others since, which must be there before. */
export type Due = "first" | "again" | "back" | "nothing";

/** @param count Rows of the day in the tables. */
export function dueOf(known: ArchivedDay | undefined, count: number, location: string): Due {
  if (count === 0) return "nothing";
  if (known === undefined) return "first";
  // The archive was moved: what is all in the tables is written to the new place.
  if (known.location !== location) return known.dropped === 0 ? "first" : "nothing";
  if (count + known.dropped <= known.rows) return "nothing";
  return known.dropped === 0 ? "again" : "back";
}

/** Is a day looked at: it was never archived, it is young enough to get late rows, or retention waits for it. */
export const isLookedAt = (
  day: string,
  known: ArchivedDay | undefined,
  { recheck_from_ms, raw_from_ms }: { recheck_from_ms: number; raw_from_ms: number },
): boolean => known === undefined || dayMs(day) >= recheck_from_ms || dayMs(day) < raw_from_ms;
