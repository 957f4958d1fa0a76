/** Reads a slice of a partition without a group. */
import { LogUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { codes, fetchFrom } from "./kafka-fetch.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { BatchCursor, headAt } from "./kafka-records.ts";
import type { LogRecord } from "./log.ts";

/** Fetches of one read, at most: each gives a batch at least, or says that there is no more. */
const FETCHES_MAX = 64;
const FETCH_BYTES = 1_000_000;

/**
 * What transactions gave up is not told apart here: a look at a record, not a consumer.
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
  let at = offset;
  for (let n = 0; n < FETCHES_MAX && found.length < wanted; n++) {
    const leader = (await link.leaders(topic)).get(partition);
    if (leader === undefined) throw new LogUnavailableError(`Kafka has no partition ${topic}-${partition}`);
    const ask = { topic, partition, offset: at, bytes_max: FETCH_BYTES };
    const [answer] = await fetchFrom(await link.broker(leader), [ask], 0);
    if (answer === undefined) break;
    if (answer.code === codes.offsetOutOfRange) {
      // Retention has passed it: what is kept begins later. Beyond the end there is nothing.
      if (answer.start_offset <= at || n > 0) break;
      at = answer.start_offset;
      continue;
    }
    if (answer.code !== codes.none)
      throw new LogUnavailableError(`Cannot read ${topic}-${partition}: Kafka answered error ${answer.code}`);
    const before = at;
    let place = 0;
    for (let head = headAt(answer.records, 0); head !== null; head = headAt(answer.records, place)) {
      place = head.end;
      if (head.control || head.next_offset <= at) continue;
      const cursor = new BatchCursor(head);
      while (!cursor.done && found.length < wanted) {
        const some: LogRecord[] = [];
        cursor.take(some, at, limits.batch_bytes_max);
        found.push(...some.slice(0, wanted - found.length));
      }
      at = head.next_offset;
      if (found.length >= wanted) break;
    }
    if (at === before) break;
  }
  return found;
}
