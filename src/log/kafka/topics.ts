/** Creates topics and adds partitions; never takes any away. */
import { limits } from "../../core/limits.ts";
import { pause } from "../../core/pause.ts";
import { errorType, within, type Admin, type KafkaClient } from "./client.ts";
import { unavailable } from "./link.ts";
import type { TopicSpec } from "../log.ts";

const CREATE_MS = 10_000;
/** How often it is looked whether a new topic is there. */
const LOOK_MS = 50;
/** These pass by themselves. */
const PASSES = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "INVALID_PARTITIONS",
  "NOT_CONTROLLER",
  "REASSIGNMENT_IN_PROGRESS",
]);
/** Above a record of the greatest size there is what a batch has around it. */
const BATCH_OVERHEAD_BYTES = 64 * 1024;

/**
 * Resolves when all of them can be written to and read.
 *
 * @throws {LogUnavailableError} within 10 s. @throws {LogRefusedError}
 */
export async function createKafkaTopics(client: KafkaClient, topics: readonly TopicSpec[]): Promise<void> {
  const admin = client.admin();
  const stop = new AbortController();
  try {
    await within(CREATE_MS, "create topics", createAll(admin, topics, stop.signal));
  } catch (error) {
    throw unavailable(`create topics ${topics.map(({ topic }) => topic).join(", ")}`, error);
  } finally {
    stop.abort();
    await within(1_000, "disconnect", admin.disconnect()).catch(() => {});
  }
}

async function createAll(admin: Admin, topics: readonly TopicSpec[], signal: AbortSignal): Promise<void> {
  for (const { topic, partitions } of topics) {
    if (partitions > limits.partitions_max || partitions < 1)
      throw new RangeError(
        `Cannot create ${topic} with ${partitions} partitions: 1 to ${limits.partitions_max}`,
      );
  }
  await admin.connect();
  const there = new Set(await admin.listTopics());
  for (const spec of topics) if (!there.has(spec.topic)) await create(admin, spec);
  for (const spec of topics) await complete(admin, spec, signal);
}

async function create(admin: Admin, { topic, partitions, retention_ms }: TopicSpec): Promise<void> {
  const configEntries = [
    { name: "retention.ms", value: String(retention_ms) },
    // When the log took it, by the broker's clock: a producer's own would decide what is refused as lying in the future.
    { name: "message.timestamp.type", value: "LogAppendTime" },
    { name: "max.message.bytes", value: String(limits.record_bytes_max + BATCH_OVERHEAD_BYTES) },
  ];
  // The broker's own replication factor. False when another process was faster.
  const topics = [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }];
  try {
    await admin.createTopics({ topics, timeout: CREATE_MS, waitForLeaders: false });
  } catch (error) {
    // kafkajs gathers what was said of each topic: of one there is one.
    throw error instanceof Error && "errors" in error && Array.isArray(error.errors)
      ? error.errors[0]
      : error;
  }
}

/** Until the topic has its partitions, and each has a leader: what is created is not known everywhere at once. */
async function complete(admin: Admin, { topic, partitions }: TopicSpec, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const found = topics[0]?.partitions ?? [];
      if (found.length >= partitions && found.every(({ leader }) => leader >= 0)) return;
      if (found.length > 0 && found.length < partitions)
        await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
    } catch (error) {
      // Another process was faster, or whom we asked has not heard of it yet.
      if (!PASSES.has(errorType(error))) throw error;
    }
    await pause(LOOK_MS, signal);
  }
}
