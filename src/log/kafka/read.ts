/** Reads a slice of a partition without a group. */
import { LogUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { codes, fetchFrom } from "./fetch.ts";
import { NotHereError, type KafkaLink } from "./link.ts";
import { BatchCursor, headAt, isIntact } from "./records.ts";
import { Transactions } from "./transactions.ts";
import type { LogRecord } from "../log.ts";

/** Fetches of one read, at most: each gives a batch at least, or says that there is no more. */
const FETCHES_MAX = 64;
const FETCH_BYTES = 1_000_000;

/**
 * What consumers see of it, and no more: up to `records_max` records, fewer when their values reach
 * `limits.batch_bytes_max` bytes; from the first that is kept, where retention has passed `offset`.
 *
 * @throws {LogUnavailableError}
 */
export async function readSlice(
  link: KafkaLink,
  topic: string,
  partition: number,
  offset: number,
  records_max: number,
): Promise<LogRecord[]> {
  const wanted = Math.min(records_max, limits.batch_records_max);
  const found: LogRecord[] = [];
  const transactions = new Transactions();
  let room = limits.batch_bytes_max;
  let at = offset;
  for (let n = 0; n < FETCHES_MAX && found.length < wanted && room > 0; n++) {
    const leader = (await link.leaders(topic)).get(partition);
    if (leader === undefined) throw new NotHereError(`Kafka has no partition ${topic}-${partition}`);
    const ask = { topic, partition, offset: at, bytes_max: FETCH_BYTES };
    const [answer] = await fetchFrom(await link.broker(leader), [ask], 0);
    if (answer === undefined) break;
    if (answer.code === codes.offsetOutOfRange) {
      // Retention has passed it: what is kept begins later. Beyond the end there is nothing.
      const start_offset = (await link.offsets(topic, [partition], "start")).get(partition) ?? 0;
      if (start_offset <= at) break;
      at = start_offset;
      continue;
    }
    if (answer.code !== codes.none)
      throw new LogUnavailableError(`Cannot read ${topic}-${partition}: Kafka answered error ${answer.code}`);
    const before = at;
    let place = 0;
    transactions.learn(answer.aborted);
    for (let head = headAt(answer.records, 0); head !== null; head = headAt(answer.records, place)) {
      if (!isIntact(answer.records, place, head.end))
        throw new LogUnavailableError(`Cannot read ${topic}-${partition} at offset ${at}: it came damaged`);
      place = head.end;
      if (head.next_offset <= at) continue;
      const cursor = transactions.passesOver(head) ? null : new BatchCursor(head);
      while (cursor?.done === false && found.length < wanted && room > 0) {
        const some: LogRecord[] = [];
        room -= cursor.take(some, at, room);
        found.push(...some.slice(0, wanted - found.length));
      }
      at = head.next_offset;
      if (found.length >= wanted || room <= 0) break;
    }
    if (at === before) break;
  }
  return found;
}
