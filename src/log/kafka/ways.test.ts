/** What strangers' producers may do that ours does not: transactions, and batches that nobody can unpack. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { CompressionTypes, Kafka, logLevel } from "kafkajs";
import { kafkaMissing, sharedKafka } from "../../../test/kafka.ts";
import { limits } from "../../core/limits.ts";
import { systemClock } from "../../core/time.ts";
import { numbered, numberOf, range } from "../conformance-kit.ts";
import { openKafkaLog } from "./log.ts";
import type { Consumer, Log, LogBatch } from "../log.ts";

setDefaultTimeout(60_000);

const missing = kafkaMissing();
let brokers: string;
let log: Log;
let made = 0;

const newTopic = async (): Promise<string> => {
  const topic = `ways-${process.pid}-${++made}`;
  await log.createTopics([{ topic, partitions: 1, retention_ms: 3_600_000 }]);
  return topic;
};
const until = async (holds: () => boolean): Promise<void> => {
  const end_ms = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end_ms) throw new Error("It did not come true within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const collecting = async (topic: string): Promise<{ consumer: Consumer; batches: LogBatch[] }> => {
  const batches: LogBatch[] = [];
  const consumer = await log.consume({
    topics: [topic],
    group: `${topic}-group`,
    onBatch: (batch) => {
      batches.push(batch);
      return Promise.resolve();
    },
  });
  return { consumer, batches };
};
const stranger = (): Kafka => new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });

describe.skipIf(missing !== null)(
  `log: Kafka, strangers' ways${missing === null ? "" : `. ${missing}`}`,
  () => {
    beforeAll(async () => {
      brokers = (await sharedKafka()).brokers;
      log = openKafkaLog({ brokers: [brokers], clock: systemClock });
    });
    afterAll(async () => {
      await log?.close();
    });

    test("the broker's own records between and after transactions leave no gap and no lag; what was given up is not seen", async () => {
      const topic = await newTopic();
      const producer = stranger().producer({
        transactionalId: topic,
        maxInFlightRequests: 1,
        idempotent: true,
      });
      await producer.connect();
      for (let n = 0; n < 6; n++) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ key: "k", value: String(n) }] });
        if (n % 3 === 1) await transaction.abort();
        else await transaction.commit();
      }
      await producer.disconnect();
      const [end] = await log.ends([topic]);
      expect(end!.end_offset).toBe(12);
      const { consumer, batches } = await collecting(topic);
      await until(() => batches.at(-1)?.next_offset === 12);
      expect(batches.flatMap((batch) => batch.records.map(numberOf))).toEqual([0, 2, 3, 5]);
      let next = 0;
      for (const batch of batches) {
        expect(batch.first_offset).toBe(next);
        next = batch.next_offset;
        expect(batch.end_offset).toBe(12);
      }
      await consumer.close();
      // A look without a group sees the same, and nothing before the end of what was given up last.
      const seen = async (offset: number): Promise<number[]> =>
        (await log.read(topic, 0, offset, 100)).map(numberOf);
      expect([await seen(0), await seen(8), await seen(11)]).toEqual([[0, 2, 3, 5], [5], []]);
    });

    test("who has passed over what was given up stands at the end; what is still open is not there yet", async () => {
      const topic = await newTopic();
      await log.append(topic, numbered(0, 1));
      const producer = stranger().producer({
        transactionalId: topic,
        maxInFlightRequests: 1,
        idempotent: true,
      });
      await producer.connect();
      const given_up = await producer.transaction();
      await given_up.send({ topic, messages: [{ value: "1" }, { value: "2" }] });
      await given_up.abort();
      const { consumer, batches } = await collecting(topic);
      await until(() => batches.at(-1)?.next_offset === 4);
      const open = await producer.transaction();
      await open.send({ topic, messages: [{ value: "3" }] });
      expect((await log.ends([topic]))[0]!.end_offset).toBe(4);
      expect(await log.read(topic, 0, 1, 10)).toEqual([]);
      await open.commit();
      await until(() => batches.at(-1)?.next_offset === 6);
      expect(batches.flatMap((batch) => batch.records.map(numberOf))).toEqual([0, 3]);
      expect((await log.ends([topic]))[0]!.end_offset).toBe(6);
      await producer.disconnect();
      await consumer.close();
    });

    test("a batch that cannot be unpacked stops loudly, with topic and offset; what came before it was delivered", async () => {
      const topic = await newTopic();
      await log.append(topic, numbered(0, 10));
      // A bomb: some KB for the broker, which takes it, and more than may be for whoever unpacks it.
      const bomb = Buffer.alloc(limits.kafka_batch_bytes_max + 1);
      const producer = stranger().producer();
      await producer.connect();
      await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value: bomb }] });
      await producer.disconnect();
      const { consumer, batches } = await collecting(topic);
      const ended = await consumer.done.catch((error: unknown) => error);
      expect(batches.flatMap((batch) => batch.records.map(numberOf))).toEqual(range(0, 10));
      expect(String(ended)).toContain(
        `Cannot read ${topic}-0 at offset 10: its gzip bytes cannot be unpacked`,
      );
    });
  },
);
