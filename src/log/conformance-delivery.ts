/** Checks of where a consumer begins, goes on, and ends. */
import { expect } from "bun:test";
import { LogUnavailableError } from "../core/errors.ts";
import { numbered, numberOf, range, type Check } from "./conformance-kit.ts";

export const deliveryChecks: readonly Check[] = [
  {
    name: "what was not committed is delivered again",
    async run(kit) {
      const topic = await kit.topic(2);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 100));
      for (let round = 0; round < 2; round++) {
        const reader = await kit.reader(topic, { group });
        await kit.until("all records came", () => reader.records.length >= 100);
        expect(reader.numbers).toEqual(range(0, 100));
        await reader.consumer.close();
      }
    },
  },
  {
    name: "a group goes on after its last commit",
    async run(kit) {
      const topic = await kit.topic(1);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 100));
      const first = await kit.reader(topic, {
        group,
        onBatch: (_, consumer) => consumer.commit(topic, 0, 37),
      });
      await kit.until("all records came", () => first.records.length >= 100);
      await first.consumer.close();
      const second = await kit.reader(topic, { group });
      await kit.until("the rest came", () => second.records.length >= 63);
      expect(second.numbers).toEqual(range(37, 100));
    },
  },
  {
    name: "new records come to a consumer that waits, from this log and from another",
    async run(kit) {
      const topic = await kit.topic(2);
      const other = await kit.bed.open();
      const reader = await kit.reader(topic);
      await kit.log.append(topic, numbered(0, 10));
      await kit.until("those of this log came", () => reader.records.length >= 10);
      await other.append(topic, numbered(10, 10));
      await kit.until("those of the other log came", () => reader.records.length >= 20);
      expect(reader.numbers).toEqual(range(0, 20));
    },
  },
  {
    name: "one batch of a partition at a time; the next is asked for when it is done",
    async run(kit) {
      const topic = await kit.topic(2);
      const running = new Map<number, number>();
      let most = 0;
      const reader = await kit.reader(topic, {
        onBatch: async (batch) => {
          running.set(batch.partition, (running.get(batch.partition) ?? 0) + 1);
          most = Math.max(most, running.get(batch.partition)!);
          await kit.quiet(5);
          running.set(batch.partition, running.get(batch.partition)! - 1);
        },
      });
      for (let n = 0; n < 20; n++) await kit.log.append(topic, numbered(n * 10, 10));
      await kit.until("all records came", () => reader.records.length >= 200);
      expect(most).toBe(1);
      expect(reader.numbers).toEqual(range(0, 200));
    },
  },
  {
    name: "without a position, a consumer begins at the earliest, the latest, or some time ago",
    async run(kit) {
      const topic = await kit.topic(1);
      await kit.log.append(topic, numbered(0, 50));
      const [earliest, latest, ago] = await Promise.all([
        kit.reader(topic, { from: "earliest" }),
        kit.reader(topic, { from: "latest" }),
        kit.reader(topic, { from: { ago_ms: 60_000 } }),
      ]);
      // Appended until it is seen: when "latest" is, an adapter may decide as late as its first fetch.
      let next = 50;
      await kit.until("the latest came", async () => {
        await kit.log.append(topic, numbered(next++, 1));
        return latest.records.length > 0;
      });
      await kit.until("all came", () => earliest.records.length >= next && ago.records.length >= next);
      expect(earliest.numbers.slice(0, next)).toEqual(range(0, next));
      expect(ago.numbers.slice(0, next)).toEqual(range(0, next));
      expect(Math.min(...latest.numbers)).toBeGreaterThanOrEqual(50);
    },
  },
  {
    name: "some time ago leaves out what is older",
    needs: "retains",
    async run(kit) {
      const topic = await kit.topic(1);
      await kit.log.append(topic, numbered(0, 10));
      kit.bed.advance!(120_000);
      await kit.log.append(topic, numbered(10, 10));
      const reader = await kit.reader(topic, { from: { ago_ms: 60_000 } });
      await kit.until("the newer came", () => reader.records.length >= 10);
      expect(reader.numbers).toEqual(range(10, 20));
    },
  },
  {
    name: "a position that is slow to come is waited for: nothing below it is delivered",
    async run(kit) {
      const topic = await kit.topic(2);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 400));
      const ends = await kit.log.ends([topic]);
      const asked: number[] = [];
      const position = async (_: string, partition: number): Promise<number | null> => {
        asked.push(partition);
        await kit.quiet(300);
        return ends[partition]!.end_offset - 5;
      };
      const reader = await kit.reader(topic, { group, position });
      await kit.until("the last of each partition came", () => reader.records.length >= 10);
      await kit.quiet();
      expect(asked.sort((a, b) => a - b)).toEqual([0, 1]);
      for (const batch of reader.batches) {
        expect(batch.first_offset).toBeGreaterThanOrEqual(ends[batch.partition]!.end_offset - 5);
      }
      expect(reader.records.length).toBe(10);
    },
  },
  {
    name: "a position goes before a commit, and null leaves it to the commit",
    async run(kit) {
      const topic = await kit.topic(1);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 30));
      const first = await kit.reader(topic, {
        group,
        onBatch: (_, consumer) => consumer.commit(topic, 0, 20),
      });
      await kit.until("all records came", () => first.records.length >= 30);
      await first.consumer.close();
      const placed = await kit.reader(topic, { group, position: () => Promise.resolve(10) });
      await kit.until("from the position on", () => placed.records.length >= 20);
      await placed.consumer.close();
      expect(placed.numbers).toEqual(range(10, 30));
      const left = await kit.reader(topic, { group, position: () => Promise.resolve(null) });
      await kit.until("from the commit on", () => left.records.length >= 10);
      expect(left.numbers).toEqual(range(20, 30));
    },
  },
  {
    name: "seek goes back and forth, from within a batch and from without",
    async run(kit) {
      const topic = await kit.topic(1);
      await kit.log.append(topic, numbered(0, 100));
      let sought = false;
      const reader = await kit.reader(topic, {
        onBatch: async (batch, consumer) => {
          if (sought) return;
          sought = true;
          consumer.seek(batch.topic, batch.partition, 90);
        },
      });
      await kit.until("the sought came", () => reader.batches.length >= 2);
      expect(reader.batches[1]!.first_offset).toBe(90);
      await kit.until("the end came", () => reader.records.some((r) => numberOf(r) === 99));
      const before = reader.batches.length;
      reader.consumer.seek(topic, 0, 40);
      await kit.until("it went back", () => reader.batches.length > before);
      expect(reader.batches[before]!.first_offset).toBe(40);
    },
  },
  {
    name: "a throw ends the consumer with that error, and the batch comes to the next",
    async run(kit) {
      const topic = await kit.topic(1);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 10));
      const broken = new Error("it broke");
      const reader = await kit.reader(topic, { group, onBatch: () => Promise.reject(broken) });
      let ended: unknown = null;
      void reader.consumer.done.catch((error: unknown) => (ended = error));
      await kit.until("the consumer ended", () => ended !== null);
      expect(ended).toBe(broken);
      const next = await kit.reader(topic, { group });
      await kit.until("it came again", () => next.records.length >= 10);
      expect(next.numbers).toEqual(range(0, 10));
    },
  },
  {
    name: "close waits for the batch in flight, is idempotent, and settles done",
    async run(kit) {
      const topic = await kit.topic(1);
      let finished = false;
      let started = false;
      const reader = await kit.reader(topic, {
        onBatch: async () => {
          started = true;
          await kit.quiet(100);
          finished = true;
        },
      });
      await kit.log.append(topic, numbered(0, 10));
      await kit.until("a batch is in flight", () => started);
      await Promise.all([reader.consumer.close(), reader.consumer.close()]);
      expect(finished).toBe(true);
      await reader.consumer.done;
      await reader.consumer.close();
      expect(reader.consumer.assignment()).toEqual([]);
    },
  },
  {
    name: "closing the log frees a reader that waits, within a second",
    async run(kit) {
      const topic = await kit.topic(2);
      const reader = await kit.reader(topic);
      const ephemeral = await kit.reader(topic, { ephemeral: true });
      const began_ms = performance.now();
      await Promise.all([kit.log.close(), kit.log.close()]);
      await Promise.all([reader.consumer.done, ephemeral.consumer.done]);
      expect(performance.now() - began_ms).toBeLessThan(1_000);
      await kit.log.close();
    },
  },
  {
    name: "a consumer goes on after the server was gone",
    needs: "restarts",
    async run(kit) {
      const topic = await kit.topic(2);
      const other = await kit.bed.open();
      const reader = await kit.reader(topic);
      await kit.log.append(topic, numbered(0, 10));
      await kit.until("the first came", () => reader.records.length >= 10);
      await kit.bed.restart!();
      await kit.until("an append succeeds again", () =>
        other.append(topic, numbered(10, 10)).then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(LogUnavailableError);
            return false;
          },
        ),
      );
      // Appended again after a lost answer it may be there twice, but all of it is there.
      await kit.until("what came after the restart came", () => new Set(reader.numbers).size === 20);
      expect([...new Set(reader.numbers)]).toEqual(range(0, 20));
    },
  },
];
