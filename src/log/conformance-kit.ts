/** What the checks of the log's conformance suite are made with. */
import { limits } from "../core/limits.ts";
import type { Consumer, ConsumeOptions, Log, LogBatch, LogRecord, NewRecord } from "./log.ts";

/** A store for one check, and ways to hurt it. Those that an adapter cannot offer are missing. */
export interface LogBed {
  /** Opens one more log on the store, as another process would. */
  open(): Promise<Log>;
  /** Closes the logs and forgets the store. */
  close(): Promise<void>;
  /** Begins an append whose offsets are given, but which nobody may see before the answer is called. */
  holdAppend?(topic: string, records: readonly NewRecord[]): Promise<() => Promise<void>>;
  /** A member of the group, with all that it holds, which `kill` ends without a word. Resolves when it reads. */
  doomedMember?(topic: string, group: string): Promise<{ kill(): Promise<void> }>;
  /** The store made anew, empty; its logs are closed. */
  remake?(): Promise<void>;
  /** The server is gone and comes back, its connections with it. */
  restart?(): Promise<void>;
  /** Moves the logs' clock forward. */
  advance?(ms: number): void;
}

export interface LogFeatures {
  /** What is written outlives the logs that wrote it. */
  durable: boolean;
  holdsAppends: boolean;
  killsMembers: boolean;
  remakes: boolean;
  restarts: boolean;
  /** Retention is the adapter's own work, and its clock can be moved. */
  retains: boolean;
  /** How long a condition may take to come true, ms. */
  patience_ms: number;
}

export interface Check {
  name: string;
  needs?: Exclude<keyof LogFeatures, "patience_ms">;
  run(kit: Kit): Promise<void>;
}

const text = new TextEncoder();
const utf8 = new TextDecoder();
let made = 0;

/** Records as the checks write them: the value is the text of a number. */
export const numbered = (
  from: number,
  count: number,
  key: (n: number) => string | null = (n) => `key-${n % 7}`,
): NewRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: key(from + i), value: text.encode(String(from + i)) }));

export const bytesOf = (value: string): Uint8Array => text.encode(value);
export const textOf = (record: LogRecord): string => utf8.decode(record.value ?? new Uint8Array());
export const numberOf = (record: LogRecord): number => Number(textOf(record));
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** A consumer and what it was given. */
export class Reader {
  readonly batches: LogBatch[] = [];
  consumer!: Consumer;

  get records(): LogRecord[] {
    return this.batches.flatMap((batch) => batch.records);
  }

  /** Sorted, duplicates and all. */
  get numbers(): number[] {
    return this.records.map(numberOf).sort((a, b) => a - b);
  }
}

class Kit {
  readonly bed: LogBed;
  readonly log: Log;
  readonly patience_ms: number;

  constructor(bed: LogBed, log: Log, patience_ms: number) {
    this.bed = bed;
    this.log = log;
    this.patience_ms = patience_ms;
  }

  /** A name that no other check has: adapters may share a server. */
  name(what: string): string {
    return `${what}-${process.pid}-${++made}`;
  }

  async topic(partitions: number, retention_ms = 86_400_000): Promise<string> {
    const topic = this.name("topic");
    await this.log.createTopics([{ topic, partitions, retention_ms }]);
    return topic;
  }

  /** Consumes into a `Reader`. What `onBatch` does comes after the batch was noted. */
  async reader(topic: string, options: Partial<ConsumeOptions> = {}, log: Log = this.log): Promise<Reader> {
    const reader = new Reader();
    reader.consumer = await log.consume({
      topics: [topic],
      group: this.name("group"),
      ...options,
      onBatch: async (batch, consumer) => {
        if (batch.records.length > limits.batch_records_max) throw new Error("a batch has too many records");
        reader.batches.push(batch);
        await options.onBatch?.(batch, consumer);
      },
    });
    return reader;
  }

  /** Waits until something holds. @throws {Error} that names it, when patience is over. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    patience_ms = this.patience_ms,
  ): Promise<void> {
    const end_ms = performance.now() + patience_ms;
    while (!(await holds())) {
      if (performance.now() > end_ms)
        throw new Error(`It did not come true within ${patience_ms} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Gives what must not happen the time to happen: only for proving that something does not. */
  async quiet(ms = 150): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** Runs one check on a bed of its own. */
export async function runCheck(
  check: Check,
  openBed: () => Promise<LogBed>,
  patience_ms: number,
): Promise<void> {
  const bed = await openBed();
  try {
    await check.run(new Kit(bed, await bed.open(), patience_ms));
  } finally {
    await bed.close();
  }
}
