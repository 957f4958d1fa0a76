import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { numbered, range } from "../conformance-kit.ts";
import { assignPartitions, type Subscription } from "./assign.ts";
import { crc32c } from "./crc.ts";
import { encodeRecords } from "./encode.ts";
import { BatchCursor, headAt, isIntact } from "./records.ts";
import { unpackLz4Frame, unpackSnappy } from "./unpack.ts";
import type { LogRecord, NewRecord } from "../log.ts";

const session = { producer_id: 2 ** 33 + 5, producer_epoch: 3 };

describe("Kafka's record batches", () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const text = fc.string({ unit: "grapheme", maxLength: 80 });
  const record: fc.Arbitrary<NewRecord> = fc.record({
    key: fc.option(text),
    value: fc.option(bytes),
    headers: fc.dictionary(
      text.filter((name) => name !== "__proto__"),
      text,
      { maxKeys: 3, noNullPrototype: true },
    ),
  });

  test("law: what is encoded is decoded, whatever the slices in which it is taken", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 60 }), fc.nat(400), (records, room) => {
        const head = headAt(encodeRecords(records, 1_763_719_200_123, session, 7), 0)!;
        expect(head).toMatchObject({
          base_offset: 0,
          next_offset: records.length,
          producer_id: session.producer_id,
        });
        const cursor = new BatchCursor(head);
        const all: LogRecord[] = [];
        while (!cursor.done) {
          const slice: LogRecord[] = [];
          cursor.take(slice, 0, room);
          expect(slice.length).toBeGreaterThan(0);
          all.push(...slice);
        }
        expect(
          all.map(({ key, value, headers }) => ({
            key,
            value: value && [...value],
            headers: { ...headers },
          })),
        ).toEqual(
          records.map(({ key, value, headers }) => ({
            key,
            value: value && [...value],
            headers: { ...headers },
          })),
        );
        expect(all.map(({ offset }) => offset)).toEqual(range(0, records.length));
        expect(new Set(all.map(({ timestamp_ms }) => timestamp_ms))).toEqual(new Set([1_763_719_200_123]));
      }),
    );
  });

  test("bytes that are no records are an error, never a hang or a record", () => {
    const whole = encodeRecords(numbered(0, 20), 0, session, 0);
    fc.assert(
      fc.property(fc.integer({ min: 61, max: whole.length - 1 }), fc.nat(255), (at, byte) => {
        const broken = Buffer.from(whole);
        broken[at] = byte;
        const found: LogRecord[] = [];
        try {
          const cursor = new BatchCursor(headAt(broken, 0)!);
          while (!cursor.done) cursor.take(found, 0, 1_000_000);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(found.length).toBeLessThanOrEqual(20);
      }),
    );
  });

  test("a batch that is cut off is not there yet", () => {
    const whole = encodeRecords(numbered(0, 3), 0, session, 0);
    for (const length of [0, 11, 60, whole.length - 1])
      expect(headAt(whole.subarray(0, length), 0)).toBeNull();
  });

  test("CRC-32C is the one of RFC 3720", () => {
    expect(crc32c(Buffer.from("123456789"), 0, 9)).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
    expect(
      crc32c(
        Uint8Array.from({ length: 32 }, (_, n) => n),
        0,
        32,
      ),
    ).toBe(0x46dd794e);
  });

  test("law: a batch is intact as it was written, and with any one byte changed it is not", () => {
    const whole = encodeRecords(numbered(0, 20), 0, session, 0);
    expect(isIntact(whole, 0, whole.length)).toBe(true);
    fc.assert(
      fc.property(
        fc.integer({ min: 17, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, by) => {
          const broken = Buffer.from(whole);
          broken[at] = broken[at]! ^ by;
          expect(isIntact(broken, 0, broken.length)).toBe(false);
        },
      ),
    );
  });

  test("a head that says what cannot be is an error, not a place to stand still at", () => {
    const whole = encodeRecords(numbered(0, 3), 0, session, 0);
    const broken = (change: (copy: Buffer) => void): (() => unknown) => {
      const copy = Buffer.from(whole);
      change(copy);
      return () => headAt(copy, 0);
    };
    expect(broken((copy) => copy.writeInt32BE(-12, 8))).toThrow("a batch of 0 bytes");
    expect(broken((copy) => copy.writeInt32BE(-1, 57))).toThrow("a batch of -1 records");
    expect(broken((copy) => copy.writeUInt8(1, 16))).toThrow("message format 1, wanted 2");
  });

  test("a header whose name goes back is an error, not a way round for ever", () => {
    const whole = encodeRecords([{ key: null, value: null, headers: { ab: "c" } }], 0, session, 0);
    // Many headers are promised, and the name of the first has minus two bytes.
    const at = whole.lastIndexOf("ab") - 2;
    [whole[at], whole[at + 1]] = [126, 3];
    const cursor = new BatchCursor(headAt(whole, 0)!);
    expect(() => cursor.take([], 0, 100)).toThrow("a header's name of -2 bytes");
  });
});

describe("Kafka's codecs, by hand", () => {
  test("a copy that overlaps itself repeats", () => {
    // "ab", then ten bytes from two before: abababababab.
    const snappy = Buffer.from([12, 1 << 2, 97, 98, (9 << 2) | 2, 2, 0]);
    expect(unpackSnappy(snappy, 100).toString()).toBe("abababababab");
  });

  test("more than the limit, and places before the beginning, are errors", () => {
    const snappy = Buffer.from([12, 1 << 2, 97, 98, (9 << 2) | 2, 2, 0]);
    expect(() => unpackSnappy(snappy, 11)).toThrow("more than 11 bytes");
    expect(() => unpackSnappy(Buffer.from([12, 1 << 2, 97, 98, (9 << 2) | 2, 3, 0]), 100)).toThrow(
      "before their beginning",
    );
    expect(() => unpackSnappy(snappy.subarray(0, 5), 100)).toThrow();
    expect(() => unpackLz4Frame(Buffer.from("no frame at all"), 100)).toThrow("no LZ4 frame");
  });

  test("any bytes end in an answer or an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const framed = Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0]), bytes]);
        for (const unpack of [
          () => unpackSnappy(Buffer.from(bytes), 10_000),
          () => unpackLz4Frame(framed, 10_000),
        ]) {
          try {
            expect(unpack().length).toBeLessThanOrEqual(10_000);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("who reads which partition", () => {
  const member = (member_id: string, held: readonly number[], generation = 1): Subscription => ({
    member_id,
    topics: ["t"],
    generation,
    held: new Map([["t", held]]),
  });
  const share = (members: readonly Subscription[], count: number): Map<string, number[]> =>
    new Map(
      [...assignPartitions(members, new Map([["t", count]]))].map(([id, given]) => [
        id,
        given.get("t") ?? [],
      ]),
    );

  test("law: every partition has one reader, shares differ by one at most, and no more moves than must", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (size, count, joins) => {
          const ids = range(0, size).map((n) => `m${n}`);
          const before = share(
            ids.map((id) => member(id, [])),
            count,
          );
          const next = joins ? [...ids, "new"] : ids.length > 1 ? ids.slice(1) : ids;
          const after = share(
            next.map((id) => member(id, before.get(id) ?? [], 2)),
            count,
          );
          expect([...after.values()].flat().sort((a, b) => a - b)).toEqual(range(0, count));
          const sizes = [...after.values()].map((given) => given.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          const moved = next.flatMap((id) =>
            (before.get(id) ?? []).filter((p) => !after.get(id)!.includes(p)),
          );
          expect(moved.length).toBe(joins ? after.get("new")!.length : 0);
        },
      ),
    );
  });

  test("of two who claim the same, the later generation has it", () => {
    const shares = share([member("a", [0, 1], 3), member("b", [0, 1], 5)], 4);
    expect(shares.get("b")).toEqual([0, 1]);
  });
});
