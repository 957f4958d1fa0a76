/** Kafka under faults: brokers that die, hang and come back, groups that move, topics that change under the feet. */
import { afterAll, beforeAll, describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Kafka, logLevel, type Admin } from "kafkajs";
import { kafkaMissing, startKafka, type KafkaServer } from "../../../test/kafka.ts";
import { FencedError, LogUnavailableError } from "../../core/errors.ts";
import { systemClock } from "../../core/time.ts";
import { numbered, numberOf, range } from "../conformance-kit.ts";
import { startMember } from "./bed.fixture.ts";
import { openKafkaLog, type KafkaLogOptions } from "./log.ts";
import type { Consumer, ConsumeOptions, Log, LogBatch } from "../log.ts";

setDefaultTimeout(90_000);

const missing = kafkaMissing();
let server: KafkaServer;
let made = 0;
const opened: Log[] = [];

const open = (options: Partial<KafkaLogOptions> = {}): Log => {
  const log = openKafkaLog({ brokers: [server.brokers], clock: systemClock, ...options });
  opened.push(log);
  return log;
};
const name = (what: string): string => `${what}-${process.pid}-${++made}`;

async function newTopic(log: Log, partitions: number): Promise<string> {
  const topic = name("topic");
  await log.createTopics([{ topic, partitions, retention_ms: 86_400_000 }]);
  return topic;
}

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patience_ms = 30_000,
): Promise<number> {
  const began_ms = performance.now();
  while (!(await holds())) {
    if (performance.now() - began_ms > patience_ms)
      throw new Error(`It did not come true within ${patience_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - began_ms;
}

async function adminOf(): Promise<Admin> {
  const admin = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return admin;
}

interface Reading {
  consumer: Consumer;
  batches: LogBatch[];
  numbers: () => number[];
}

/** Commits every batch; a commit that comes too late ends nothing. */
async function reading(log: Log, topic: string, options: Partial<ConsumeOptions> = {}): Promise<Reading> {
  const batches: LogBatch[] = [];
  const consumer = await log.consume({
    topics: [topic],
    group: name("group"),
    ...options,
    onBatch: async (batch, mine) => {
      batches.push(batch);
      await options.onBatch?.(batch, mine);
      await mine.commit(batch.topic, batch.partition, batch.next_offset).catch((error: unknown) => {
        if (!(error instanceof FencedError || error instanceof LogUnavailableError)) throw error;
      });
    },
  });
  return { consumer, batches, numbers: () => batches.flatMap((batch) => batch.records.map(numberOf)) };
}

/** Appends one number after another until told to stop; what was refused is appended again. */
function producing(log: Log, topic: string): { stop: () => Promise<number>; refused: () => number } {
  let [stopped, refused, next] = [false, 0, 0];
  const running = (async () => {
    while (!stopped) {
      try {
        await log.append(topic, numbered(next, 10));
        next += 10;
      } catch (error) {
        expect(error).toBeInstanceOf(LogUnavailableError);
        refused++;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return next;
  })();
  return {
    stop: () => {
      stopped = true;
      return running;
    },
    refused: () => refused,
  };
}

describe.skipIf(missing !== null)(`log: Kafka under faults${missing === null ? "" : `. ${missing}`}`, () => {
  beforeAll(async () => {
    server = await startKafka();
  });
  afterAll(async () => {
    await Promise.all(opened.map((log) => log.close()));
    await server.close();
  });

  test("a broker that has just come up: topics are made, written and read without a word in the log", async () => {
    const warnings: string[] = [];
    const log = open({ onWarning: (sentence) => warnings.push(sentence) });
    const topics = range(0, 5).map(() => ({ topic: name("topic"), partitions: 3, retention_ms: 86_400_000 }));
    await log.createTopics(topics);
    for (const { topic } of topics) await log.append(topic, numbered(0, 10));
    const reader = await reading(log, topics[0]!.topic);
    await until("it is read", () => reader.numbers().length === 10);
    expect(warnings).toEqual([]);
  });

  test("a member that is killed without a word and started again at once: its group reads on within 6 s", async () => {
    const log = open();
    const [topic, group] = [await newTopic(log, 2), name("group")];
    await log.append(topic, numbered(0, 100));
    const doomed = await startMember(server.brokers, topic, group);
    const heir = await reading(log, topic, { group });
    await until("they share", () => heir.consumer.assignment().length === 1);
    await doomed.kill();
    const began_ms = performance.now();
    await log.append(topic, numbered(100, 100));
    // As its supervisor would; that a member joins lets the group see who is missing before a session ends.
    const again = await reading(open(), topic, { group });
    const seen = (): number[] => [...heir.numbers(), ...again.numbers()];
    await until("all is read", () => range(100, 200).every((n) => seen().includes(n)));
    const stall_ms = performance.now() - began_ms;
    process.stderr.write(`stall after kill -9: ${(stall_ms / 1_000).toFixed(1)} s\n`);
    expect(stall_ms).toBeLessThan(6_000);
  });

  test("a member that was stopped past its session is fenced when it wakes", async () => {
    const log = open();
    const [topic, group] = [await newTopic(log, 1), name("group")];
    await log.append(topic, numbered(0, 10));
    const zombie = spawn(
      process.execPath,
      [fileURLToPath(import.meta.resolve("./zombie.fixture.ts")), server.brokers, topic, group],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    let said = "";
    zombie.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("it has a batch", () => said.includes("has"));
    zombie.kill("SIGSTOP");
    const heir = await reading(log, topic, { group });
    await until("the heir has read", () => heir.numbers().length >= 10);
    zombie.kill("SIGCONT");
    zombie.stdin.write("commit\n");
    await until("it has tried to commit", () => said.includes("commit: "));
    zombie.kill("SIGKILL");
    expect(said).toContain("commit: FencedError");
    expect(heir.consumer.assignment()).toHaveLength(1);
  });

  test("a batch that never ends does not hold its partitions for ever", async () => {
    const log = open({ stuck_ms: 500 });
    const [topic, group] = [await newTopic(log, 1), name("group")];
    await log.append(topic, numbered(0, 10));
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    let verdict: unknown = null;
    let began = false;
    await log.consume({
      topics: [topic],
      group,
      onBatch: async (batch, consumer) => {
        began = true;
        await gate;
        verdict ??= await consumer.commit(topic, 0, batch.next_offset).catch((error: unknown) => error);
      },
    });
    await until("it has its batch", () => began);
    const heir = await reading(open(), topic, { group });
    await until("the other reads", () => heir.numbers().length >= 10);
    release();
    await until("its commit was answered", () => verdict !== null);
    expect(verdict).toBeInstanceOf(FencedError);
  });

  test("a slow batch keeps its partition: the member says that it is alive beside the work", async () => {
    const log = open();
    const [topic, group] = [await newTopic(log, 2), name("group")];
    await log.append(
      topic,
      numbered(0, 2, () => "a"),
    );
    let verdict: unknown = null;
    const slow = await log.consume({
      topics: [topic],
      group,
      onBatch: async (batch, consumer) => {
        await new Promise((resolve) => setTimeout(resolve, 7_000));
        verdict = await consumer.commit(topic, batch.partition, batch.next_offset).then(
          () => "accepted",
          (error: unknown) => error,
        );
      },
    });
    await until("the batch is done", () => verdict !== null);
    expect(verdict).toBe("accepted");
    expect(slow.assignment()).toHaveLength(2);
  });

  test("case 11: members come and go; progress goes on, nothing is missing, and a move repeats one batch at most", async () => {
    const log = open();
    const [topic, group] = [await newTopic(log, 4), name("group")];
    const load = producing(log, topic);
    const steady = await reading(log, topic, { group });
    const guests: Reading[] = [];
    for (let n = 0; n < 4; n++) {
      const guest = await reading(open(), topic, { group });
      guests.push(guest);
      await until("the guest has its share", () => guest.consumer.assignment().length === 2);
      const before = steady.batches.length;
      await until("progress goes on", () => steady.batches.length > before + 3);
      await guest.consumer.close();
    }
    const total = await load.stop();
    const all = [steady, ...guests];
    const seen = (): number[] => all.flatMap((one) => one.numbers());
    await until("all was read", () => new Set(seen()).size === total);
    // Eight moves of two partitions each, batches of ten or a few of them.
    expect(seen().length - total).toBeLessThan(8 * 2 * 50);
  });

  test("case 9: the broker is away for some seconds; appends are refused, then work; the consumer returns; nothing is lost", async () => {
    const log = open();
    const topic = await newTopic(log, 3);
    const reader = await reading(log, topic);
    const load = producing(log, topic);
    await until("it runs", () => reader.batches.length > 5);
    await server.kill();
    const before = reader.numbers().length;
    await server.start();
    const back_ms = await until("the consumer has returned", () => reader.numbers().length > before + 100);
    const total = await load.stop();
    await until("all was read", () => new Set(reader.numbers()).size === total);
    process.stderr.write(
      `back after a restart of the broker: ${(back_ms / 1_000).toFixed(1)} s; refused ${load.refused()}\n`,
    );
  });

  test("case 10: a hung broker is noticed within 10 s; afterwards all goes on by itself", async () => {
    const log = open();
    const topic = await newTopic(log, 2);
    const reader = await reading(log, topic);
    await log.append(topic, numbered(0, 10));
    await until("it runs", () => reader.numbers().length >= 10);
    server.pause();
    const began_ms = performance.now();
    const refusals = await Promise.all(
      [log.append(topic, numbered(10, 10)), log.ends([topic]), log.read(topic, 0, 0, 1)].map((asked) =>
        Promise.resolve(asked).then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );
    const took_ms = performance.now() - began_ms;
    server.resume();
    for (const refusal of refusals) expect(refusal).toBeInstanceOf(LogUnavailableError);
    expect(took_ms).toBeLessThan(10_000);
    await until("an append works again", () =>
      log.append(topic, numbered(20, 10)).then(
        () => true,
        () => false,
      ),
    );
    await until("and is read", () => range(20, 30).every((n) => reader.numbers().includes(n)));
    process.stderr.write(`a hung broker was noticed after ${(took_ms / 1_000).toFixed(1)} s\n`);
  });

  test("case 15: a topic that was deleted and made anew is loud, for a consumer that runs and for one that comes back", async () => {
    const log = open();
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(0, 50));
    const runs = await reading(log, topic);
    await until("it has read", () => runs.numbers().length === 50);
    const admin = await adminOf();
    await admin.deleteTopics({ topics: [topic] });
    const ended = await runs.consumer.done.catch((error: unknown) => error);
    expect(String(ended)).toMatch(/deleted|made anew/);
    await until("it is made anew", () =>
      log.createTopics([{ topic, partitions: 1, retention_ms: 86_400_000 }]).then(
        () => true,
        () => false,
      ),
    );
    await until("and takes records", () =>
      log.append(topic, numbered(0, 5)).then(
        () => true,
        () => false,
      ),
    );
    const placed = await reading(open(), topic, { position: () => Promise.resolve(50) });
    const refused = await placed.consumer.done.catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RangeError);
    expect(String(refused)).toContain(`${topic}-0 from 50`);
    await admin.disconnect();
  });

  test("case 16: partitions that are added while it runs are read, by a group and by a reader of its own", async () => {
    const log = open();
    const topic = await newTopic(log, 3);
    const group = await reading(log, topic);
    const alone = await reading(log, topic, { ephemeral: true, from: "latest" });
    await until("both have three", () =>
      [group, alone].every((one) => one.consumer.assignment().length === 3),
    );
    await log.createTopics([{ topic, partitions: 6, retention_ms: 86_400_000 }]);
    await log.append(
      topic,
      numbered(0, 200, (n) => `key-${n}`),
    );
    const took_ms = await until("all came", () =>
      [group, alone].every((one) => new Set(one.numbers()).size === 200),
    );
    expect(group.consumer.assignment()).toHaveLength(6);
    expect(new Set(group.batches.map((batch) => batch.partition)).size).toBe(6);
    expect(took_ms).toBeLessThan(10_000);
  });

  test("some time ago leaves out what is older", async () => {
    let ahead_ms = 0;
    const clock = { now: () => systemClock.now() + ahead_ms, monotonic: () => systemClock.monotonic() };
    const log = open({ clock });
    const topic = name("topic");
    // A topic that others have made keeps the producer's times.
    const admin = await adminOf();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await admin.disconnect();
    await log.append(topic, numbered(0, 10));
    ahead_ms = 120_000;
    await log.append(topic, numbered(10, 10));
    const reader = await reading(log, topic, { from: { ago_ms: 60_000 } });
    await until("the newer came", () => reader.numbers().length >= 10);
    expect(reader.numbers()).toEqual(range(10, 20));
  });

  test("what retention takes is a gap that can be seen, for a consumer, one that is behind, and a look", async () => {
    const log = open();
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(0, 20));
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const behind = await reading(log, topic, { onBatch: () => gate });
    await until("it has a batch", () => behind.batches.length === 1);
    onTestFinished(() => release());
    const admin = await adminOf();
    await log.append(topic, numbered(20, 10));
    // The client may not know of so new a topic yet.
    await until("the records are taken", () =>
      admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "25" }] }).then(
        () => true,
        () => admin.fetchTopicMetadata({ topics: [topic] }).then(() => false),
      ),
    );
    await admin.disconnect();
    expect(await log.ends([topic])).toEqual([{ topic, partition: 0, start_offset: 25, end_offset: 30 }]);
    expect((await log.read(topic, 0, 0, 2)).map(numberOf)).toEqual([25, 26]);
    const fresh = await reading(log, topic, { position: () => Promise.resolve(10) });
    await until("it reads on", () => fresh.numbers().includes(29));
    expect(fresh.batches[0]).toMatchObject({ first_offset: 25, end_offset: 30 });
    release();
    await until("so does the other", () => behind.numbers().includes(29));
  });

  test("a commit that comes while the group begins to share anew still counts, and nothing is repeated", async () => {
    const log = open();
    const [topic, group] = [await newTopic(log, 2), name("group")];
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const old = await reading(log, topic, { group, onBatch: () => gate });
    await log.append(topic, numbered(0, 40));
    await until("it has both", () => old.batches.length === 2 && old.numbers().length === 40);
    onTestFinished(() => release());
    const joining = await reading(open(), topic, { group });
    // The group asks the old member to join anew with its next beat, after 0.3 s; it waits 1 s for its batches.
    setTimeout(release, 400);
    await until("they share", () => joining.consumer.assignment().length === 1);
    await log.append(
      topic,
      numbered(40, 40, (n) => `key-${n}`),
    );
    const seen = (): number[] => [...old.numbers(), ...joining.numbers()].sort((a, b) => a - b);
    await until("all came", () => new Set(seen()).size === 80);
    expect(seen()).toEqual(range(0, 80));
  });
});
