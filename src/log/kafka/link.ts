/**
 * One connection to the cluster that heals: brokers, leaders, offsets and coordinators by name, each with a deadline.
 * What has failed is thrown away and made anew, because a client that was left by a hung broker may stay stuck.
 */
import { LogRefusedError, LogUnavailableError } from "../../core/errors.ts";
import {
  errorType,
  insideOf,
  isHopeless,
  refusalOf,
  within,
  type Cluster,
  type KafkaBroker,
  type KafkaClient,
} from "./client.ts";

const READY_MS = 5_000;
const CLOSE_MS = 1_000;

/** The connection is good, but what was asked for is not there yet, or elsewhere: asked again, on the same one. */
export class NotHereError extends LogUnavailableError {}

export type Edge = "start" | "end" | { since_ms: number };

export class KafkaLink {
  readonly #client: KafkaClient;
  readonly #topics = new Set<string>();
  #cluster: Cluster | null = null;
  #ready: Promise<Cluster> | null = null;
  #connection = 0;
  #closed = false;

  constructor(client: KafkaClient, topics: readonly string[] = []) {
    this.#client = client;
    for (const topic of topics) this.#topics.add(topic);
  }

  /** Counts connections: another one after each `renew`. Taken before an attempt, it says what has failed. */
  get connection(): number {
    return this.#connection;
  }

  /** Connected, with the metadata of the topics named so far. */
  ready(): Promise<Cluster> {
    return (this.#ready ??= this.#connect());
  }

  async broker(node_id: number): Promise<KafkaBroker> {
    const cluster = await this.ready();
    return insideOf(await within(READY_MS, "connect", cluster.findBroker({ nodeId: String(node_id) })));
  }

  async coordinator(group: string): Promise<KafkaBroker> {
    const cluster = await this.ready();
    return insideOf(
      await within(READY_MS, "find the coordinator", cluster.findGroupCoordinator({ groupId: group })),
    );
  }

  async controller(): Promise<KafkaBroker> {
    const cluster = await this.ready();
    return insideOf(await within(READY_MS, "find the controller", cluster.findControllerBroker()));
  }

  /** Node of the leader per partition, from what is known now; -1 where there is none. @throws {NotHereError} without the topic. */
  async leaders(topic: string): Promise<Map<number, number>> {
    const cluster = await this.ready();
    if (!this.#topics.has(topic)) {
      try {
        await within(READY_MS, "ask for metadata", cluster.addTargetTopic(topic));
      } catch (error) {
        // The others on this connection shall not suffer from a name that nobody knows.
        if (errorType(error) !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
        throw new NotHereError(`Kafka has no topic ${topic}`, { cause: error });
      }
      this.#topics.add(topic);
    }
    const leaders = new Map<number, number>();
    for (const at of cluster.findTopicPartitionMetadata(topic)) leaders.set(at.partitionId, at.leader);
    if (leaders.size === 0) throw new NotHereError(`Kafka has no topic ${topic}`);
    return leaders;
  }

  /** First or next offset per partition, or the first at or after a time (-1 where nothing is that new), of what is committed. */
  async offsets(topic: string, partitions: readonly number[], edge: Edge): Promise<Map<number, number>> {
    const cluster = await this.ready();
    const asked = { topic, partitions: partitions.map((partition) => ({ partition })) };
    const found = await within(
      READY_MS,
      `ask for offsets of ${topic}`,
      cluster.fetchTopicsOffset([
        typeof edge === "object"
          ? { ...asked, fromTimestamp: edge.since_ms }
          : { ...asked, fromBeginning: edge === "start" },
      ]),
    );
    return new Map(found.flatMap((of) => of.partitions.map((at) => [at.partition, Number(at.offset)])));
  }

  /** Asks for the metadata anew. */
  async refresh(): Promise<void> {
    const cluster = await this.ready();
    await within(READY_MS, "ask for metadata", cluster.refreshMetadata());
  }

  /**
   * After a failure: the next call connects anew. A topic that is no more is forgotten, else nothing else would work.
   *
   * @param connection On which it failed: one that was replaced meanwhile is no reason to replace its heir.
   */
  renew(error: unknown, connection: number): void {
    if (error instanceof NotHereError || connection !== this.#connection) return;
    if (errorType(error) === "UNKNOWN_TOPIC_OR_PARTITION") this.#topics.clear();
    const old = this.#forget();
    if (old !== null) void old.disconnect().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    const old = this.#forget();
    if (old !== null) await within(CLOSE_MS, "disconnect", old.disconnect()).catch(() => {});
  }

  #forget(): Cluster | null {
    const old = this.#cluster;
    this.#cluster = null;
    this.#ready = null;
    this.#connection++;
    return old;
  }

  async #connect(): Promise<Cluster> {
    if (this.#closed) throw new LogUnavailableError("The connection to Kafka is closed");
    const cluster = this.#client.cluster();
    const connection = this.#connection;
    this.#cluster = cluster;
    try {
      await within(READY_MS, "connect", cluster.connect());
      await within(READY_MS, "ask for metadata", cluster.addMultipleTargetTopics([...this.#topics]));
    } catch (error) {
      this.renew(error, connection);
      throw error;
    }
    if (connection !== this.#connection) {
      void cluster.disconnect().catch(() => {});
      throw new NotHereError("The connection was given up while it was made");
    }
    return cluster;
  }
}

/**
 * As the port says it: away for now, unless it is a mistake of ours or a refusal, which stays what it is.
 *
 * @returns {LogUnavailableError} @returns {LogRefusedError} where waiting would not help.
 */
export function unavailable(what: string, error: unknown): Error {
  if (error instanceof LogUnavailableError || error instanceof LogRefusedError || error instanceof RangeError)
    return error;
  const said = error instanceof Error ? error.message : String(error);
  const refusal = refusalOf(error);
  if (refusal !== null)
    return new LogRefusedError(`Cannot ${what}: ${said}`, { reason: refusal, cause: error });
  if (error instanceof Error && isHopeless(error))
    return new Error(`Cannot ${what}: ${said}`, { cause: error });
  return new LogUnavailableError(`Cannot ${what}: ${said}`, { cause: error });
}
