/**
 * Fetch (API key 1, version 11: KIP-110 brought zstd with 10, KIP-392 the rack with 11) and Produce (key 0, version 7)
 * as bytes, and what Kafka answers. Fields are in the order of Kafka's FetchRequest.json and ProduceRequest.json.
 */
import { REQUEST_MS, sendRaw, type Carrier } from "./client.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Aborted } from "./transactions.ts";

/** Kafka's error codes that are told apart here. */
export const codes = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  replicaNotAvailable: 9,
  messageTooLarge: 10,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  duplicateSequence: 46,
  storageError: 56,
} as const;

export interface FetchAsk {
  topic: string;
  partition: number;
  offset: number;
  bytes_max: number;
}

export interface Fetched {
  topic: string;
  partition: number;
  code: number;
  /** Of what may be read: it ends before the first transaction that is still open (`last_stable_offset`). */
  end_offset: number;
  /** Transactions that were given up, by their first offset. */
  aborted: readonly Aborted[];
  /** Batches of records, the last one perhaps cut off. */
  records: Buffer;
}

/** Bytes of one answer, over all its partitions. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
const READ_COMMITTED = 1;

/** Waits up to `wait_ms` for the first byte. @throws what kafkajs throws. */
export async function fetchFrom(
  broker: Carrier,
  asks: readonly FetchAsk[],
  wait_ms: number,
): Promise<Fetched[]> {
  const body = new ByteWriter(128 + 64 * asks.length);
  // replica_id, max_wait_ms, min_bytes, max_bytes, isolation_level, session_id and session_epoch (none).
  body.int32(-1).int32(wait_ms).int32(1).int32(FETCH_BYTES_MAX).int8(READ_COMMITTED).int32(0).int32(-1);
  body.int32(asks.length);
  for (const ask of asks) {
    // topic, one partition: partition, current_leader_epoch, fetch_offset, log_start_offset, partition_max_bytes.
    body
      .text(ask.topic)
      .int32(1)
      .int32(ask.partition)
      .int32(-1)
      .int64(ask.offset)
      .int64(-1)
      .int32(ask.bytes_max);
  }
  // forgotten_topics_data, rack_id.
  body.int32(0).text("");
  const answer = new ByteReader(
    await sendRaw(broker, { api_key: 1, api_version: 11, name: "Fetch", body: body.done(), wait_ms }),
  );
  answer.int32(); // throttle_time_ms
  const code = answer.int16();
  if (code !== codes.none) throw new Error(`Kafka answered a fetch with error ${code}`);
  answer.int32(); // session_id
  return answer
    .each(() => {
      const topic = answer.text();
      return answer.each((): Fetched => {
        const partition = answer.int32();
        const failed = answer.int16();
        const high_watermark = answer.int64();
        const last_stable_offset = answer.int64();
        const end_offset = last_stable_offset < 0 ? high_watermark : last_stable_offset;
        answer.int64(); // log_start_offset
        const aborted = answer.each(() => ({ producer_id: answer.int64(), first_offset: answer.int64() }));
        answer.int32(); // preferred_read_replica
        return { topic, partition, code: failed, end_offset, aborted, records: answer.bytes() };
      });
    })
    .flat();
}

export interface Produced {
  partition: number;
  code: number;
  /** Of the first record of the batch; -1 where Kafka does not say. */
  base_offset: number;
}

/** One batch per partition; durable on all replicas in sync when it answers. @throws what kafkajs throws. */
export async function produceTo(
  broker: Carrier,
  topic: string,
  batches: readonly { partition: number; batch: Buffer }[],
): Promise<Produced[]> {
  const bytes = batches.reduce((sum, { batch }) => sum + batch.length + 8, 0);
  const body = new ByteWriter(64 + 3 * topic.length + bytes);
  // transactional_id, acks (all replicas in sync), timeout_ms.
  body.text(null).int16(-1).int32(REQUEST_MS).int32(1).text(topic).int32(batches.length);
  for (const { partition, batch } of batches) body.int32(partition).bytes(batch);
  const answer = new ByteReader(
    await sendRaw(broker, { api_key: 0, api_version: 7, name: "Produce", body: body.done() }),
  );
  return answer
    .each(() => {
      answer.text();
      return answer.each((): Produced => {
        const produced = { partition: answer.int32(), code: answer.int16(), base_offset: answer.int64() };
        answer.int64(); // log_append_time_ms
        answer.int64(); // log_start_offset
        return produced;
      });
    })
    .flat();
}
