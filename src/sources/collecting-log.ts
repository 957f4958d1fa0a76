/** A log in memory that only takes: for tests of what sources write. Partitions as a log has them, nothing durable. */
import { LogUnavailableError } from "../core/errors.ts";
import { hash32 } from "../core/identity.ts";
import { limits } from "../core/limits.ts";
import type { Log, NewRecord, PartitionEnds } from "../log/log.ts";

export class CollectingLog implements Pick<Log, "append" | "ends" | "epoch"> {
  /** Every append, in order. */
  readonly appends: { topic: string; records: readonly NewRecord[] }[] = [];
  readonly #ends = new Map<string, number[]>();
  readonly #partitions: number;
  /** While true, appends fail as a log that is away. */
  away = false;
  /** Awaited by every append before it counts. */
  gate: Promise<void> = Promise.resolve();

  constructor(partitions = 4) {
    this.#partitions = partitions;
  }

  records(topic: string): NewRecord[] {
    return this.appends.filter((a) => a.topic === topic).flatMap((a) => a.records);
  }

  /** Values of a topic, parsed. */
  values(topic: string): Record<string, unknown>[] {
    return this.records(topic).map(
      (r) => JSON.parse(Buffer.from(r.value!).toString()) as Record<string, unknown>,
    );
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>> {
    if (records.length > limits.append_records_max)
      throw new RangeError(`Cannot append ${records.length} records`);
    await this.gate;
    if (this.away) throw new LogUnavailableError("The log is away");
    this.appends.push({ topic, records });
    const ends = this.#endsOf(topic);
    const applied = new Map<number, number>();
    for (const record of records) {
      const partition = record.key === null ? 0 : hash32(record.key) % this.#partitions;
      applied.set(partition, ++ends[partition]!);
    }
    return applied;
  }

  ends(topics: readonly string[]): Promise<readonly PartitionEnds[]> {
    return Promise.resolve(
      topics.flatMap((topic) =>
        this.#endsOf(topic).map((end_offset, partition) => ({
          topic,
          partition,
          start_offset: 0,
          end_offset,
        })),
      ),
    );
  }

  epoch(): Promise<string> {
    return Promise.resolve("collected");
  }

  #endsOf(topic: string): number[] {
    let ends = this.#ends.get(topic);
    if (ends === undefined) this.#ends.set(topic, (ends = Array.from({ length: this.#partitions }, () => 0)));
    return ends;
  }
}
