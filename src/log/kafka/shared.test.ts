/** Several groups of one process on the same partitions of a real broker. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Kafka, logLevel } from "kafkajs";
import { kafkaMissing, sharedKafka } from "../../../test/kafka.ts";
import { systemClock } from "../../core/time.ts";
import { numbered, numberOf, range } from "../conformance-kit.ts";
import { openKafkaLog } from "./log.ts";
import type { Consumer, Log, LogRecord } from "../log.ts";

setDefaultTimeout(60_000);

const missing = kafkaMissing();
let brokers: string;
let log: Log;
let made = 0;

const newTopic = async (partitions: number): Promise<string> => {
  const topic = `shared-${process.pid}-${++made}`;
  await log.createTopics([{ topic, partitions, retention_ms: 3_600_000 }]);
  return topic;
};
const until = async (holds: () => boolean): Promise<void> => {
  const end_ms = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > end_ms) throw new Error("It did not come true within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

interface Group {
  consumer: Consumer;
  records: LogRecord[];
  /** Next offset per partition. */
  places: Map<number, number>;
}
/** Says at once when it is given anything but what comes next. */
const reading = async (
  of: Log,
  topic: string,
  name: string,
  work: () => Promise<void> = () => Promise.resolve(),
): Promise<Group> => {
  const [records, places] = [[] as LogRecord[], new Map<number, number>()];
  const consumer = await of.consume({
    topics: [topic],
    group: `${topic}-${name}`,
    onBatch: async (batch, from) => {
      const place = places.get(batch.partition);
      if (place !== undefined) expect(batch.first_offset).toBe(place);
      places.set(batch.partition, batch.next_offset);
      records.push(...batch.records);
      await work();
      await from.commit(topic, batch.partition, batch.next_offset);
    },
  });
  return { consumer, records, places };
};
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const sum = (places: ReadonlyMap<number, number>): number => [...places.values()].reduce((a, b) => a + b, 0);

describe.skipIf(missing !== null)(
  `log: Kafka, groups of one process${missing === null ? "" : `. ${missing}`}`,
  () => {
    beforeAll(async () => {
      brokers = (await sharedKafka()).brokers;
      log = openKafkaLog({ brokers: [brokers], clock: systemClock });
    });
    afterAll(async () => {
      await log?.close();
    });

    test("each group sees all, once and in order, and those near each other the same records", async () => {
      const topic = await newTopic(3);
      const groups = await Promise.all(
        ["one", "other", "slow"].map((name, n) =>
          reading(log, topic, name, () => new Promise((resolve) => setTimeout(resolve, n === 2 ? 30 : 0))),
        ),
      );
      await until(() => groups.every(({ consumer }) => consumer.assignment().length === 3));
      for (let n = 0; n < 40; n++) await log.append(topic, numbered(n * 250, 250));
      await until(() => groups.every(({ places }) => sum(places) === 10_000));
      for (const { records } of groups) expect(sorted(records.map(numberOf))).toEqual(range(0, 10_000));
      const [one, other] = [new Set(groups[0]!.records), groups[1]!.records];
      // Which of them was faster is the machine's; each may have begun alone.
      expect(other.filter((record) => one.has(record)).length).toBeGreaterThan(5_000);
      await Promise.all(groups.map(({ consumer }) => consumer.close()));
    });

    test("members that come and go take nothing from the other groups, and their own group misses nothing", async () => {
      const topic = await newTopic(2);
      const [one, other] = await Promise.all([reading(log, topic, "one"), reading(log, topic, "other")]);
      const elsewhere = openKafkaLog({ brokers: [brokers], clock: systemClock });
      await until(() => [one, other].every(({ consumer }) => consumer.assignment().length === 2));
      for (let n = 0; n < 10; n++) await log.append(topic, numbered(n * 100, 100));
      const second = await reading(elsewhere, topic, "one");
      await until(() => second.consumer.assignment().length === 1);
      for (let n = 10; n < 20; n++) await log.append(topic, numbered(n * 100, 100));
      await until(() => sum(other.places) === 2_000);
      await until(() => new Set([...one.records, ...second.records].map(numberOf)).size === 2_000);
      expect(sorted(other.records.map(numberOf))).toEqual(range(0, 2_000));
      await second.consumer.close();
      await elsewhere.close();
      await Promise.all([one.consumer.close(), other.consumer.close()]);
    });

    test("transactions: who follows and then fetches again loses nothing committed, and sees nothing given up", async () => {
      const topic = await newTopic(1);
      // Its batches are long, so that it falls behind, follows, and fetches for itself in turn.
      let turn = 0;
      const uneven = (): Promise<void> =>
        new Promise((resolve) => setTimeout(resolve, turn++ % 5 === 0 ? 60 : 0));
      const groups = await Promise.all([
        reading(log, topic, "one", uneven),
        reading(log, topic, "other", uneven),
      ]);
      await until(() => groups.every(({ consumer }) => consumer.assignment().length === 1));
      const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
      const producers = [0, 1].map((n) =>
        kafka.producer({ transactionalId: `${topic}-${n}`, maxInFlightRequests: 1, idempotent: true }),
      );
      const committed: number[] = [];
      await Promise.all(
        producers.map(async (producer, p) => {
          await producer.connect();
          for (let n = 0; n < 20; n++) {
            const transaction = await producer.transaction();
            const numbers = range(0, 6).map((i) => p * 1_000 + n * 10 + i);
            for (const half of [numbers.slice(0, 3), numbers.slice(3)])
              await transaction.send({ topic, messages: half.map((i) => ({ value: String(i) })) });
            if (n % 3 === 1) {
              await transaction.abort();
            } else {
              await transaction.commit();
              committed.push(...numbers);
            }
          }
          await producer.disconnect();
        }),
      );
      const [end] = await log.ends([topic]);
      await until(() => groups.every(({ places }) => sum(places) === end!.end_offset));
      for (const { records } of groups) expect(sorted(records.map(numberOf))).toEqual(sorted(committed));
      const [one, other] = groups.map(({ records }) => records.map(numberOf));
      expect(one).toEqual(other);
      await Promise.all(groups.map(({ consumer }) => consumer.close()));
    });
  },
);
