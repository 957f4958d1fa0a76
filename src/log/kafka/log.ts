/**
 * The log on Apache Kafka 2.4 and later, by kafkajs' connections and our own reading and writing of records.
 *
 * Consumers keep their place in Kafka's groups; an ephemeral one has no group at all, so that nothing of it is left
 * behind however its process ends. Retention is the topics' own (`retention.ms`).
 */
import { LogUnavailableError } from "../../core/errors.ts";
import { pause } from "../../core/pause.ts";
import type { Clock } from "../../core/time.ts";
import { KafkaAppender } from "./append.ts";
import { openKafkaClient, within, type KafkaClient, type KafkaClientOptions } from "./client.ts";
import { KafkaConsumer } from "./consumer.ts";
import { KafkaLink, unavailable } from "./link.ts";
import { readSlice } from "./read.ts";
import { KafkaTail } from "./tail.ts";
import { createKafkaTopics } from "./topics.ts";
import { boundedWarnings, type Warn } from "./warnings.ts";
import type {
  Consumer,
  ConsumeOptions,
  Log,
  LogRecord,
  NewRecord,
  PartitionEnds,
  TopicSpec,
} from "../log.ts";

export interface KafkaLogOptions {
  brokers: readonly string[];
  clock: Clock;
  /** How this process is called in the broker's log. */
  client_id?: string;
  ssl?: NonNullable<KafkaClientOptions["ssl"]>;
  sasl?: NonNullable<KafkaClientOptions["sasl"]>;
  /** One sentence at a time, at a bounded rate. */
  onWarning?: (sentence: string) => void;
  /** After how long a batch is taken for one that never ends, ms. */
  stuck_ms?: number;
}

/** A question or the start of a consumer takes no longer. */
const ASK_MS = 8_000;

/** Does not connect yet: a broker that is away is noticed by the first call. */
export function openKafkaLog(options: KafkaLogOptions): Log {
  return new KafkaLog(options);
}

class KafkaLog implements Log {
  readonly #options: KafkaLogOptions;
  readonly #onWarning: Warn;
  readonly #client: KafkaClient;
  /** For questions, and for appends: they must not wait for each other. */
  readonly #asking: KafkaLink;
  readonly #appending: KafkaLink;
  readonly #appender: KafkaAppender;
  readonly #tail: KafkaTail;
  readonly #consumers = new Set<KafkaConsumer>();
  #closing: Promise<void> | null = null;

  constructor(options: KafkaLogOptions) {
    this.#options = options;
    this.#onWarning = boundedWarnings(options.clock, options.onWarning ?? (() => {}));
    this.#client = openKafkaClient({
      brokers: options.brokers,
      client_id: options.client_id ?? "arterial",
      onWarning: (sentence, usual) => this.#onWarning(sentence, usual),
      ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    });
    this.#asking = new KafkaLink(this.#client);
    this.#appending = new KafkaLink(this.#client);
    this.#appender = new KafkaAppender(this.#appending, options.clock);
    this.#tail = new KafkaTail(() => options.clock.monotonic());
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#refuseIfClosed("create topics");
    await createKafkaTopics(this.#client, topics);
    for (const link of [this.#appending, this.#asking]) {
      const { connection } = link;
      await link.refresh().catch((error: unknown) => link.renew(error, connection));
    }
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>> {
    this.#refuseIfClosed(`append to ${topic}`);
    return this.#appender.append(topic, records);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#refuseIfClosed(`consume ${options.topics.join(", ")}`);
    const link = new KafkaLink(this.#client, options.topics);
    try {
      await this.#asked("start a consumer", link, async () => {
        for (const topic of options.topics) await link.leaders(topic);
      });
      this.#refuseIfClosed(`consume ${options.topics.join(", ")}`);
    } catch (error) {
      await link.close();
      throw error;
    }
    const consumer = new KafkaConsumer(options, {
      link,
      tail: this.#tail,
      clock: this.#options.clock,
      onWarning: this.#onWarning,
      onEnd: (ended) => this.#consumers.delete(ended),
      ...(this.#options.stuck_ms === undefined ? {} : { stuck_ms: this.#options.stuck_ms }),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  ends(topics: readonly string[]): Promise<readonly PartitionEnds[]> {
    return this.#asked(`tell the ends of ${topics.join(", ")}`, this.#asking, async () => {
      const ends = await Promise.all(topics.map((topic) => this.#endsOf(topic)));
      return ends.flat();
    });
  }

  async #endsOf(topic: string): Promise<PartitionEnds[]> {
    const partitions = [...(await this.#asking.leaders(topic)).keys()].sort((a, b) => a - b);
    const [first, last] = await Promise.all([
      this.#asking.offsets(topic, partitions, "start"),
      this.#asking.offsets(topic, partitions, "end"),
    ]);
    return partitions.flatMap((partition) => {
      const [start_offset, end_offset] = [first.get(partition), last.get(partition)];
      return start_offset === undefined || end_offset === undefined
        ? []
        : [{ topic, partition, start_offset, end_offset }];
    });
  }

  read(topic: string, partition: number, offset: number, records_max: number): Promise<readonly LogRecord[]> {
    return this.#asked(`read ${topic}-${partition}`, this.#asking, () =>
      readSlice(this.#asking, topic, partition, offset, records_max),
    );
  }

  /** Kafka's id of the cluster. A topic that was made anew in the same cluster is recognised by its records. */
  epoch(): Promise<string> {
    return this.#asked("tell the epoch", this.#asking, async () => {
      const admin = this.#client.admin();
      try {
        await admin.connect();
        return (await admin.describeCluster()).clusterId;
      } finally {
        void admin.disconnect().catch(() => {});
      }
    });
  }

  /** Kafka's topics drop what is older than their `retention.ms` by themselves. */
  retain(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#shutDown());
  }

  async #shutDown(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#appender.close();
    await Promise.all([this.#asking.close(), this.#appending.close()]);
  }

  /** Tries again on a new connection until the time is up. @throws {LogUnavailableError} */
  async #asked<T>(what: string, link: KafkaLink, ask: () => Promise<T>): Promise<T> {
    this.#refuseIfClosed(what);
    const { clock } = this.#options;
    const until_ms = clock.monotonic() + ASK_MS;
    for (let backoff_ms = 50; ; backoff_ms *= 2) {
      const { connection } = link;
      try {
        return await within(Math.max(100, until_ms - clock.monotonic()), what, ask());
      } catch (error) {
        link.renew(error, connection);
        const wrapped = unavailable(what, error);
        if (!(wrapped instanceof LogUnavailableError) || clock.monotonic() + backoff_ms > until_ms)
          throw wrapped;
      }
      await pause(backoff_ms, new AbortController().signal);
      this.#refuseIfClosed(what);
    }
  }

  #refuseIfClosed(what: string): void {
    if (this.#closing !== null) throw new LogUnavailableError(`Cannot ${what}: the log is closed`);
  }
}
