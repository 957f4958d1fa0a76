import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeBatch, encodeBatch, packBatch, unpackBatch } from "./batch-codec.ts";
import type { NewRecord } from "./log.ts";

const anyText = fc.string({ unit: fc.constantFrom("a", "é", "日", "🚦", "\ud800", "\0", "\n", '"', "\\") });
const record: fc.Arbitrary<NewRecord> = fc.record({
  key: fc.option(anyText),
  value: fc.option(fc.uint8Array({ maxLength: 40 })),
  headers: fc.dictionary(anyText, anyText, { maxKeys: 3 }),
});

test("any records come out as they went in, packed or not", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 50 }), fc.nat(), (records, base_offset) => {
      const out = decodeBatch(unpackBatch(new Uint8Array(packBatch(encodeBatch(records)))), base_offset, 7);
      expect(out.length).toBe(records.length);
      out.forEach(({ key, value, headers, offset, timestamp_ms }, n) => {
        expect(key).toBe(records[n]!.key);
        expect(value === null ? null : [...value]).toEqual(
          records[n]!.value === null ? null : [...records[n]!.value],
        );
        expect(Object.entries(headers)).toEqual(Object.entries(records[n]!.headers!));
        expect([offset, timestamp_ms]).toEqual([base_offset + n, 7]);
      });
    }),
  );
});

test("bytes that are no batch are refused, not skipped", () => {
  expect(() => unpackBatch(new Uint8Array([9, 1, 2, 3]))).toThrow("unknown method 9");
  expect(() => unpackBatch(new Uint8Array([1, 1, 2, 3]))).toThrow();
});

test("batches get smaller by packing, and never larger by more than a byte", () => {
  const value = new TextEncoder().encode(
    JSON.stringify({ road_id: "road-17", current_speed: 43.2, jam_factor: 1.5 }),
  );
  const plain = encodeBatch(Array.from({ length: 1_000 }, (_, n) => ({ key: `road-${n}`, value })));
  expect(packBatch(plain).length).toBeLessThan(plain.length / 5);
  const noise = encodeBatch([{ key: null, value: crypto.getRandomValues(new Uint8Array(10_000)) }]);
  expect(packBatch(noise).length).toBeLessThanOrEqual(noise.length + 1);
});
