/** Where a partition begins: history knows, and the log must still be the one that history has read. */
import type { Stream } from "../core/stream.ts";
import type { HistoryStore, PartitionLedger } from "../history/history-store.ts";
import type { Log } from "../log/log.ts";
import { recordMark } from "./records.ts";

export interface Start {
  next_offset: number;
  watermark_ms: number | null;
}

export interface StartOptions {
  log: Pick<Log, "read" | "ends">;
  history: Pick<HistoryStore, "ledger" | "restart">;
  onWarning: (message: string) => void;
}

/**
 * Compares the record before history's place with what history remembers of it. Another one, or none because the topic
 * ends before it, means that the topic was made anew: it is read from 0 in a new epoch, and loudly.
 */
export async function startOf(
  { log, history, onWarning }: StartOptions,
  stream: Stream,
  partition: number,
): Promise<Start> {
  const row = (await history.ledger(stream)).find((one) => one.partition === partition);
  const place = `${stream.topic}-${partition}`;
  const ends = (await log.ends([stream.topic])).find((one) => one.partition === partition);
  if (row === undefined) {
    const lost = ends?.start_offset ?? 0;
    if (lost > 0)
      onWarning(`Topic ${place} has lost offsets 0 to ${lost - 1} to retention before history read any`);
    return { next_offset: 0, watermark_ms: null };
  }
  const { next_offset, watermark_ms } = row;
  const why = await otherTopic(log, stream, row, ends?.end_offset ?? 0);
  if (why !== null) {
    onWarning(`Topic ${place} was made anew (${why}): history reads it from 0 again, in a new epoch`);
    if (await history.restart(stream, partition, next_offset)) return { next_offset: 0, watermark_ms };
    // Another instance was faster, whichever way it went.
    return startOf({ log, history, onWarning }, stream, partition);
  }
  if (ends !== undefined && ends.start_offset > next_offset) {
    onWarning(
      `Topic ${place} has lost offsets ${next_offset} to ${ends.start_offset - 1} to retention before history read them`,
    );
  }
  return { next_offset, watermark_ms };
}

/** Why the topic is another one than history has read, or null. */
async function otherTopic(
  log: Pick<Log, "read">,
  stream: Stream,
  { partition, next_offset, last_record_hash }: PartitionLedger,
  end_offset: number,
): Promise<string | null> {
  if (end_offset < next_offset) return `it ends at ${end_offset}, history stands at ${next_offset}`;
  if (last_record_hash === null) return null;
  const offset = Number(last_record_hash.split(":")[0]);
  if (!Number.isSafeInteger(offset)) return null;
  const [record] = await log.read(stream.topic, partition, offset, 1);
  // Retention may have taken it: then nothing can be compared.
  if (record?.offset !== offset) return null;
  return recordMark(record) === last_record_hash ? null : `the record at ${offset} is another`;
}
