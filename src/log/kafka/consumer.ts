/** A consumer of the log on Kafka: its partitions, who fetches for them, and its place in the group. */
import { FencedError } from "../../core/errors.ts";
import { pause } from "../../core/pause.ts";
import type { Clock } from "../../core/time.ts";
import { isHopeless } from "./client.ts";
import { KafkaFetcher } from "./fetcher.ts";
import { NotHereError, type KafkaLink } from "./link.ts";
import { KafkaMember } from "./member.ts";
import { PartitionReader } from "./partition.ts";
import type { KafkaTail } from "./tail.ts";
import type { Consumer, ConsumeOptions } from "../log.ts";

/** A batch that takes longer is taken for one that never ends. */
const STUCK_MS = 60_000;
/** A member that is asked to join anew waits so long for its batches. */
const SETTLE_MS = 1_000;
/** How often a reader without a group looks for new partitions. */
const LOOK_MS = 3_000;
/** The same, before it has seen any. */
const LOOK_SOON_MS = 100;

export interface KafkaConsumerContext {
  link: KafkaLink;
  /** Shared with the other consumers of the log. */
  tail: KafkaTail;
  clock: Clock;
  onWarning: (sentence: string) => void;
  onEnd: (consumer: KafkaConsumer) => void;
  /** For tests: how long a batch may take. */
  stuck_ms?: number;
}

export class KafkaConsumer implements Consumer {
  readonly done: Promise<void>;
  readonly #options: ConsumeOptions;
  readonly #context: KafkaConsumerContext;
  readonly #readers = new Map<string, PartitionReader>();
  /** Those who lost their partition with a batch still in their hands. */
  readonly #leaving = new Set<PartitionReader>();
  readonly #fetcher: KafkaFetcher;
  readonly #member: KafkaMember | null;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  /** Partitions seen by a reader without a group: those that come later are read from their beginning. */
  #seen: Set<string> | null = null;
  #error: Error | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ConsumeOptions, context: KafkaConsumerContext) {
    this.#options = options;
    this.#context = context;
    this.done = this.#ended.promise;
    this.done.catch(() => {});
    this.#fetcher = new KafkaFetcher(
      context.link,
      () => [...this.#readers.values()],
      (error) => this.#fail(error),
    );
    this.#member = options.ephemeral === true ? null : this.#join();
    const running = this.#member === null ? this.#readAlone() : this.#member.run();
    running.catch((error: unknown) => this.#fail(error));
  }

  async commit(topic: string, partition: number, next_offset: number): Promise<void> {
    const reader = this.#readers.get(`${topic}-${partition}`);
    if (reader === undefined) throw fenced(`${topic}-${partition}`, next_offset, this.#options.group);
    await this.#commit(reader, next_offset);
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#readers.get(`${topic}-${partition}`)?.seek(offset);
  }

  assignment(): readonly { topic: string; partition: number }[] {
    return [...this.#readers.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#shutDown());
  }

  #join(): KafkaMember {
    const { group, topics } = this.#options;
    const { link, clock, onWarning } = this.#context;
    return new KafkaMember(link, {
      group,
      topics,
      clock,
      onWarning,
      settle: () => this.#settle(),
      onAssigned: (held, kept) => this.#assign(held, kept),
      onAlive: () => this.#wakeReaders(),
      stuck: () => this.#stuck(),
    });
  }

  #assign(held: ReadonlyMap<string, readonly number[]>, kept: boolean): void {
    if (this.#stop.signal.aborted) return;
    const wanted = new Set(
      [...held].flatMap(([topic, of_topic]) => of_topic.map((partition) => `${topic}-${partition}`)),
    );
    for (const [name, reader] of this.#readers) {
      if (kept && wanted.has(name)) continue;
      reader.lose();
      this.#readers.delete(name);
      this.#leaving.add(reader);
      void reader.in_flight.then(() => this.#leaving.delete(reader));
    }
    for (const [topic, of_topic] of held) {
      for (const partition of of_topic) {
        const name = `${topic}-${partition}`;
        if (!this.#readers.has(name)) this.#read(topic, partition);
      }
    }
    this.#wakeReaders();
    this.#fetcher.spread();
  }

  /** Batches may be begun again, once who asks for it is done. */
  #wakeReaders(): void {
    for (const reader of this.#readers.values()) setImmediate(() => reader.wake());
  }

  #read(topic: string, partition: number): void {
    const { clock, tail } = this.#context;
    const former = [...this.#leaving].find((left) => left.topic === topic && left.partition === partition);
    const reader = new PartitionReader(topic, partition, {
      options: this.#options,
      tail,
      former: former?.in_flight ?? Promise.resolve(),
      consumer: (mine) => this.#boundTo(mine),
      start: (mine) => this.#start(mine),
      settled: () => this.#member?.settled ?? true,
      hungry: () => this.#fetcher.wake(),
      monotonic: () => clock.monotonic(),
    });
    this.#readers.set(reader.name, reader);
    reader.done.catch((error: unknown) => this.#fail(error));
  }

  async #commit(reader: PartitionReader, next_offset: number): Promise<void> {
    if (this.#member === null) return;
    const held = (): boolean => !reader.lost && this.#readers.get(reader.name) === reader;
    await this.#member.commit(reader.topic, reader.partition, next_offset, held);
  }

  /** Where a partition begins. */
  async #start(reader: PartitionReader): Promise<number | null> {
    const { topic, partition } = reader;
    const placed = await this.#options.position?.(topic, partition);
    if (placed !== undefined && placed !== null) return placed;
    for (let backoff_ms = 50; !reader.stopped; backoff_ms = Math.min(1_000, backoff_ms * 2)) {
      const { connection } = this.#context.link;
      try {
        const committed = (await this.#member?.committed(topic, [partition]))?.get(partition) ?? null;
        return committed ?? (await this.#from(reader));
      } catch (error) {
        if (isHopeless(error)) throw error;
        this.#context.link.renew(error, connection);
      }
      await pause(backoff_ms, this.#stop.signal);
    }
    return null;
  }

  async #from({ topic, partition, name }: PartitionReader): Promise<number> {
    const { link, clock } = this.#context;
    const from = this.#seen?.has(name) === false ? "earliest" : (this.#options.from ?? "earliest");
    await link.leaders(topic);
    const edge =
      from === "earliest"
        ? "start"
        : from === "latest"
          ? "end"
          : { since_ms: Math.floor(clock.now() - from.ago_ms) };
    const found = (await link.offsets(topic, [partition], edge)).get(partition);
    if (found !== undefined && found >= 0) return found;
    // Nothing is that new: it begins with the next.
    const end = (await link.offsets(topic, [partition], "end")).get(partition);
    if (end === undefined) throw new NotHereError(`Kafka told no offset of ${name}`);
    return end;
  }

  /** Without a group every partition is its own, those that come later too. */
  async #readAlone(): Promise<void> {
    const { link } = this.#context;
    while (!this.#stop.signal.aborted) {
      const { connection } = link;
      try {
        const held = new Map<string, number[]>();
        for (const topic of this.#options.topics)
          held.set(
            topic,
            [...(await link.leaders(topic)).keys()].sort((a, b) => a - b),
          );
        const before = this.#readers.size;
        const names = [...held].flatMap(([topic, of_topic]) =>
          of_topic.map((partition) => `${topic}-${partition}`),
        );
        this.#seen ??= new Set(names);
        if (names.length > before) this.#assign(held, true);
      } catch (error) {
        if (isHopeless(error)) throw error;
        link.renew(error, connection);
      }
      await pause(this.#seen === null ? LOOK_SOON_MS : LOOK_MS, this.#stop.signal);
      const looked = link.connection;
      await link.refresh().catch((error: unknown) => link.renew(error, looked));
    }
  }

  async #settle(): Promise<void> {
    const in_flight = [...this.#readers.values()].map((reader) => reader.in_flight);
    await Promise.race([Promise.all(in_flight), pause(SETTLE_MS, this.#stop.signal)]);
  }

  #stuck(): string | null {
    const now_ms = this.#context.clock.monotonic();
    const limit_ms = this.#context.stuck_ms ?? STUCK_MS;
    for (const reader of [...this.#readers.values(), ...this.#leaving]) {
      if (reader.busy_since_ms !== null && now_ms - reader.busy_since_ms > limit_ms)
        return `A batch of ${reader.name} has taken over ${limit_ms / 1_000} s`;
    }
    return null;
  }

  /** The consumer as one assignment sees it: what was lost in between can no longer be committed by it. */
  #boundTo(reader: PartitionReader): Consumer {
    return {
      done: this.done,
      commit: async (topic, partition, next_offset) => {
        if (topic !== reader.topic || partition !== reader.partition)
          await this.commit(topic, partition, next_offset);
        else await this.#commit(reader, next_offset);
      },
      seek: (topic, partition, offset) => this.seek(topic, partition, offset),
      assignment: () => this.assignment(),
      close: () => this.close(),
    };
  }

  #fail(error: unknown): void {
    this.#error ??= error instanceof Error ? error : new Error(String(error));
    void this.close();
  }

  async #shutDown(): Promise<void> {
    const readers = [...this.#readers.values()];
    const stopped = Promise.all([...readers, ...this.#leaving].map((reader) => reader.stop()));
    const fetcher = this.#fetcher.stop();
    // Batches in flight may still commit: the member stays until they are done.
    await stopped;
    this.#stop.abort();
    this.#readers.clear();
    await Promise.all([fetcher, this.#member?.leave()]);
    await this.#context.link.close();
    this.#context.onEnd(this);
    if (this.#error === null) this.#ended.resolve();
    else this.#ended.reject(this.#error);
  }
}

const fenced = (name: string, next_offset: number, group: string): FencedError =>
  new FencedError(`Cannot commit ${name} at ${next_offset} for ${group}: this member does not hold it`);
