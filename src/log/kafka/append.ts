/**
 * Appends: gathered while a request is on its way, one batch per partition and request, one request at a time for
 * each leader.
 *
 * Every batch carries a producer's id and its number in the partition, so that a repeat after a lost answer is
 * recognised by the broker (KIP-98). When the time is up and nobody knows what became of a batch, its append fails, and
 * the producer goes on in its next epoch with new numbers (KIP-360): should the old batch arrive after all, behind what
 * came later, the broker refuses it.
 */
import { LogUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { pause } from "../../core/pause.ts";
import type { Clock } from "../../core/time.ts";
import { BATCH_BYTES_MAX, cut, fail, Lane, type Append, type Part } from "./append-lane.ts";
import { answered, within } from "./client.ts";
import { codes, produceTo, type Produced } from "./fetch.ts";
import { encodeRecords, recordBytes, type Producer } from "./encode.ts";
import { NotHereError, unavailable, type KafkaLink } from "./link.ts";
import { ProducerSessions, type ProducerSession } from "./producer.ts";
import type { NewRecord } from "../log.ts";
import { splitRows } from "../split-rows.ts";

/** An append fails after this, however its broker is away. */
const GIVE_UP_MS = 8_000;
/** Then nobody waits any longer for a request that is on its way. */
const GRACE_MS = 750;
/** Of one request. */
const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;
/** Closing waits no longer for a request that is on its way. */
const CLOSE_MS = 1_500;
/** These say that the batch was not written, and may be by another try. */
const TRY_AGAIN: ReadonlySet<number> = new Set([
  codes.unknownTopic,
  codes.leaderNotAvailable,
  codes.notLeader,
  codes.requestTimedOut,
  codes.replicaNotAvailable,
  codes.notEnoughReplicas,
  codes.notEnoughReplicasAfterAppend,
  codes.storageError,
]);

/** What is sent together to one partition. */
interface Sending {
  partition: number;
  parts: readonly Part[];
  batch: Buffer;
  /** Written, or refused for good. */
  settled: boolean;
}

export class KafkaAppender {
  readonly #link: KafkaLink;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  readonly #stop = new AbortController();
  readonly #producer: ProducerSessions;
  #spread = 0;
  #waiting_bytes = 0;

  constructor(link: KafkaLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#producer = new ProducerSessions(() => this.#newProducer());
  }

  /** @throws {LogUnavailableError} within 10 s. @throws {RangeError} before anything is written. */
  async append(topic: string, records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>> {
    const until_ms = this.#clock.monotonic() + GIVE_UP_MS;
    // Before anything else: the limits hold.
    splitRows(records, 1, () => 0);
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    if (this.#waiting_bytes > 0 && this.#waiting_bytes + bytes > limits.kafka_append_bytes_max)
      throw new LogUnavailableError(
        `Cannot append to ${topic}: ${this.#waiting_bytes} bytes wait already, at most ${limits.kafka_append_bytes_max}`,
      );
    this.#waiting_bytes += bytes;
    let append: Append | null = null;
    try {
      const partitions = await within(GIVE_UP_MS, "append", this.#partitions(topic, until_ms));
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<number, number>>();
      append = { left: 0, reached: new Map(), failed: false, until_ms, resolve, reject };
      for (const row of splitRows(records, partitions, () => this.#spread++)) {
        for (const part of cut(row.records)) {
          append.left++;
          this.#lane(topic).put(row.partition, { append, ...part });
        }
      }
      if (append.left === 0) return append.reached;
      const left_ms = until_ms - this.#clock.monotonic();
      return await within(Math.max(0, left_ms) + GRACE_MS, "append", promise);
    } catch (error) {
      const failed = unavailable(`append to ${topic}`, error);
      // What is not sent yet is not sent any more.
      if (append !== null) fail(append, failed);
      throw failed;
    } finally {
      this.#waiting_bytes -= bytes;
    }
  }

  /** Ends what waits with an error; what is on its way has a moment to be answered. */
  async close(): Promise<void> {
    this.#stop.abort();
    const idle = Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
    await Promise.race([idle, pause(CLOSE_MS, new AbortController().signal)]);
  }

  #lane(topic: string): Lane {
    let lane = this.#lanes.get(topic);
    if (lane === undefined) {
      lane = new Lane((partitions) => this.#send(topic, partitions));
      this.#lanes.set(topic, lane);
    }
    return lane;
  }

  async #partitions(topic: string, until_ms: number): Promise<number> {
    return this.#tried(until_ms, async () => (await this.#link.leaders(topic)).size);
  }

  /** Sends the first batch of each partition, and tries again until its time is up. */
  async #send(topic: string, queues: Map<number, Part[]>): Promise<void> {
    let sending: Sending[] = [];
    let session: ProducerSession | null = null;
    try {
      const until_ms = this.#clock.monotonic() + GIVE_UP_MS;
      const mine = (session = await this.#tried(until_ms, () => this.#producer.session()));
      sending = this.#gather(topic, queues, mine);
      const oldest_ms = Math.min(
        until_ms,
        ...sending.flatMap((one) => one.parts.map((part) => part.append.until_ms)),
      );
      await this.#tried(oldest_ms, () => this.#sendOnce(topic, sending, mine));
    } catch (error) {
      if (session !== null) this.#producer.end(session);
      const unsettled = sending.filter((one) => !one.settled).flatMap((one) => one.parts);
      const parts = sending.length > 0 ? unsettled : [...queues.values()].flat();
      for (const { append } of parts) fail(append, unavailable(`append to ${topic}`, error));
    }
  }

  #gather(topic: string, queues: Map<number, Part[]>, session: ProducerSession): Sending[] {
    const now_ms = Math.floor(this.#clock.now());
    const sending: Sending[] = [];
    let total = 0;
    for (const [partition, queue] of queues) {
      const parts: Part[] = [];
      let [bytes, count] = [0, 0];
      while (queue.length > 0 && total < REQUEST_BYTES_MAX) {
        const part = queue[0]!;
        if (part.append.failed) {
          queue.shift();
          continue;
        }
        if (
          parts.length > 0 &&
          (bytes + part.bytes > BATCH_BYTES_MAX || count + part.records.length > limits.batch_records_max)
        )
          break;
        parts.push(queue.shift()!);
        bytes += part.bytes;
        total += part.bytes;
        count += part.records.length;
      }
      if (parts.length === 0) continue;
      const records = parts.length === 1 ? parts[0]!.records : parts.flatMap((part) => part.records);
      const sequence = session.take(`${topic}/${partition}`, count);
      sending.push({
        partition,
        parts,
        batch: encodeRecords(records, now_ms, session, sequence),
        settled: false,
      });
    }
    // Whose turn it was stands last: else partitions that are never empty would keep the others waiting.
    for (const { partition } of sending) {
      const rest = queues.get(partition)!;
      queues.delete(partition);
      queues.set(partition, rest);
    }
    return sending;
  }

  /** @throws when some were not written and may be by another try, or nobody knows. */
  async #sendOnce(topic: string, sending: readonly Sending[], session: ProducerSession): Promise<void> {
    const leaders = await this.#link.leaders(topic);
    const left = sending.filter((one) => !one.settled);
    const sent = [...Map.groupBy(left, ({ partition }) => leaders.get(partition) ?? -1)].map(
      async ([node, batches]) => {
        if (node === -1) return;
        const answers = await produceTo(await this.#link.broker(node), topic, batches);
        for (const answer of answers) {
          const one = batches.find(({ partition }) => partition === answer.partition);
          if (one !== undefined) one.settled = this.#settle(topic, one, answer, session);
        }
      },
    );
    // All of them, also when one has failed: nothing is sent twice at the same time.
    const failed = (await Promise.allSettled(sent)).find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (left.some((one) => !one.settled))
      throw new NotHereError(`The leader of a partition of ${topic} has moved, or is about to come`);
  }

  /** @returns whether the batch is done with: written, or refused for good. */
  #settle(topic: string, one: Sending, { code, base_offset }: Produced, session: ProducerSession): boolean {
    if (TRY_AGAIN.has(code)) return false;
    if (code !== codes.none && code !== codes.duplicateSequence) {
      this.#producer.end(session);
      const where = `append to ${topic}-${one.partition}`;
      const error =
        code === codes.messageTooLarge
          ? new RangeError(
              `Cannot ${where}: the topic takes no batch of ${one.batch.length} bytes (max.message.bytes)`,
            )
          : code === codes.topicAuthorizationFailed
            ? new Error(`Cannot ${where}: Kafka does not allow it`)
            : new LogUnavailableError(`Cannot ${where}: Kafka answered error ${code}`);
      for (const { append } of one.parts) fail(append, error);
      return true;
    }
    let next = base_offset;
    for (const { append, records } of one.parts) {
      next += records.length;
      // A repeat that the broker has forgotten the place of: written, but where is not told.
      if (base_offset >= 0) append.reached.set(one.partition, next);
      if (--append.left === 0 && !append.failed) append.resolve(append.reached);
    }
    return true;
  }

  async #newProducer(): Promise<Producer> {
    const broker = await this.#link.controller();
    const made = await answered("begin a session", broker.initProducerId({ transactionTimeout: 60_000 }));
    return { producer_id: Number(made.producerId), producer_epoch: made.producerEpoch };
  }

  /** Tries again what failed, on a new connection, until the time is up. */
  async #tried<T>(until_ms: number, work: () => Promise<T>): Promise<T> {
    for (let backoff_ms = BACKOFF_MIN_MS; ; backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2)) {
      if (this.#stop.signal.aborted) throw new LogUnavailableError("The log is closed");
      const { connection } = this.#link;
      try {
        return await work();
      } catch (error) {
        const wrapped = unavailable("reach Kafka", error);
        if (!(wrapped instanceof LogUnavailableError)) throw error;
        if (error instanceof NotHereError) await this.#link.refresh().catch(() => {});
        else this.#link.renew(error, connection);
        if (this.#clock.monotonic() + backoff_ms > until_ms) throw error;
      }
      await pause(backoff_ms, this.#stop.signal);
    }
  }
}
