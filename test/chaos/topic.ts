/** The topic as any other client reads it: what the oracle trusts, not what the platform says of itself. */
import { Kafka, logLevel, type Admin, type IHeaders } from "kafkajs";

export const TOPIC = "traffic-raw";

export interface TopicRecord {
  partition: number;
  offset: number;
  key: string | null;
  value: Buffer | null;
  headers: Readonly<Record<string, string>>;
}

export const kafkaOf = (brokers: string, name: string): Kafka =>
  new Kafka({
    clientId: name,
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 },
  });

async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaOf(brokers, "oracle").admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Makes the topic before anybody of ours does: a producer of the city may come first. */
export async function makeTopic(brokers: string, partitions: number): Promise<void> {
  await withAdmin(brokers, (admin) =>
    admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: partitions }], waitForLeaders: true }),
  );
}

/** Offset after the last record, by partition. */
export async function topicEnds(brokers: string, topic = TOPIC): Promise<ReadonlyMap<number, number>> {
  const ends = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
  return new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
}

const textsOf = (headers: IHeaders | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));

/** Every record of the topic, by partition and offset. */
export async function readTopic(brokers: string, topic = TOPIC): Promise<readonly TopicRecord[]> {
  const ends = await topicEnds(brokers, topic);
  const records: TopicRecord[] = [];
  const left = new Map([...ends].filter(([, end]) => end > 0));
  if (left.size === 0) return records;
  const consumer = kafkaOf(brokers, "oracle").consumer({
    groupId: `oracle-${crypto.randomUUID()}`,
    maxBytesPerPartition: 4 << 20,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise: all, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: ({ batch: { partition, messages } }) => {
      for (const { offset, key, value, headers } of messages)
        records.push({
          partition,
          offset: Number(offset),
          key: key?.toString() ?? null,
          value,
          headers: textsOf(headers),
        });
      const end = left.get(partition);
      if (end !== undefined && Number(messages.at(-1)?.offset ?? -1) + 1 >= end) left.delete(partition);
      if (left.size === 0) resolve();
      return Promise.resolve();
    },
  });
  await all;
  await consumer.disconnect();
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
