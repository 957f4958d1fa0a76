/**
 * The log in memory, for tests and simulation: the same port, the same consumer, the same codec. Its store may
 * be opened several times, as several processes would open one server.
 */
import { randomUUID } from "node:crypto";
import { LogUnavailableError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import type { Membership, PartitionRef, RowSource } from "./backend.ts";
import { encodeBatch } from "./batch-codec.ts";
import { Bell } from "./bell.ts";
import { EphemeralMembership } from "./ephemeral-group.ts";
import { GroupConsumer } from "./group-consumer.ts";
import type { Consumer, ConsumeOptions, Log, LogRecord, NewRecord, PartitionEnds, TopicSpec } from "./log.ts";
import { MemoryMembership } from "./memory-group.ts";
import { MemoryStore, type MemoryPartition } from "./memory-store.ts";
import { splitRows } from "./split-rows.ts";
import { joinRows, rowsTogether, type StoredRow } from "./stored-row.ts";

export interface MemoryLogOptions {
  clock: Clock;
  /** What several logs share; a new one by default. */
  store?: MemoryStore;
  lease_ms?: number;
  /** Names for the members of groups; random by default. */
  newId?: () => string;
}

export const openMemoryLog = (options: MemoryLogOptions): Log => new MemoryLog(options);

class MemoryLog implements Log {
  readonly #clock: Clock;
  readonly #store: MemoryStore;
  readonly #lease_ms: number;
  readonly #newId: () => string;
  readonly #bell = new Bell();
  readonly #source: RowSource;
  readonly #consumers = new Set<Consumer>();
  readonly #off: () => void;
  #spread = 0;
  #closing: Promise<void> | null = null;

  constructor(options: MemoryLogOptions) {
    const { clock, store = new MemoryStore(), lease_ms = 5_000, newId = randomUUID } = options;
    this.#clock = clock;
    this.#store = store;
    this.#lease_ms = lease_ms;
    this.#newId = newId;
    this.#off = store.join(this.#bell);
    this.#source = {
      bell: this.#bell,
      fetch: async (ref, offset) => this.#fetch(ref, offset),
      startOffset: async (ref, from) => this.#startOffset(ref, from),
    };
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#refuseIfClosed("create topics");
    for (const spec of topics) this.#store.create(spec);
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>> {
    this.#refuseIfClosed(`append to ${topic}`);
    const reached = new Map<number, number>();
    if (records.length === 0) return reached;
    const partitions = this.#store.partitions(topic);
    for (const row of splitRows(records, partitions.length, () => this.#spread++)) {
      const partition = partitions[row.partition]!;
      this.#store.add(partition, encodeBatch(row.records), row.records.length, Math.floor(this.#clock.now()));
      reached.set(row.partition, partition.end_offset);
    }
    return reached;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#refuseIfClosed("consume");
    for (const topic of options.topics) this.#store.partitions(topic);
    const consumer = await GroupConsumer.start(this.#source, this.#membership(options), options, this.#clock);
    this.#consumers.add(consumer);
    const forget = (): void => void this.#consumers.delete(consumer);
    consumer.done.then(forget, forget);
    return consumer;
  }

  async ends(topics: readonly string[]): Promise<readonly PartitionEnds[]> {
    this.#refuseIfClosed("look at ends");
    return topics
      .flatMap((topic) => this.#store.partitions(topic))
      .map(({ ref, start_offset, end_offset }) => ({
        topic: ref.topic,
        partition: ref.partition,
        start_offset,
        end_offset,
      }));
  }

  async read(
    topic: string,
    partition: number,
    offset: number,
    records_max: number,
  ): Promise<readonly LogRecord[]> {
    this.#refuseIfClosed("read");
    const found = this.#store.partitions(topic)[partition];
    if (found === undefined)
      throw new RangeError(`Cannot read ${topic} partition ${partition}: it does not exist`);
    const { rows, end_offset } = this.#fetch(found.ref, offset);
    return rows.length === 0
      ? []
      : joinRows(found.ref, rows, offset, end_offset).records.slice(0, records_max);
  }

  async epoch(): Promise<string> {
    return this.#store.epoch;
  }

  async retain(now_ms: number): Promise<void> {
    this.#store.retain(now_ms);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#consumers].map((consumer) => consumer.close())).then(this.#off);
    return this.#closing;
  }

  #fetch(ref: PartitionRef, offset: number): { rows: readonly StoredRow[]; end_offset: number } {
    const { rows, end_offset } = this.#partition(ref);
    const at = rows.findIndex((row) => row.next_offset > offset);
    return { rows: at < 0 ? [] : rows.slice(at, at + rowsTogether(rows, at)), end_offset };
  }

  #startOffset(ref: PartitionRef, from: NonNullable<ConsumeOptions["from"]>): number {
    const { rows, start_offset, end_offset } = this.#partition(ref);
    this.#bell.raise(ref.partition_id, end_offset);
    if (from === "earliest") return start_offset;
    if (from === "latest") return end_offset;
    const since_ms = this.#clock.now() - from.ago_ms;
    return rows.find((row) => row.timestamp_ms >= since_ms)?.base_offset ?? end_offset;
  }

  #partition(ref: PartitionRef): MemoryPartition {
    return this.#store.partitions(ref.topic)[ref.partition]!;
  }

  #membership(options: ConsumeOptions): Membership {
    const all = (): PartitionRef[] =>
      options.topics.flatMap((topic) => this.#store.partitions(topic)).map(({ ref }) => ref);
    if (!options.ephemeral) {
      return new MemoryMembership(
        this.#store.group(options.group),
        all,
        this.#newId(),
        options.topics,
        this.#lease_ms,
        this.#clock,
      );
    }
    return new EphemeralMembership(() =>
      Promise.resolve(all().map((ref) => ({ ...ref, holder: null, generation: 0, committed_offset: null }))),
    );
  }

  #refuseIfClosed(what: string): void {
    if (this.#closing !== null) throw new LogUnavailableError(`Cannot ${what}: the log is closed`);
  }
}
