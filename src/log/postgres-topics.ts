/** Topics and their partitions, as this process knows them; the schema they need. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shown } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Sql } from "../postgres.ts";
import type { PartitionRef } from "./backend.ts";
import type { Bell } from "./bell.ts";
import type { GuardedSql } from "./guarded-sql.ts";
import type { TopicSpec } from "./log.ts";

const SCHEMA = fileURLToPath(new URL("../../sql/migrations/0001-log.sql", import.meta.url));

export class PostgresTopics {
  readonly #sql: GuardedSql;
  readonly #bell: Bell;
  #topics = new Map<string, PartitionRef[]>();

  constructor(sql: GuardedSql, bell: Bell) {
    this.#sql = sql;
    this.#bell = bell;
  }

  /** Partitions of a topic in order. @throws {RangeError} if there is no such topic. */
  async partitions(topic: string): Promise<readonly PartitionRef[]> {
    if (!this.#topics.has(topic)) await this.refresh();
    const partitions = this.#topics.get(topic);
    if (partitions === undefined) throw new RangeError(`Cannot use topic ${shown(topic)}: it does not exist`);
    return partitions;
  }

  async partition(topic: string, partition: number): Promise<PartitionRef> {
    const ref = (await this.partitions(topic))[partition];
    if (ref === undefined)
      throw new RangeError(`Cannot read ${shown(topic)} partition ${partition}: it does not exist`);
    return ref;
  }

  /** Reads all topics and ends anew; whoever waits for a partition that has grown is woken. */
  async refresh(): Promise<void> {
    const rows = await this.#sql.ask(
      "look at the log's partitions",
      (sql) => sql<(PartitionRef & { next_offset: number })[]>`
        select partition_id, topic, partition, next_offset from log_partitions order by topic, partition`,
    );
    const topics = new Map<string, PartitionRef[]>();
    for (const { partition_id, topic, partition, next_offset } of rows) {
      const of_topic = topics.get(topic) ?? [];
      of_topic[partition] = { partition_id, topic, partition };
      topics.set(topic, of_topic);
      this.#bell.raise(partition_id, next_offset);
    }
    this.#topics = topics;
  }

  /** @throws {RangeError} for a number of partitions that is not 1 to `limits.partitions_max`. */
  async create(specs: readonly TopicSpec[]): Promise<void> {
    for (const { topic, partitions } of specs) {
      if (!Number.isInteger(partitions) || partitions < 1 || partitions > limits.partitions_max) {
        throw new RangeError(
          `Cannot create topic ${shown(topic)} with ${partitions} partitions: 1 to ${limits.partitions_max}`,
        );
      }
    }
    await this.#sql.ask("create topics", (sql) => createTopics(sql, specs), 30_000);
    await this.refresh();
  }
}

async function createTopics(sql: Sql, specs: readonly TopicSpec[]): Promise<void> {
  await sql.begin(async (tx) => {
    // "if not exists" is no protection against another process that creates the same at the same time.
    await tx`select pg_advisory_xact_lock(hashtextextended('arterial log schema', 0))`;
    await tx.unsafe(readFileSync(SCHEMA, "utf8"));
    for (const { topic, partitions, retention_ms } of specs) {
      await tx`insert into log_topics (topic, retention_ms) values (${topic}, ${retention_ms})
        on conflict (topic) do update set retention_ms = excluded.retention_ms`;
      await tx`insert into log_partitions (partition_id, topic, partition)
        select coalesce((select max(partition_id) from log_partitions), 0) + 1 + n, ${topic}, n
        from generate_series(0, ${partitions - 1}::int) n
        where not exists (select 1 from log_partitions p where p.topic = ${topic} and p.partition = n)`;
    }
  });
}
