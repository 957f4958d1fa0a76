/** What the in-memory log keeps, shared by all who open it. */
import { randomUUID } from "node:crypto";
import { shown } from "../core/errors.ts";
import type { PartitionRef } from "./backend.ts";
import type { Bell } from "./bell.ts";
import type { TopicSpec } from "./log.ts";
import { MemoryGroup } from "./memory-group.ts";
import { StoredRow } from "./stored-row.ts";

export interface MemoryPartition {
  ref: PartitionRef;
  rows: StoredRow[];
  start_offset: number;
  end_offset: number;
  newest_ms: number;
}

export class MemoryStore {
  epoch: string = randomUUID();
  readonly #topics = new Map<string, { partitions: MemoryPartition[]; retention_ms: number }>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #bells = new Set<Bell>();
  #next_id = 1;

  create({ topic, partitions, retention_ms }: TopicSpec): void {
    const kept = this.#topics.get(topic) ?? { partitions: [], retention_ms };
    kept.retention_ms = retention_ms;
    this.#topics.set(topic, kept);
    while (kept.partitions.length < partitions) {
      const ref = { partition_id: this.#next_id++, topic, partition: kept.partitions.length };
      kept.partitions.push({ ref, rows: [], start_offset: 0, end_offset: 0, newest_ms: 0 });
    }
  }

  /** @throws {RangeError} if there is no such topic. */
  partitions(topic: string): readonly MemoryPartition[] {
    const kept = this.#topics.get(topic);
    if (kept === undefined) throw new RangeError(`Cannot use topic ${shown(topic)}: it does not exist`);
    return kept.partitions;
  }

  add(partition: MemoryPartition, plain: Uint8Array, count: number, now_ms: number): void {
    partition.newest_ms = Math.max(partition.newest_ms, now_ms);
    const base_offset = partition.end_offset;
    partition.end_offset += count;
    partition.rows.push(new StoredRow(plain, base_offset, partition.end_offset, partition.newest_ms));
    for (const bell of this.#bells) bell.raise(partition.ref.partition_id, partition.end_offset);
  }

  retain(now_ms: number): void {
    for (const { partitions, retention_ms } of this.#topics.values()) {
      for (const partition of partitions) {
        while (partition.rows[0] !== undefined && partition.rows[0].timestamp_ms < now_ms - retention_ms) {
          partition.start_offset = partition.rows.shift()!.next_offset;
        }
      }
    }
  }

  group(name: string): MemoryGroup {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = new MemoryGroup()));
    return group;
  }

  /** Everything gone, as after a server was made anew. */
  remake(): void {
    this.epoch = randomUUID();
    this.#topics.clear();
    this.#groups.clear();
  }

  /** @returns what takes the bell off again. */
  join(bell: Bell): () => void {
    this.#bells.add(bell);
    return () => void this.#bells.delete(bell);
  }
}
