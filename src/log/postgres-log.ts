/** The embedded log: batches in PostgreSQL, woken by a bell in the process and by NOTIFY between processes. */
import { randomUUID } from "node:crypto";
import { LogUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Clock } from "../core/time.ts";
import { openSql, type Sql } from "../postgres.ts";
import type { PartitionRef } from "./backend.ts";
import { encodeBatch, packBatch } from "./batch-codec.ts";
import { Bell } from "./bell.ts";
import { EphemeralMembership } from "./ephemeral-group.ts";
import { GroupConsumer } from "./group-consumer.ts";
import { GuardedSql } from "./guarded-sql.ts";
import type { Consumer, ConsumeOptions, Log, LogRecord, NewRecord, PartitionEnds, TopicSpec } from "./log.ts";
import { appendRows, type PackedRow } from "./postgres-append.ts";
import { PostgresMembership } from "./postgres-group.ts";
import { PostgresNotify } from "./postgres-notify.ts";
import { PostgresRows } from "./postgres-read.ts";
import { currentChild, dropExpired, makeChildren } from "./postgres-retention.ts";
import { PostgresTopics } from "./postgres-topics.ts";
import { splitRows, type NewRow } from "./split-rows.ts";
import { joinRows, StoredRow } from "./stored-row.ts";
import { Tail } from "./tail.ts";

export interface PostgresLogOptions {
  url: string;
  clock: Clock;
  /** Seen in `pg_stat_activity`. */
  application_name?: string;
  /** After so long without a beat a member counts as dead and its partitions go to others, ms. */
  lease_ms?: number;
  /** How often ends are looked at in case that news was lost, ms. */
  poll_ms?: number;
}

/** Bytes of values in one statement; an append of more is written in several, partition by partition a prefix each time. */
const STATEMENT_BYTES_MAX = 4 * limits.batch_bytes_max;

/** Opens lazily: nothing is connected before it is needed. Needs `createTopics` once per database. */
export const openPostgresLog = (options: PostgresLogOptions): Log => new PostgresLog(options);

class PostgresLog implements Log {
  readonly #clock: Clock;
  readonly #lease_ms: number;
  readonly #poll_ms: number;
  /** Appends: durable when they resolve. */
  readonly #writer: GuardedSql;
  /** All else: a commit of a group that is lost in a crash is only a batch read again. */
  readonly #sql: GuardedSql;
  readonly #bell = new Bell();
  readonly #tail = new Tail(limits.log_tail_bytes_max);
  readonly #topics: PostgresTopics;
  readonly #rows: PostgresRows;
  readonly #notify: PostgresNotify;
  readonly #consumers = new Set<Consumer>();
  #poll: ReturnType<typeof setTimeout> | null = null;
  #spread = 0;
  #child = Number.NaN;
  #closing: Promise<void> | null = null;

  constructor(options: PostgresLogOptions) {
    const name = options.application_name ?? "arterial-log";
    const open = (max: number, synchronous_commit: "on" | "off") => (): Sql =>
      openSql(options.url, { max, application_name: name, synchronous_commit });
    this.#clock = options.clock;
    this.#lease_ms = options.lease_ms ?? 5_000;
    this.#poll_ms = options.poll_ms ?? 1_000;
    this.#writer = new GuardedSql(open(3, "on"));
    this.#sql = new GuardedSql(open(3, "off"));
    this.#topics = new PostgresTopics(this.#sql, this.#bell);
    this.#rows = new PostgresRows(this.#sql, this.#bell, this.#tail, this.#clock);
    this.#notify = new PostgresNotify(this.#sql, open(1, "off"), this.#bell, () => void this.#look());
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    await this.#topics.create(topics);
    await this.#makeChildren();
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>> {
    if (records.length === 0) return new Map();
    const partitions = await this.#topics.partitions(topic);
    const rows = splitRows(records, partitions.length, () => this.#spread++);
    // Made ahead and beside: an append never waits for it, nor fails because of it.
    if (currentChild(this.#clock.now()) !== this.#child) void this.#makeChildren().catch(() => {});
    const reached = new Map<number, number>();
    for (const together of chunks(rows)) await this.#appendChunk(topic, partitions, together, reached);
    return reached;
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#refuseIfClosed("consume");
    const refs = (await Promise.all(options.topics.map((topic) => this.#topics.partitions(topic)))).flat();
    if (this.#poll === null) {
      this.#notify.listen();
      this.#pollLater();
    }
    const membership = options.ephemeral ? this.#alone(options, refs) : this.#member(options);
    const consumer = await GroupConsumer.start(this.#rows, membership, options, this.#clock);
    this.#consumers.add(consumer);
    consumer.done
      .catch(() => {})
      .finally(() => this.#consumers.delete(consumer))
      .catch(() => {});
    if (this.#closing !== null) await consumer.close();
    return consumer;
  }

  async ends(topics: readonly string[]): Promise<readonly PartitionEnds[]> {
    const rows = await this.#sql.ask(
      "look at the log's ends",
      (sql) => sql<PartitionEnds[]>`
        select topic, partition, start_offset, next_offset as end_offset from log_partitions
        where topic in (select json_array_elements_text(${JSON.stringify(topics)}::text::json))
        order by topic, partition`,
    );
    return [...rows];
  }

  async read(
    topic: string,
    partition: number,
    offset: number,
    records_max: number,
  ): Promise<readonly LogRecord[]> {
    const ref = await this.#topics.partition(topic, partition);
    const { rows, end_offset } = await this.#rows.fetch(ref, offset, 0);
    return rows.length === 0 ? [] : joinRows(ref, rows, offset, end_offset).records.slice(0, records_max);
  }

  async epoch(): Promise<string> {
    const [row] = await this.#sql.ask(
      "read the log's epoch",
      (sql) => sql<{ epoch: string }[]>`select epoch from log_epoch`,
    );
    return row!.epoch;
  }

  async retain(now_ms: number): Promise<void> {
    await this.#sql.ask("drop old batches", (sql) => dropExpired(sql, now_ms), 60_000);
    // What is dropped there should not be read here for a while longer.
    this.#tail.clear();
    await this.#makeChildren();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #appendChunk(
    topic: string,
    partitions: readonly PartitionRef[],
    rows: readonly NewRow[],
    reached: Map<number, number>,
  ): Promise<void> {
    const plain = rows.map((row) => encodeBatch(row.records));
    const packed = rows.map((row, n): PackedRow => ({
      partition_id: partitions[row.partition]!.partition_id,
      count: row.records.length,
      bytes: row.bytes,
      packed: packBatch(plain[n]!),
    }));
    const now_ms = Math.floor(this.#clock.now());
    const appended = await this.#writer.run(
      `append to ${topic}`,
      (sql) => appendRows(sql, packed, now_ms),
      10_000,
    );
    if (appended.length !== new Set(packed.map((row) => row.partition_id)).size) {
      await this.#topics.refresh();
      throw new LogUnavailableError(
        `Cannot append to ${topic}: its partitions are gone; the log was made anew`,
      );
    }
    for (const { partition_id, next_offset, newest_ms } of appended) {
      const mine = packed
        .map((row, n) => ({ row, n }))
        .filter(({ row }) => row.partition_id === partition_id);
      let at = next_offset - mine.reduce((sum, { row }) => sum + row.count, 0);
      for (const { row, n } of mine) {
        this.#tail.put(partition_id, new StoredRow(plain[n]!, at, at + row.count, newest_ms));
        at += row.count;
      }
      reached.set(rows[mine[0]!.n]!.partition, next_offset);
      this.#bell.raise(partition_id, next_offset);
      this.#notify.grown(partition_id, next_offset);
    }
  }

  #member({ group, topics }: ConsumeOptions): PostgresMembership {
    return new PostgresMembership(this.#sql, {
      group,
      topics,
      member_id: randomUUID(),
      lease_ms: this.#lease_ms,
      onChange: (wake) => this.#bell.onGroup(group, wake),
      tell: () => {
        this.#bell.callGroup(group);
        this.#notify.groupChanged(group);
      },
    });
  }

  #alone({ topics }: ConsumeOptions, refs: readonly PartitionRef[]): EphemeralMembership {
    let known = refs;
    return new EphemeralMembership(async () => {
      // The poll keeps the topics up to date: a partition that is new is read from then on.
      known = (
        await Promise.all(topics.map((topic) => this.#topics.partitions(topic).catch(() => [])))
      ).flat();
      if (known.length === 0) known = refs;
      return known.map((ref) => ({ ...ref, holder: null, generation: 0, committed_offset: null }));
    });
  }

  #pollLater(failed = false): void {
    if (this.#closing !== null) return;
    this.#poll = setTimeout(() => {
      void this.#look().then((ok) => {
        // The server was away: what listened may be gone without a word.
        if (ok && failed) this.#notify.listen();
        this.#pollLater(!ok);
      });
    }, this.#poll_ms);
  }

  /** The safety net: topics and ends as they are. */
  async #look(): Promise<boolean> {
    try {
      await this.#topics.refresh();
      return true;
    } catch {
      return false;
    }
  }

  async #makeChildren(): Promise<void> {
    const now_ms = this.#clock.now();
    this.#child = currentChild(now_ms);
    await this.#sql.ask("make tables ahead", (sql) => makeChildren(sql, now_ms), 10_000);
  }

  async #shutDown(): Promise<void> {
    if (this.#poll !== null) clearTimeout(this.#poll);
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#notify.close();
    await Promise.all([this.#writer.close(), this.#sql.close()]);
    this.#tail.clear();
  }

  #refuseIfClosed(what: string): void {
    if (this.#closing !== null) throw new LogUnavailableError(`Cannot ${what}: the log is closed`);
  }
}

/** Rows together until a statement is large enough. */
function* chunks(rows: readonly NewRow[]): Generator<NewRow[]> {
  let chunk: NewRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (chunk.length > 0 && bytes + row.bytes > STATEMENT_BYTES_MAX) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(row);
    bytes += row.bytes;
  }
  yield chunk;
}
