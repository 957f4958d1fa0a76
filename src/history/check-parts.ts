/** What every adapter asks of a batch before it looks at its server. */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { PartBatch } from "./history-store.ts";

/** @throws {RangeError} when there are too many events, or a partition stands twice. */
export function checkParts(stream: Stream, parts: readonly PartBatch[]): void {
  const held = parts.reduce((n, part) => n + part.events.length + part.dead.length, 0);
  if (held > limits.history_batch_events_max) {
    throw new RangeError(
      `Cannot append ${held} events to ${stream.history.table}: at most ${limits.history_batch_events_max}`,
    );
  }
  if (new Set(parts.map((part) => part.partition)).size !== parts.length)
    throw new RangeError(`Cannot append to ${stream.history.table}: a partition stands twice in the batch`);
}
