/** An event as every layer sees it after `decode`, and what becomes of one that is refused. */
import type { Value } from "./field.ts";

/** Declared fields only, in the declaration's order; a missing optional field is null. */
export type Row = Record<string, Value>;

export interface Event {
  /** Value of the stream's key field. Identity is (key, event_time_ms, event_id): the first stored wins. */
  key: string;
  event_id: string;
  event_time_ms: number;
  row: Row;
  /** Which feed sent it: `simulator`, `http`, `replay`, `kafka`. */
  source: string;
  /** When the log took it, ms since the epoch. */
  received_at_ms: number;
  partition: number;
  offset: number;
  /** Replay or backfill: stored, windowed, kept live by event time; not late, not pushed. */
  backfill: boolean;
  /** Set when this is a dead letter tried again: that letter's id. */
  dead_letter_id: string | null;
  /** Fields that the stream does not declare; dropped and counted. */
  unknown_fields: number;
}

export type RejectReason =
  | "json"
  | "schema"
  | "range"
  | "text"
  | "time"
  | "future"
  | "size"
  | "depth"
  | "geo"
  // Well-formed, but its feed is not believed now: held back, and stored as it is when it is replayed.
  | "suspect";

/** Why a value is no event: the field, the value as text (cut), the rule it breaks. */
export interface Reject {
  reason: RejectReason;
  /** JSON pointer into the value (RFC 6901); empty for the whole. */
  pointer: string;
  /** The offending value as JSON, at most 200 characters; empty where it may be a person's. */
  value: string;
  /** What was wanted, as a sentence without a full stop. */
  rule: string;
}

/** A refused value with its place, as it is kept. Only data errors become dead letters, never a server's. */
export interface DeadLetter extends Reject {
  /** Topic it stands in: its stream's, or `dead-letters` where the door refused it. */
  topic: string;
  partition: number;
  offset: number;
  source: string;
  received_at_ms: number;
  /** The value, whole up to `limits.dead_letter_bytes_max`, else its first KB; null for a tombstone. */
  payload: Uint8Array | null;
  /** Bytes of the whole value, and its SHA-256 in hex. */
  payload_bytes: number;
  payload_sha256: string;
  /** Set when it was already a dead letter, tried again. */
  dead_letter_id: string | null;
}
