/** Checks of consumer groups: sharing, moving, fencing. */
import { expect } from "bun:test";
import { FencedError } from "../core/errors.ts";
import { numbered, range, type Check, type Reader } from "./conformance-kit.ts";

const ascending = (a: number, b: number): number => a - b;
const held = (reader: Reader): number[] =>
  reader.consumer
    .assignment()
    .map((at) => at.partition)
    .sort(ascending);

export const groupChecks: readonly Check[] = [
  {
    name: "two groups each get everything",
    async run(kit) {
      const topic = await kit.topic(3);
      const [a, b] = await Promise.all([kit.reader(topic), kit.reader(topic)]);
      for (let n = 0; n < 100; n += 20) await kit.log.append(topic, numbered(n, 20));
      await kit.until("both got all", () => a.records.length >= 100 && b.records.length >= 100);
      expect(a.numbers).toEqual(range(0, 100));
      expect(b.numbers).toEqual(range(0, 100));
    },
  },
  {
    name: "two members share the partitions without overlap",
    async run(kit) {
      const topic = await kit.topic(4);
      const group = kit.name("group");
      const options = {
        group,
        onBatch: (
          batch: { topic: string; partition: number; next_offset: number },
          consumer: Reader["consumer"],
        ) => consumer.commit(batch.topic, batch.partition, batch.next_offset),
      };
      const a = await kit.reader(topic, options);
      const b = await kit.reader(topic, options, await kit.bed.open());
      await kit.until("each holds two", () => held(a).length === 2 && held(b).length === 2);
      expect([...held(a), ...held(b)].sort(ascending)).toEqual([0, 1, 2, 3]);
      await kit.log.append(
        topic,
        numbered(0, 200, (n) => `key-${n}`),
      );
      await kit.until("all records came", () => a.records.length + b.records.length >= 200);
      await kit.quiet();
      expect([...a.numbers, ...b.numbers].sort(ascending)).toEqual(range(0, 200));
      for (const reader of [a, b]) {
        expect(new Set(reader.batches.map((batch) => batch.partition))).toEqual(new Set(held(reader)));
      }
    },
  },
  {
    name: "a member that closes gives its partitions back at once",
    async run(kit) {
      const topic = await kit.topic(4);
      const group = kit.name("group");
      const a = await kit.reader(topic, { group });
      const b = await kit.reader(topic, { group }, await kit.bed.open());
      await kit.until("each holds two", () => held(a).length === 2 && held(b).length === 2);
      await a.consumer.close();
      await kit.until("the other holds all", () => held(b).length === 4, Math.min(1_000, kit.patience_ms));
    },
  },
  {
    name: "the partitions of a member that dies move, and go on after its last commit",
    needs: "killsMembers",
    async run(kit) {
      const topic = await kit.topic(2);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 50));
      const doomed = await kit.bed.doomedMember!(topic, group);
      const heir = await kit.reader(topic, { group });
      await doomed.kill();
      await kit.until("the heir holds all", () => held(heir).length === 2);
      await kit.log.append(topic, numbered(50, 50));
      const ends = await kit.log.ends([topic]);
      await kit.until("it read both partitions to the end", () =>
        ends.every((end) =>
          heir.batches.some((b) => b.partition === end.partition && b.next_offset === end.end_offset),
        ),
      );
      expect(ends.reduce((sum, end) => sum + end.end_offset, 0)).toBe(100);
      // From wherever the dead one had committed, without a gap.
      for (const { partition, end_offset } of ends) {
        const own = heir.batches
          .filter((batch) => batch.partition === partition)
          .flatMap((batch) => batch.records);
        const first = own[0]!.offset;
        expect(own.map((record) => record.offset)).toEqual(range(first, end_offset));
      }
    },
  },
  {
    name: "the commit of one that lost the partition is refused, and does not count",
    async run(kit) {
      const topic = await kit.topic(2);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 40));
      const ends = await kit.log.ends([topic]);
      const verdicts = new Map<number, unknown>();
      const { promise: gate, resolve: go } = Promise.withResolvers<void>();
      const slow = await kit.reader(topic, {
        group,
        onBatch: async ({ partition }, consumer) => {
          await gate;
          const verdict = await consumer.commit(topic, partition, 3).then(
            () => "accepted",
            (error: unknown) => error,
          );
          if (!verdicts.has(partition)) verdicts.set(partition, verdict);
        },
      });
      try {
        await kit.until("the slow one has a batch of each", () => slow.batches.length === 2);
        const other = await kit.reader(
          topic,
          { group, onBatch: (batch, consumer) => consumer.commit(topic, batch.partition, batch.next_offset) },
          await kit.bed.open(),
        );
        await kit.until("the other took one", () => other.batches.length > 0);
        const moved = other.batches[0]!.partition;
        await kit.until("and read it", () => other.batches.at(-1)!.next_offset === ends[moved]!.end_offset);
        go();
        await kit.until("both verdicts are there", () => verdicts.size === 2);
        expect(verdicts.get(moved)).toBeInstanceOf(FencedError);
        expect(verdicts.get(1 - moved)).toBe("accepted");
        await slow.consumer.close();
        await other.consumer.close();
        const after = await kit.reader(topic, { group });
        await kit.log.append(topic, numbered(40, 40));
        const later = await kit.log.ends([topic]);
        await kit.until("the rest came", () =>
          later.every((end) =>
            after.batches.some((b) => b.partition === end.partition && b.next_offset === end.end_offset),
          ),
        );
        expect(after.batches.find((batch) => batch.partition === moved)!.first_offset).toBe(
          ends[moved]!.end_offset,
        );
      } finally {
        go();
      }
    },
  },
  {
    name: "an ephemeral group has every partition to itself and is forgotten on close",
    async run(kit) {
      const topic = await kit.topic(3);
      const options = {
        group: kit.name("group"),
        ephemeral: true,
        onBatch: (
          batch: { topic: string; partition: number; next_offset: number },
          consumer: Reader["consumer"],
        ) => consumer.commit(batch.topic, batch.partition, batch.next_offset),
      };
      await kit.log.append(topic, numbered(0, 60));
      const a = await kit.reader(topic, options);
      const b = await kit.reader(topic, { ...options, group: kit.name("group") }, await kit.bed.open());
      await kit.until("each got all", () => a.records.length >= 60 && b.records.length >= 60);
      expect(held(a)).toEqual([0, 1, 2]);
      await a.consumer.close();
      const again = await kit.reader(topic, options);
      await kit.until("it begins anew", () => again.records.length >= 60);
      expect(again.numbers).toEqual(range(0, 60));
    },
  },
];
