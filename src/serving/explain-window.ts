/** The window that an event fell into, with its aggregates and whether it is final. */
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { PartitionLedger } from "../history/history-store.ts";
import type { Context } from "./context.ts";
import type { ExplainedWindow } from "./explain-answer.ts";
import type { NewestEvent } from "./explain-event.ts";
import { stepsOf } from "./steps.ts";
import { windowRow } from "./window-rows.ts";

/** @returns null where the stream keeps no windows, or none of this event yet. @throws {HistoryUnavailableError} */
export async function windowOf(
  { history, city }: Context,
  stream: Stream,
  ledger: readonly PartitionLedger[],
  key: string,
  { event, stored }: NewestEvent,
): Promise<ExplainedWindow | null> {
  if (stream.windows === null) return null;
  const steps = stepsOf(stream, undefined, city.zone);
  const start_ms = windowStart(event.event_time_ms, stream.windows.size_ms);
  const [kept] = await history.windows(stream, { from_ms: start_ms, to_ms: start_ms + 1, key, limit: 1 });
  if (kept === undefined) return null;
  const known = ledger.flatMap(({ watermark_ms }) => (watermark_ms === null ? [] : [watermark_ms]));
  const watermark_ms = known.length === 0 ? null : Math.min(...known);
  const final_from_ms = steps.end(start_ms) + stream.lateness_ms;
  return {
    ...windowRow(stream, steps, kept),
    holds_event: stored !== null,
    final: watermark_ms !== null && watermark_ms >= final_from_ms,
    final_from: formatInstant(final_from_ms),
    watermark: watermark_ms === null ? null : formatInstant(watermark_ms),
  };
}
