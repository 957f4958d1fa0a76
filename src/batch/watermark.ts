/** How far a stream is complete, by event time. */
import type { Stream } from "../core/stream.ts";

/** What a consumer knows of one partition. */
export interface PartitionTime {
  /** Greatest event time stored; null before the first. */
  watermark_ms: number | null;
  /** When the consumer last saw that it has stored all there is, by the wall clock; null if it never did. */
  at_end_ms: number | null;
  /** Since when no record came, ms; null if none came since the start. */
  silent_ms: number | null;
}

/**
 * A partition that is silent takes the wall clock, but only the moment at which its consumer stood at the log's end:
 * a quiet sensor must not hold up the city, and a consumer that lags must not be taken for a quiet one.
 */
export function partitionWatermark(
  stream: Stream,
  { watermark_ms, at_end_ms, silent_ms }: PartitionTime,
): number | null {
  const silent = silent_ms === null || silent_ms > 3 * stream.expected_period_ms;
  if (!silent || at_end_ms === null) return watermark_ms;
  return Math.max(at_end_ms, watermark_ms ?? -Infinity);
}

/** The least over all partitions; null while one of them is not known. */
export function streamWatermark(stream: Stream, partitions: readonly PartitionTime[]): number | null {
  if (partitions.length < stream.partitions) return null;
  let least = Infinity;
  for (const partition of partitions) {
    const ms = partitionWatermark(stream, partition);
    if (ms === null) return null;
    least = Math.min(least, ms);
  }
  return least;
}
