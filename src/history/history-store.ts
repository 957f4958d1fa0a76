/**
 * History: the master dataset and what is kept up with it. Raw events exactly once, windows exact at any
 * moment, offsets, ledger, dead letters, dirty windows and frontiers, all in one transaction per batch.
 * Every adapter passes `conformance.ts`.
 */
import type { DeadLetter, Event } from "../core/event.ts";
import type { AnswerRow } from "../core/json.ts";
import type { LogPosition } from "../core/cursor.ts";
import type { Stream } from "../core/stream.ts";
import type { KeptWindow } from "../core/window.ts";
import type { Grid, GridQuery } from "./speed-grid.ts";

/** What was read of one partition between two offsets. */
export interface PartBatch {
  partition: number;
  /** Offset that this consumer last read or wrote; compared with the stored one. */
  expected_offset: number;
  next_offset: number;
  events: readonly Event[];
  dead: readonly DeadLetter[];
  /** Hash of the last record, so that a topic made anew is recognised; null when there were no records. */
  last_record_hash: string | null;
}

export type AppendOutcome =
  /** Written now, or found to be this very batch, whose COMMIT's answer had been lost (`already`). */
  | { kind: "stored"; already: boolean; stored: number; duplicate: number; dead: number; late: number }
  /** Somebody else is elsewhere: nothing was written. Drop the batch and seek to these offsets. */
  | { kind: "fenced"; next_offsets: ReadonlyMap<number, number> };

/** One row of `offsets`: a partition's place, ledger and watermark. consumed = stored + duplicate + dead. */
export interface PartitionLedger {
  stream: string;
  partition: number;
  next_offset: number;
  last_record_hash: string | null;
  /** Greatest event time stored; null before the first. */
  watermark_ms: number | null;
  consumed: number;
  stored: number;
  duplicate: number;
  dead: number;
  /** Of the stored: event time below watermark − lateness on arrival. */
  late: number;
  unknown_fields: number;
  updated_at_ms: number | null;
}

export interface RangeQuery {
  /** Inclusive, ms. */
  from_ms: number;
  /** Exclusive, ms. */
  to_ms: number;
  /** All keys where it is missing. */
  key?: string;
  /** 1 to `limits.range_rows_max`. */
  limit: number;
  /** Answer's place to go on after; from the last row's `place`. */
  after?: RowPlace;
  /** Oldest first by default. */
  descending?: boolean;
}

/** Place of a raw row in (event_time, key, event_id) order; of a window in (window_start, key). */
export interface RowPlace {
  time_ms: number;
  key: string;
  event_id: string;
}

export interface RawRow {
  key: string;
  event_id: string;
  event_time_ms: number;
  source: string;
  received_at_ms: number;
  partition: number;
  offset: number;
  row: AnswerRow;
}

export interface StoredDeadLetter extends DeadLetter {
  dead_letter_id: string;
  stream: string;
  /** `open` → `replayed` → `stored`, or `open` again with one more attempt. */
  state: "open" | "replayed" | "stored";
  attempts: number;
}

export interface HistoryStore {
  /** Brings the schema up to this release; safe from several processes at once. @throws {HistoryUnavailableError} */
  migrate(): Promise<void>;

  /**
   * Stores a batch, all or nothing: raw rows, windows of the rows really inserted, ledger, dead letters, offsets
   * by compare-and-set over all its partitions.
   *
   * @param parts At most one per partition; together at most `limits.history_batch_events_max` events and dead letters.
   * @throws {HistoryUnavailableError} nothing was written, or all of it: append the same batch again.
   */
  append(stream: Stream, parts: readonly PartBatch[]): Promise<AppendOutcome>;

  /**
   * The topic was made anew: its partition is read from 0 again, in a new epoch. Ledger and watermark stay.
   * @returns false when the partition stands elsewhere by now.
   */
  restart(stream: Pick<Stream, "name">, partition: number, expected_offset: number): Promise<boolean>;

  /** Ledger of each partition that was ever read, by partition. */
  ledger(stream: Stream): Promise<readonly PartitionLedger[]>;

  /** Next offset per partition of each stream: what the answers read after it hold at least. */
  applied(streams: readonly Stream[]): Promise<LogPosition>;

  /** Raw rows by (event time, key, event id). */
  raw(stream: Stream, query: RangeQuery): Promise<readonly RawRow[]>;

  /** Kept windows by (window start, key), of which retention has not taken their time; coarser steps are merged from them by the serving layer. */
  windows(stream: Stream, query: RangeQuery): Promise<readonly KeptWindow[]>;

  /** Kept windows of many roads as a byte each: their speed in percent of free flow. @throws {RangeError} for a stream without speeds. */
  speedGrid(stream: Stream, query: GridQuery): Promise<Grid>;

  /** Newest row of each key, or of those asked for. The batch view of `current`, and what the speed layer is primed from. */
  latest(stream: Stream, keys?: readonly string[]): Promise<readonly RawRow[]>;

  /** Keys ever seen, up to `limits.live_keys_max`. */
  keys(stream: Stream): Promise<readonly string[]>;

  /** Windows computed anew from raw rows, without storing them: for audit and laws. None where retention has taken them. */
  recomputeWindows(stream: Stream, from_ms: number, to_ms: number): Promise<readonly KeptWindow[]>;

  /** Rows counted in the tables, beside the ledger's terms: for the audit. */
  recount(stream: Stream): Promise<{ rows: number; dead: number }>;

  /** Rejects at the door, by source: stored with a place in the `dead-letters` topic, exactly once. */
  appendRejects(
    partition: number,
    expected_offset: number,
    next_offset: number,
    letters: readonly (DeadLetter & { stream: string })[],
  ): Promise<AppendOutcome>;
  rejected(): Promise<readonly { stream: string; source: string; count: number }[]>;
  rejectsApplied(): Promise<ReadonlyMap<number, number>>;

  /** Newest first. */
  deadLetters(query: {
    stream?: string;
    state?: StoredDeadLetter["state"];
    limit: number;
    before_id?: string;
  }): Promise<readonly StoredDeadLetter[]>;
  /** Counts by stream and state. */
  deadLetterCounts(): Promise<readonly { stream: string; state: StoredDeadLetter["state"]; count: number }[]>;
  /** Letters by id, up to `limits.replay_dead_letters_max`. */
  deadLettersById(ids: readonly string[]): Promise<readonly StoredDeadLetter[]>;
  /**
   * Open letters become replayed. Called after their values were appended to the log again: the batch layer then
   * makes each stored, or open with one more attempt, by the `dead_letter_id` of its record. Others stay.
   */
  markReplayed(letters: readonly Pick<StoredDeadLetter, "dead_letter_id" | "attempts">[]): Promise<void>;

  /** Makes the day partitions from `from_ms` to `to_ms` that are missing. */
  ensurePartitions(stream: Stream, from_ms: number, to_ms: number): Promise<void>;
  /**
   * Drops partitions that retention allows, then windows that are older than theirs and have no raw row left. Those are gone
   * for good: an event that comes for one later is stored and makes none.
   * @returns names of the partitions.
   */
  retain(stream: Stream, now_ms: number): Promise<readonly string[]>;

  /** Bytes on disk of the whole database. */
  bytes(): Promise<number>;

  close(): Promise<void>;
}
