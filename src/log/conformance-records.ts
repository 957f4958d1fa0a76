/** Checks of what is written: values, keys, headers, sizes, offsets, ends, retention, epoch. */
import { expect } from "bun:test";
import { limits } from "../core/limits.ts";
import { bytesOf, numbered, numberOf, range, textOf, type Check } from "./conformance-kit.ts";
import type { NewRecord } from "./log.ts";

export const recordChecks: readonly Check[] = [
  {
    name: "all that is appended is read, in order within a key, one partition per key, without gaps",
    async run(kit) {
      const topic = await kit.topic(4);
      for (let n = 0; n < 1_000; n += 50)
        await kit.log.append(
          topic,
          numbered(n, 50, (i) => `key-${i % 17}`),
        );
      const reader = await kit.reader(topic);
      await kit.until("all records came", () => reader.records.length >= 1_000);
      expect(reader.numbers).toEqual(range(0, 1_000));
      const places = new Map<string, Set<number>>();
      const newest = new Map<string, number>();
      for (const batch of reader.batches) {
        for (const record of batch.records) {
          places.set(record.key!, (places.get(record.key!) ?? new Set()).add(batch.partition));
          expect(numberOf(record)).toBeGreaterThan(newest.get(record.key!) ?? -1);
          newest.set(record.key!, numberOf(record));
        }
      }
      expect([...places.values()].every((partitions) => partitions.size === 1)).toBe(true);
      for (const { partition, end_offset } of await kit.log.ends([topic])) {
        const own = reader.batches.filter((batch) => batch.partition === partition);
        expect(own.flatMap((batch) => batch.records.map((r) => r.offset))).toEqual(range(0, end_offset));
        let next = 0;
        for (const batch of own) {
          expect(batch.first_offset).toBe(next);
          next = batch.next_offset;
          expect(batch.end_offset).toBeGreaterThanOrEqual(next);
        }
        expect(next).toBe(end_offset);
      }
    },
  },
  {
    name: "an append answers the offsets that it reached; an empty one does nothing",
    async run(kit) {
      const topic = await kit.topic(4);
      expect((await kit.log.append(topic, [])).size).toBe(0);
      await kit.log.append(topic, numbered(0, 100));
      const reached = await kit.log.append(topic, numbered(100, 100));
      const ends = await kit.log.ends([topic]);
      expect(ends.map((end) => end.partition)).toEqual([0, 1, 2, 3]);
      for (const [partition, next_offset] of reached) expect(ends[partition]!.end_offset).toBe(next_offset);
      expect(ends.reduce((sum, end) => sum + end.end_offset, 0)).toBe(200);
      expect(ends.every((end) => end.start_offset === 0)).toBe(true);
    },
  },
  {
    name: "records without a key spread over the partitions",
    async run(kit) {
      const topic = await kit.topic(4);
      for (let n = 0; n < 40; n++)
        await kit.log.append(
          topic,
          numbered(n, 1, () => null),
        );
      const ends = await kit.log.ends([topic]);
      expect(ends.every((end) => end.end_offset > 0)).toBe(true);
      expect(ends.reduce((sum, end) => sum + end.end_offset, 0)).toBe(40);
    },
  },
  {
    name: "values, keys and headers come out as they went in",
    async run(kit) {
      const topic = await kit.topic(1);
      const every_byte = Uint8Array.from({ length: 256 }, (_, n) => n);
      const records: NewRecord[] = [
        { key: "k", value: null },
        { key: "", value: new Uint8Array() },
        { key: null, value: bytesOf("no key") },
        { key: "Straße der Œuvre 🚦 …", value: bytesOf('日本語\n🚑\r\n\0"\\') },
        { key: "binary", value: every_byte, headers: { source: "simulator", backfill: "1" } },
        { key: "headers", value: bytesOf("{}"), headers: { "name 🚦": "line\nbreak", empty: "" } },
        { key: "same headers", value: bytesOf("[1]"), headers: { source: "simulator", backfill: "1" } },
        { key: "__proto__", value: bytesOf("not JSON: {"), headers: {} },
      ];
      await kit.log.append(topic, records);
      const reader = await kit.reader(topic);
      await kit.until("all records came", () => reader.records.length >= records.length);
      for (const got of [reader.records, await kit.log.read(topic, 0, 0, 100)]) {
        const plain = got.map(({ key, value, headers }) => ({
          key,
          value: value && [...value],
          headers: { ...headers },
        }));
        expect(plain).toEqual(
          records.map(({ key, value, headers }) => ({
            key,
            value: value && [...value],
            headers: { ...headers },
          })),
        );
      }
    },
  },
  {
    name: "what the caller does with its bytes afterwards changes nothing",
    async run(kit) {
      const topic = await kit.topic(1);
      const value = bytesOf("before");
      await kit.log.append(topic, [{ key: "k", value }]);
      value.fill(0);
      const reader = await kit.reader(topic);
      await kit.until("the record came", () => reader.records.length === 1);
      expect(textOf(reader.records[0]!)).toBe("before");
    },
  },
  {
    name: "a record of 1 MiB passes; one byte more, or too many records, is a RangeError and writes nothing",
    async run(kit) {
      const topic = await kit.topic(1);
      const value = new Uint8Array(limits.record_bytes_max - 3).fill(120);
      await kit.log.append(topic, [{ key: "key", value }]);
      const too_large = { key: "key!", value };
      const refused = async (records: NewRecord[]): Promise<void> =>
        expect(await kit.log.append(topic, records).catch((error: unknown) => error)).toBeInstanceOf(
          RangeError,
        );
      await refused([...numbered(0, 3), too_large]);
      await refused(numbered(0, limits.append_records_max + 1));
      expect((await kit.log.ends([topic]))[0]!.end_offset).toBe(1);
      const [record] = await kit.log.read(topic, 0, 0, 1);
      expect(record!.value!.length).toBe(value.length);
    },
  },
  {
    name: "a batch holds no more than it may, however much is appended at once",
    async run(kit) {
      const topic = await kit.topic(1);
      const value = new Uint8Array(limits.record_bytes_max - 100);
      crypto.getRandomValues(value.subarray(0, 60_000));
      await kit.log.append(
        topic,
        Array.from({ length: 11 }, () => ({ key: "k", value })),
      );
      await kit.log.append(topic, numbered(0, limits.append_records_max));
      const reader = await kit.reader(topic);
      const all = 11 + limits.append_records_max;
      await kit.until("all records came", () => reader.records.length >= all);
      expect(reader.records.map((record) => record.offset)).toEqual(range(0, all));
      for (const batch of reader.batches) {
        const bytes = batch.records.reduce((sum, record) => sum + record.value!.length, 0);
        expect(bytes).toBeLessThanOrEqual(limits.batch_bytes_max);
      }
    },
  },
  {
    name: "read answers from any offset, no more than asked, and nothing at the end",
    async run(kit) {
      const topic = await kit.topic(1);
      for (let n = 0; n < 100; n += 20) await kit.log.append(topic, numbered(n, 20));
      expect((await kit.log.read(topic, 0, 0, 5)).map(numberOf)).toEqual([0, 1, 2, 3, 4]);
      const [one] = await kit.log.read(topic, 0, 57, 1);
      expect([numberOf(one!), one!.offset]).toEqual([57, 57]);
      expect((await kit.log.read(topic, 0, 99, 10)).map(numberOf)).toEqual([99]);
      expect(await kit.log.read(topic, 0, 100, 10)).toEqual([]);
      expect(one!.timestamp_ms).toBeGreaterThan(1_600_000_000_000);
    },
  },
  {
    name: "appends from several places at once leave no gap and lose nothing",
    async run(kit) {
      const topic = await kit.topic(3);
      const logs = [kit.log, await kit.bed.open(), await kit.bed.open()];
      const reader = await kit.reader(topic);
      await Promise.all(
        range(0, 60).map((n) =>
          logs[n % 3]!.append(
            topic,
            numbered(n * 50, 50, (i) => `key-${i % 11}`),
          ),
        ),
      );
      await kit.until("all records came", () => reader.records.length >= 3_000);
      expect(reader.numbers).toEqual(range(0, 3_000));
      for (const { partition, end_offset } of await kit.log.ends([topic])) {
        const own = reader.batches
          .filter((batch) => batch.partition === partition)
          .flatMap((batch) => batch.records);
        expect(own.map((record) => record.offset)).toEqual(range(0, end_offset));
      }
    },
  },
  {
    name: "an append that is held back is not skipped by readers",
    needs: "holdsAppends",
    async run(kit) {
      const topic = await kit.topic(1);
      await kit.log.append(topic, numbered(0, 10));
      const reader = await kit.reader(topic);
      await kit.until("the first came", () => reader.records.length >= 10);
      const release = await kit.bed.holdAppend!(topic, numbered(10, 10));
      const after = kit.log.append(topic, numbered(20, 10));
      // It waits for the one before. Where it does not, a reader sees it first, and passes what is held back.
      const overtook = await Promise.race([after.then(() => true), kit.quiet(1_500).then(() => false)]);
      if (overtook) await kit.until("it is read", () => reader.numbers.includes(29));
      await release();
      await after;
      await kit.until("those after it came", () => reader.numbers.includes(29));
      await kit.quiet();
      expect(reader.numbers).toEqual(range(0, 30));
      expect(reader.records.map((record) => record.offset)).toEqual(range(0, 30));
    },
  },
  {
    name: "topics may be created again, and at once from several places; partitions are only added",
    async run(kit) {
      const topic = kit.name("topic");
      const logs = [kit.log, await kit.bed.open(), await kit.bed.open()];
      const create = (partitions: number) => (log: typeof kit.log) =>
        log.createTopics([{ topic, partitions, retention_ms: 3_600_000 }]);
      await Promise.all(logs.map(create(3)));
      await kit.log.append(topic, numbered(0, 10));
      await create(1)(kit.log);
      expect((await kit.log.ends([topic])).length).toBe(3);
      await create(5)(kit.log);
      const ends = await kit.log.ends([topic]);
      expect(ends.map((end) => end.partition)).toEqual([0, 1, 2, 3, 4]);
      expect(ends.reduce((sum, end) => sum + end.end_offset, 0)).toBe(10);
    },
  },
  {
    name: "what is written, and what a group has committed, outlives the log that wrote it",
    needs: "durable",
    async run(kit) {
      const topic = await kit.topic(1);
      const group = kit.name("group");
      await kit.log.append(topic, numbered(0, 100));
      const first = await kit.reader(topic, { group });
      await kit.until("all records came", () => first.records.length >= 100);
      await first.consumer.commit(topic, 0, 60);
      await kit.log.close();
      const again = await kit.bed.open();
      const second = await kit.reader(topic, { group }, again);
      await kit.until("the rest came", () => second.records.length >= 40);
      expect(second.numbers).toEqual(range(60, 100));
      expect((await again.read(topic, 0, 0, 1)).map(numberOf)).toEqual([0]);
    },
  },
  {
    name: "retention drops what is old, and start_offset says so",
    needs: "retains",
    async run(kit) {
      const day_ms = 86_400_000;
      const topic = await kit.topic(1, day_ms);
      const kept = await kit.topic(1, 30 * day_ms);
      for (const t of [topic, kept]) await kit.log.append(t, numbered(0, 30));
      kit.bed.advance!(3 * day_ms);
      for (const t of [topic, kept]) await kit.log.append(t, numbered(30, 20));
      // The clock of the logs: what was appended last has it.
      const [newest] = await kit.log.read(topic, 0, 30, 1);
      await kit.log.retain(newest!.timestamp_ms);
      const other = await kit.bed.open();
      expect((await other.ends([topic]))[0]).toMatchObject({ start_offset: 30, end_offset: 50 });
      expect((await other.ends([kept]))[0]).toMatchObject({ start_offset: 0, end_offset: 50 });
      expect((await other.read(topic, 0, 0, 1)).map(numberOf)).toEqual([30]);
      const reader = await kit.reader(topic, {}, other);
      await kit.until("what is kept came", () => reader.records.length >= 20);
      expect(reader.records.map((record) => record.offset)).toEqual(range(30, 50));
      kit.bed.advance!(3 * day_ms);
      await other.retain(newest!.timestamp_ms + 3 * day_ms);
      expect((await other.ends([topic]))[0]).toMatchObject({ start_offset: 50, end_offset: 50 });
      const late = await kit.reader(topic, { position: () => Promise.resolve(30) }, other);
      await other.append(topic, numbered(50, 1));
      await kit.until("what comes after the gap came", () => late.records.length >= 1);
      expect(late.records.map((record) => record.offset)).toEqual([50]);
    },
  },
  {
    name: "the epoch stays, and is another after the log was made anew",
    needs: "remakes",
    async run(kit) {
      await kit.topic(1);
      const epoch = await kit.log.epoch();
      const again = await kit.bed.open();
      expect(await again.epoch()).toBe(epoch);
      await again.close();
      await kit.bed.remake!();
      const anew = await kit.bed.open();
      await anew.createTopics([{ topic: kit.name("topic"), partitions: 1, retention_ms: 1_000 }]);
      expect(await anew.epoch()).not.toBe(epoch);
    },
  },
];
