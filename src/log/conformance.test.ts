/** The suite is worth what it finds: planted faults, each of which makes the check that is meant for it fail. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { freshDatabase } from "../../test/postgres.ts";
import { openSql } from "../postgres.ts";
import { encodeBatch, packBatch } from "./batch-codec.ts";
import { runCheck, type LogBed } from "./conformance-kit.ts";
import { logChecks } from "./conformance.ts";
import type { ConsumeOptions, Log } from "./log.ts";
import { memoryBed } from "./memory-bed.fixture.ts";
import { postgresBeds } from "./postgres-bed.fixture.ts";

setDefaultTimeout(30_000);
const postgresBed = postgresBeds(freshDatabase);
const PATIENCE_MS = 700;

/** A bed whose logs are changed in one respect. */
const faulty = async (change: (log: Log) => Partial<Log>): Promise<LogBed> => {
  const bed = await memoryBed();
  return {
    ...bed,
    async open() {
      const log = await bed.open();
      const whole: Log = {
        createTopics: (topics) => log.createTopics(topics),
        append: (topic, records) => log.append(topic, records),
        consume: (options) => log.consume(options),
        ends: (topics) => log.ends(topics),
        read: (...where) => log.read(...where),
        epoch: () => log.epoch(),
        retain: (now_ms) => log.retain(now_ms),
        close: () => log.close(),
      };
      return { ...whole, ...change(log) };
    },
  };
};

const consuming =
  (change: (options: ConsumeOptions) => Partial<ConsumeOptions>) =>
  (log: Log): Partial<Log> => ({ consume: (options) => log.consume({ ...options, ...change(options) }) });

/** The counter moves by itself, not with the rows: what a sequence does. */
async function bedWithSequence(): Promise<LogBed> {
  const bed = await postgresBed();
  return {
    ...bed,
    async holdAppend(topic, records) {
      const sql = openSql(bed.url, { max: 2, application_name: "test" });
      const [taken] = await sql<{ partition_id: number; base_offset: number }[]>`
        update log_partitions set next_offset = next_offset + ${records.length} where topic = ${topic} and partition = 0
        returning partition_id, next_offset - ${records.length} as base_offset`;
      const { partition_id, base_offset } = taken!;
      return async () => {
        await sql`insert into log_batches (partition_id, base_offset, next_offset, appended_at_ms, bytes, records)
          values (${partition_id}, ${base_offset}, ${base_offset + records.length}, ${Date.now()}, 0,
            ${Buffer.from(packBatch(encodeBatch(records)))})`;
        await sql.end();
      };
    },
  };
}

const faults: readonly { fault: string; check: string; openBed: () => Promise<LogBed> }[] = [
  {
    fault: "offsets by sequence",
    check: "an append that is held back is not skipped by readers",
    openBed: bedWithSequence,
  },
  {
    fault: "commit on delivery",
    check: "what was not committed is delivered again",
    openBed: () =>
      faulty(
        consuming((options) => ({
          async onBatch(batch, consumer) {
            await consumer.commit(batch.topic, batch.partition, batch.next_offset);
            await options.onBatch(batch, consumer);
          },
        })),
      ),
  },
  {
    fault: "commits are forgotten",
    check: "a group goes on after its last commit",
    openBed: () =>
      faulty(
        consuming((options) => ({
          onBatch: (batch, consumer) =>
            options.onBatch(batch, { ...consumer, commit: () => Promise.resolve() }),
        })),
      ),
  },
  {
    fault: "no fencing",
    check: "the commit of one that lost the partition is refused, and does not count",
    openBed: () =>
      faulty(
        consuming((options) => ({
          onBatch: (batch, consumer) =>
            options.onBatch(batch, {
              ...consumer,
              commit: (...place) => consumer.commit(...place).catch(() => {}),
            }),
        })),
      ),
  },
  {
    fault: "members do not share",
    check: "two members share the partitions without overlap",
    openBed: () => faulty(consuming(() => ({ ephemeral: true }))),
  },
  {
    fault: "all groups are one",
    check: "two groups each get everything",
    openBed: () => faulty(consuming(() => ({ group: "the only one" }))),
  },
  {
    fault: "position is not waited for",
    check: "a position that is slow to come is waited for: nothing below it is delivered",
    openBed: () =>
      faulty(
        consuming((options) => ({
          position: (topic, partition) =>
            Promise.race([
              options.position?.(topic, partition) ?? null,
              new Promise<null>((r) => setTimeout(r, 50, null)),
            ]),
        })),
      ),
  },
  {
    fault: "latest is earliest",
    check: "without a position, a consumer begins at the earliest, the latest, or some time ago",
    openBed: () => faulty(consuming(() => ({ from: "earliest" }))),
  },
  {
    fault: "seek does nothing",
    check: "seek goes back and forth, from within a batch and from without",
    openBed: () =>
      faulty(
        consuming((options) => ({
          onBatch: (batch, consumer) => options.onBatch(batch, { ...consumer, seek: () => {} }),
        })),
      ),
  },
  {
    fault: "a throw is swallowed",
    check: "a throw ends the consumer with that error, and the batch comes to the next",
    openBed: () =>
      faulty(consuming((options) => ({ onBatch: (...args) => options.onBatch(...args).catch(() => {}) }))),
  },
  {
    fault: "headers and tombstones are lost",
    check: "values, keys and headers come out as they went in",
    openBed: () =>
      faulty((log) => ({
        append: (topic, records) =>
          log.append(
            topic,
            records.map(({ key, value }) => ({ key, value: value ?? new Uint8Array() })),
          ),
      })),
  },
  {
    fault: "records of an append are turned round",
    check: "all that is appended is read, in order within a key, one partition per key, without gaps",
    openBed: () =>
      faulty((log) => ({
        append: (topic, records) => log.append(topic, [...records].reverse()),
      })),
  },
  {
    fault: "a large append is cut without a word",
    check: "a record of 1 MiB passes; one byte more, or too many records, is a RangeError and writes nothing",
    openBed: () => faulty((log) => ({ append: (topic, records) => log.append(topic, records.slice(0, 3)) })),
  },
  {
    fault: "retention does nothing",
    check: "retention drops what is old, and start_offset says so",
    openBed: () => faulty(() => ({ retain: () => Promise.resolve() })),
  },
  {
    fault: "the epoch is a constant",
    check: "the epoch stays, and is another after the log was made anew",
    openBed: () => faulty(() => ({ epoch: () => Promise.resolve("arterial") })),
  },
];

for (const { fault, check, openBed } of faults) {
  test(`a planted fault is found: ${fault}`, async () => {
    const found = logChecks.find((c) => c.name === check);
    expect(found).toBeDefined();
    const verdict = (open: () => Promise<LogBed>): Promise<string> =>
      runCheck(found!, open, PATIENCE_MS).then(
        () => "passed",
        () => "failed",
      );
    // As patiently with an adapter that is sound: it is the fault that fails, not the clock.
    expect(await verdict(found!.needs === "holdsAppends" ? postgresBed : memoryBed)).toBe("passed");
    expect(await verdict(openBed)).toBe("failed");
  });
}
