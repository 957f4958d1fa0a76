/** The cursor of what the door took: the log position at which all of it can be read. */
import { formatCursor } from "../core/cursor.ts";
import type { Stream } from "../core/stream.ts";
import type { Log } from "../log/log.ts";

/** Asks the log what it must, before anything is written; then stamps without waiting. */
export type DoorCursor = (stream: Stream) => Promise<(applied: ReadonlyMap<number, number>) => string>;

/**
 * A stamp names the next offset of *every* partition: those that the door reached, and for the others where the
 * door knows them to be. So it covers what was accepted and is never beyond the log's end.
 */
export function createDoorCursor(log: Pick<Log, "epoch" | "ends">): DoorCursor {
  const known = new Map<string, { epoch: string; offsets: number[] }>();
  return async (stream) => {
    const epoch = await log.epoch();
    let at = known.get(stream.name);
    if (at === undefined || at.epoch !== epoch) {
      at = { epoch, offsets: Array.from({ length: stream.partitions }, () => 0) };
      for (const end of await log.ends([stream.topic])) at.offsets[end.partition] = end.end_offset;
      known.set(stream.name, at);
    }
    const { offsets } = at;
    return (applied) => {
      for (const [partition, next] of applied) offsets[partition] = Math.max(offsets[partition] ?? 0, next);
      return formatCursor(epoch, { [stream.name]: offsets });
    };
  };
}
