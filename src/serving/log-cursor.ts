/** Cursors of answers: the log's identity, and positions read before the data. */
import { formatCursor, parseCursor, type LogPosition } from "../core/cursor.ts";
import { seconds, type Clock } from "../core/time.ts";
import type { Stream } from "../core/stream.ts";
import type { Log } from "../log/log.ts";
import { Kept } from "./kept.ts";
import { invalidParameter } from "./problem.ts";

export class LogCursor {
  readonly #epoch: Kept<string>;

  constructor(log: Pick<Log, "epoch">, clock: Clock) {
    // An answer from the live view does not wait for a log that is away: its identity is known.
    this.#epoch = new Kept({ clock, fresh_ms: seconds(2), usable_ms: Infinity, load: () => log.epoch() });
  }

  async format(position: LogPosition): Promise<string> {
    return formatCursor(await this.#epoch.get(), position);
  }

  /** @throws {ProblemError} invalid-parameter for a cursor that is none of this log's. */
  async parse(parameter: string, cursor: string): Promise<LogPosition> {
    const position = parseCursor(await this.#epoch.get(), cursor);
    if (position === null)
      throw invalidParameter(parameter, cursor, "must be a cursor that this installation gave");
    return position;
  }
}

/** A position for every partition of the stream: what nobody has read stands at 0. */
export const padded = (stream: Stream, offsets: readonly number[]): readonly number[] =>
  Array.from({ length: Math.max(stream.partitions, offsets.length) }, (_, p) => offsets[p] ?? 0);

/** What two places hold both. */
export const lesser = (a: readonly number[], b: readonly number[]): readonly number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, p) => Math.min(a[p] ?? 0, b[p] ?? 0));
