/** Creates topics and adds partitions; never takes any away. */
import { limits } from "../core/limits.ts";
import { errorType, isHopeless, within, type Admin, type KafkaClient } from "./kafka-client.ts";
import { unavailable } from "./kafka-link.ts";
import type { TopicSpec } from "./log.ts";

const CREATE_MS = 10_000;
/** Above a record of the greatest size there is what a batch has around it. */
const BATCH_OVERHEAD_BYTES = 64 * 1024;

/** @throws {LogUnavailableError} */
export async function createKafkaTopics(client: KafkaClient, topics: readonly TopicSpec[]): Promise<void> {
  const admin = client.admin();
  try {
    await within(CREATE_MS, "create topics", createAll(admin, topics));
  } catch (error) {
    throw unavailable(`create topics ${topics.map(({ topic }) => topic).join(", ")}`, error);
  } finally {
    await within(1_000, "disconnect", admin.disconnect()).catch(() => {});
  }
}

async function createAll(admin: Admin, topics: readonly TopicSpec[]): Promise<void> {
  await admin.connect();
  const there = new Set(await admin.listTopics());
  for (const spec of topics) {
    if (spec.partitions > limits.partitions_max || spec.partitions < 1)
      throw new RangeError(
        `Cannot create ${spec.topic} with ${spec.partitions} partitions: 1 to ${limits.partitions_max}`,
      );
    if (!there.has(spec.topic)) await create(admin, spec);
    await grow(admin, spec);
  }
}

async function create(admin: Admin, { topic, partitions, retention_ms }: TopicSpec): Promise<void> {
  const configEntries = [
    { name: "retention.ms", value: String(retention_ms) },
    // When the log took it, by the broker's clock: a producer's own would decide what is refused as lying in the future.
    { name: "message.timestamp.type", value: "LogAppendTime" },
    { name: "max.message.bytes", value: String(limits.record_bytes_max + BATCH_OVERHEAD_BYTES) },
  ];
  // The broker's own replication factor. False when another process was faster.
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }],
    timeout: CREATE_MS,
  });
}

async function grow(admin: Admin, { topic, partitions }: TopicSpec): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if ((topics[0]?.partitions.length ?? 0) >= partitions) return;
      await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
    } catch (error) {
      // Another process was faster, or the topic is so new that not everybody knows of it.
      if (tries === 5 || (isHopeless(error) && errorType(error) !== "INVALID_PARTITIONS")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
