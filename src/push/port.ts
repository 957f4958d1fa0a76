/** What the hub is to those who feed it and to those who carry its bytes: shapes only. */
import type { LogPosition } from "../core/cursor.ts";
import type { Event } from "../core/event.ts";
import type { Bbox } from "../core/geo.ts";
import type { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { Sink } from "./client.ts";
import type { Filter } from "./filter.ts";
import type { Wire } from "./frames.ts";
import type { Present } from "./state.ts";
import type { Schedule } from "./wheel.ts";

export interface HubOptions {
  streams: readonly Stream[];
  clock: Clock;
  /** Identity of the log; cursors of another are not understood. */
  epoch: string;
  /** Of the logs before a restore: their cursors are too old, and not forged. */
  epochs_before?: readonly string[];
  /** Where a key is, from the network or from its row; null keeps it out of every box. */
  placeOf?: (stream: Stream, key: string, row: Event["row"]) => Bbox | null;
  /** An event as it is answered; `answerRow` by default. */
  present?: Present;
  /** Where a client gets a stream's newest rows after a `resync`. */
  currentUrl?: (stream: Stream, filter: Filter) => string;
  /** Bounds, for tests; `limits` by default. */
  bounds?: Partial<Record<BoundName, number>>;
  /** For tests: runs something after ms. */
  schedule?: Schedule;
  /** For tests: 0 ≤ x < 1, for jitter. */
  random?: () => number;
}

export type BoundName = keyof Pick<
  typeof limits,
  "ring_ms" | "ring_rows_max" | "heartbeat_ms" | "clients_max" | "frames_max" | "blocked_ms_max"
>;

export interface SubscribeOptions {
  filter: Filter;
  /** `limits.tick_ms_min` to `limits.tick_ms_max`. */
  tick_ms: number;
  /** Where the client was; from `hub.parse`. */
  resume?: LogPosition | null;
  /** Group of notes it wants, with the last one at once. */
  notes?: string;
  /** SSE by default. */
  wire?: Wire;
}

export interface Subscription {
  /** The client is gone. Idempotent; does not call the sink. */
  readonly close: () => void;
}

interface HubStats {
  clients: number;
  channels: number;
  blocked: number;
  ring_rows: number;
  keys: number;
  /** Since the start. */
  writes: number;
  resumed: number;
  resync_too_old: number;
  resync_slow: number;
  closed_slow: number;
}

export interface Hub {
  readonly streams: readonly Stream[];
  /** Says where reading of a partition starts, before its first `publish`. Older cursors are too old. */
  begin(stream: Stream, partition: number, offset: number): void;
  /** Next offset of a partition; null before `begin`. */
  position(stream: Stream, partition: number): number | null;
  /**
   * Tells events of one partition, in its order. Backfill moves the position and is not pushed; so is an event that is
   * older than what its key has, past its TTL, or seen already.
   *
   * @param next_offset Offset after the last record read, events or not.
   */
  publish(stream: Stream, events: readonly Event[], partition: number, next_offset: number): void;
  /** Tells that the TTL of keys has ended. Keys that the hub knows to be alive are left out. */
  gone(stream: Stream, keys: readonly string[]): void;
  /** Sends HTML to the pages of a group. Only the newest matters; it is kept for who comes while others read. */
  note(group: string, html: string): void;
  /** How many read the notes of a group. */
  readers(group: string): number;
  /** A cursor of this log's, or null: forged, damaged, or of another log. */
  readonly parse: (cursor: string) => LogPosition | null;
  /** @throws {ProblemError} unavailable when there are `limits.clients_max` clients, or the hub is closing. */
  checkRoom(): void;
  /** @throws {ProblemError} as `checkRoom` does, and when too many keys are watched. */
  subscribe(options: SubscribeOptions, sink: Sink): Subscription;
  stats(): HubStats;
  /** Says `bye` to all and closes them. Resolves when all are told. Idempotent. */
  close(): Promise<void>;
}

export type { Filter, Sink };
