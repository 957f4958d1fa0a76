/**
 * The live view: the newest event of each key, for as long as its TTL. A cache, never the only home of
 * anything; it may be killed, hung or emptied at any moment. Every adapter passes `conformance.ts`.
 */
import type { AnswerRow } from "../core/json.ts";
import { ttlOf, type LiveDeclaration, type Stream } from "../core/stream.ts";

export interface LiveRow {
  key: string;
  event_time_ms: number;
  /** Where it stands in the log: breaks a tie of equal event times, and lets a cursor be compared with it. */
  partition: number;
  offset: number;
  source: string;
  /** As it is answered. */
  row: AnswerRow;
}

export interface LiveView {
  /** In no order; expired keys are not in it. */
  rows: readonly LiveRow[];
  /** Next offset per partition, read *before* the rows: the rows hold at least all events before it. */
  applied: readonly number[];
}

export interface PutResult {
  /** Rows that became the newest of their key. */
  written: number;
  /** Rows that were older than what is held, or whose TTL is over already. */
  stale: number;
}

export interface LiveStore {
  /**
   * Last write wins by event time (then partition and offset), whatever the order of arrival. A row's TTL counts
   * from its event time, so old events of a backfill are never shown as now. A row that is held already is stale. One that has
   * `ended` is not shown after its end, also where it comes only then, but is still the newest of its key: what is older stays out.
   *
   * @param rows At most one per key.
   * @param applied Next offset per partition that these rows bring the view up to; kept with the data, and never
   *   taken back: a log made anew needs a cleared store.
   * @throws {LiveUnavailableError} some rows may have been written, but none of `applied` before its rows.
   */
  put(stream: Stream, rows: readonly LiveRow[], applied: readonly AppliedOffset[]): Promise<PutResult>;

  /** Every key of the stream. For one reader per tick, never per request. @throws {LiveUnavailableError} */
  all(stream: Stream): Promise<LiveView>;

  /** @throws {LiveUnavailableError} */
  get(stream: Stream, key: string): Promise<LiveRow | null>;

  /** Next offset per partition. @throws {LiveUnavailableError} */
  applied(stream: Stream): Promise<readonly number[]>;

  /**
   * Takes out the keys whose TTL has ended, and names them: each once over all processes. At most
   * `limits.expire_keys_max` a call. @throws {LiveUnavailableError}
   */
  expire(stream: Stream): Promise<readonly string[]>;

  /** Empties the view of a stream, its offsets too: its log was made anew. @throws {LiveUnavailableError} */
  clear(stream: Stream): Promise<void>;

  close(): Promise<void>;
}

export interface AppliedOffset {
  partition: number;
  next_offset: number;
}

/** Until when a row keeps older ones of its key out, ms: it may be shown shorter, but not longer. */
export const keptUntil = (live: LiveDeclaration, { event_time_ms }: Pick<LiveRow, "event_time_ms">): number =>
  event_time_ms + live.ttl_ms;

/** When a row's time to live is over, ms. */
export const endsOf = (
  live: LiveDeclaration,
  { event_time_ms, row }: Pick<LiveRow, "event_time_ms" | "row">,
): number => event_time_ms + ttlOf(live, row);
