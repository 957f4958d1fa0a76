/**
 * One connection to the cluster that heals: brokers, leaders and coordinators by name, each with a deadline. What
 * has failed is thrown away and made anew, because a client that was left by a hung broker may stay stuck.
 */
import { LogUnavailableError } from "../core/errors.ts";
import {
  errorType,
  insideOf,
  isHopeless,
  within,
  type Cluster,
  type KafkaBroker,
  type KafkaClient,
} from "./kafka-client.ts";

const READY_MS = 5_000;
const CLOSE_MS = 1_000;

export class KafkaLink {
  readonly #client: KafkaClient;
  readonly #topics = new Set<string>();
  #cluster: Cluster | null = null;
  #ready: Promise<Cluster> | null = null;
  #closed = false;

  constructor(client: KafkaClient, topics: readonly string[] = []) {
    this.#client = client;
    for (const topic of topics) this.#topics.add(topic);
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

  /** Node of the leader per partition, from what is known now; empty when the topic is not. */
  async leaders(topic: string): Promise<Map<number, number>> {
    let cluster = await this.ready();
    if (!this.#topics.has(topic)) {
      await within(READY_MS, "ask for metadata", cluster.addTargetTopic(topic));
      this.#topics.add(topic);
      cluster = await this.ready();
    }
    const leaders = new Map<number, number>();
    for (const at of cluster.findTopicPartitionMetadata(topic)) leaders.set(at.partitionId, at.leader);
    return leaders;
  }

  /** Asks for the metadata anew. */
  async refresh(): Promise<void> {
    const cluster = await this.ready();
    await within(READY_MS, "ask for metadata", cluster.refreshMetadata());
  }

  /** After a failure: the next call connects anew. A topic that is no more is forgotten, else nothing else would work. */
  renew(error: unknown): void {
    if (errorType(error) === "UNKNOWN_TOPIC_OR_PARTITION") this.#topics.clear();
    const old = this.#cluster;
    this.#cluster = null;
    this.#ready = null;
    if (old !== null) void old.disconnect().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    const old = this.#cluster;
    this.#cluster = null;
    this.#ready = null;
    if (old !== null) await within(CLOSE_MS, "disconnect", old.disconnect()).catch(() => {});
  }

  async #connect(): Promise<Cluster> {
    if (this.#closed) throw new LogUnavailableError("The connection to Kafka is closed");
    const cluster = this.#client.cluster();
    this.#cluster = cluster;
    try {
      await within(READY_MS, "connect", cluster.connect());
      await within(READY_MS, "ask for metadata", cluster.addMultipleTargetTopics([...this.#topics]));
      return cluster;
    } catch (error) {
      if (this.#cluster === cluster) this.renew(error);
      throw error;
    }
  }
}

/** As the port says it: away for now, unless it is a mistake of ours or a refusal, which stays what it is. */
export function unavailable(what: string, error: unknown): Error {
  if (error instanceof LogUnavailableError || error instanceof RangeError) return error;
  const said = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && isHopeless(error))
    return new Error(`Cannot ${what}: ${said}`, { cause: error });
  return new LogUnavailableError(`Cannot ${what}: ${said}`, { cause: error });
}
