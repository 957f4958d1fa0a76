/**
 * The log: what was seen, in the order it arrived, kept for replay.
 *
 * A topic has partitions; a record belongs to the partition of its key, and records of one partition keep
 * their order. Offsets of a partition start at 0, grow by one per record, and never show a gap that a later
 * append fills: when offset n is visible, so is every offset below it.
 *
 * Delivery is at least once. Every adapter passes `conformance.ts`.
 */

export interface TopicSpec {
  topic: string;
  partitions: number;
  /** Records older than this may go. */
  retention_ms: number;
}

/** Text headers travel with a record: `source`, `backfill`, `dead_letter_id`. */
export type Headers = Readonly<Record<string, string>>;

export interface NewRecord {
  /** Which partition, and order within it; null spreads over the partitions. */
  key: string | null;
  /** Null is a tombstone: it comes out as null. */
  value: Uint8Array | null;
  headers?: Headers;
}

export interface LogRecord {
  key: string | null;
  value: Uint8Array | null;
  headers: Headers;
  offset: number;
  /** When the log took it, ms since the epoch. */
  timestamp_ms: number;
  /** Place for what a reader of this process made of it, for the next reader; adapters leave it undefined. */
  decoded?: unknown;
}

/** Records of one partition in order. Offsets may have gaps only where retention or compaction made them. */
export interface LogBatch {
  topic: string;
  partition: number;
  /**
   * Up to `limits.batch_records_max` records, at most `limits.batch_bytes_max` of values unless it is one record. None
   * only where all up to `next_offset` is the log's own, or of transactions that were given up: it is passed over.
   */
  records: readonly LogRecord[];
  first_offset: number;
  /** Offset after the last record: where to go on. Counts control records, so never computed from `records`. */
  next_offset: number;
  /** End of the partition when the batch was read; `end_offset - next_offset` is the lag in events. */
  end_offset: number;
}

export interface ConsumeOptions {
  topics: readonly string[];
  /** Members of one group share the partitions; each group sees everything. */
  group: string;
  /** A group of one member that is forgotten on close; every partition is its own. */
  ephemeral?: boolean;
  /** Where a partition starts that has no other position: default "earliest". `ago_ms` seeks by record time. */
  from?: "earliest" | "latest" | { ago_ms: number };
  /**
   * The true next offset of a partition, asked before the first batch after each assignment. Null leaves it to
   * the group's own commits. For consumers that keep offsets with their data (history).
   */
  position?: (topic: string, partition: number) => Promise<number | null>;
  /**
   * Called with one batch of a partition at a time; different partitions may be in flight together. Resolving
   * asks for the next batch: awaiting is the backpressure. A throw ends the consumer: `done` rejects with it.
   */
  onBatch: (batch: LogBatch, consumer: Consumer) => Promise<void>;
}

export interface Consumer {
  /** Settles when the consumer ends: resolves after `close()`, rejects with what ended it. */
  readonly done: Promise<void>;
  /**
   * Remembers that the group is done with the records before `next_offset`.
   * @throws {FencedError} when the partition belongs to another member now.
   */
  commit(topic: string, partition: number, next_offset: number): Promise<void>;
  /** The next batch of the partition starts at this offset. */
  seek(topic: string, partition: number, offset: number): void;
  /** Partitions this member holds now. */
  assignment(): readonly { topic: string; partition: number }[];
  /** Stops asking, waits for batches in flight, gives the partitions back at once. Idempotent. */
  close(): Promise<void>;
}

export interface PartitionEnds {
  topic: string;
  partition: number;
  /** First offset still kept. */
  start_offset: number;
  /** Offset that the next record will get. */
  end_offset: number;
}

export interface Log {
  /**
   * Creates what is missing; never shrinks. Idempotent, safe from several processes at once.
   * @throws {LogUnavailableError}
   */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;

  /**
   * Appends records, and resolves when all of them are durable.
   *
   * @returns The offset after this append, per partition it touched.
   * @throws {LogUnavailableError} nothing, or only a prefix per partition, may have been written; append again.
   * @throws {RangeError} if a record is larger than `limits.record_bytes_max`, or there are more than
   *   `limits.append_records_max`. Nothing was written.
   */
  append(topic: string, records: readonly NewRecord[]): Promise<ReadonlyMap<number, number>>;

  /** Starts a consumer. @throws {LogUnavailableError} if it cannot start now. */
  consume(options: ConsumeOptions): Promise<Consumer>;

  /** Ends of every partition of the topics. @throws {LogUnavailableError} */
  ends(topics: readonly string[]): Promise<readonly PartitionEnds[]>;

  /** Reads without a group: up to `records_max` records from `offset` on; empty at the end. For explain, audit and recovery. */
  read(topic: string, partition: number, offset: number, records_max: number): Promise<readonly LogRecord[]>;

  /** Identity of this log; another after it was made anew. */
  epoch(): Promise<string>;

  /** Drops what retention allows. Adapters whose server does that by itself do nothing. */
  retain(now_ms: number): Promise<void>;

  /** Closes every consumer and connection. Idempotent. */
  close(): Promise<void>;
}
