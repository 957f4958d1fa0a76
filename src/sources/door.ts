/**
 * The door: how a source's values become records of the log. Checks, stamps, appends; what is refused goes to
 * the `dead-letters` topic. HTTP ingest, the simulator, replay and every feed come in through here.
 */
import type { Reject } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";

export const DEAD_LETTERS_TOPIC = "dead-letters";

export interface DoorResult {
  accepted: number;
  rejected: number;
  /** The first `limits.rejects_told_max`, by line (from 1). */
  rejects: readonly (Reject & { line: number })[];
  /** Next offset per partition that the accepted ones reached: for the cursor. */
  applied: ReadonlyMap<number, number>;
}

export interface DoorOptions {
  source: string;
  backfill?: boolean;
}

export interface Door {
  /**
   * Values that are parsed already. Resolves once what was accepted is durable.
   *
   * @throws {LogUnavailableError} append again; an event's id makes a repeat a duplicate.
   */
  accept(stream: Stream, values: readonly unknown[], options: DoorOptions): Promise<DoorResult>;
  /** The same for values as bytes, one JSON text each (NDJSON lines): a line that is no JSON is a reject of its own. */
  acceptBytes(stream: Stream, values: readonly Uint8Array[], options: DoorOptions): Promise<DoorResult>;
}

/** A door whose source may refuse values by rules of its own, before the stream's. */
export interface RefusingDoor extends Door {
  /**
   * Values that the source itself refuses (a dead sensor's row, say): dead letters like any other.
   *
   * @throws {LogUnavailableError} as `accept`.
   */
  refuse(
    stream: Stream,
    refused: readonly { value: unknown; reject: Reject }[],
    options: DoorOptions,
  ): Promise<void>;
}
