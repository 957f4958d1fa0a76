/** Provenance of an answer. */
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import type { Layer, Meta } from "./answer.ts";

export interface MetaFacts {
  stream: Pick<Stream, "expected_period_ms">;
  cursor: string;
  layer: Layer;
  now_ms: number;
  /** Newest event time in the answer; null when it is empty. */
  as_of_ms: number | null;
  coverage: number;
  next_cursor?: string | undefined;
  attribution?: readonly string[] | undefined;
}

/** Older than three expected periods. */
export const isStale = (
  stream: Pick<Stream, "expected_period_ms">,
  event_time_ms: number,
  now_ms: number,
): boolean => now_ms - event_time_ms > 3 * stream.expected_period_ms;

export function metaOf(facts: MetaFacts): Meta {
  const { stream, as_of_ms, now_ms, next_cursor, attribution } = facts;
  return {
    cursor: facts.cursor,
    layer: facts.layer,
    as_of: as_of_ms === null ? null : formatInstant(as_of_ms),
    age_ms: as_of_ms === null ? null : Math.max(0, Math.round(now_ms - as_of_ms)),
    // Nothing to show is stale only where nothing is known: a poll without news is not.
    stale: as_of_ms === null ? facts.coverage === 0 : isStale(stream, as_of_ms, now_ms),
    coverage: facts.coverage,
    ...(next_cursor === undefined ? {} : { next_cursor }),
    ...(attribution === undefined || attribution.length === 0 ? {} : { attribution }),
  };
}

/** A share to four digits; what nothing is expected of is complete. */
export const share = (present: number, expected: number): number =>
  expected <= 0 ? 1 : Math.min(1, Math.round((present / expected) * 10_000) / 10_000);
