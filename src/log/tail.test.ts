import { expect, test } from "bun:test";
import { limits } from "../core/limits.ts";
import { encodeBatch } from "./batch-codec.ts";
import { StoredRow } from "./stored-row.ts";
import { Tail } from "./tail.ts";

const row = (base: number, count: number, bytes = 10): StoredRow => {
  const plain = encodeBatch(
    Array.from({ length: count }, () => ({ key: null, value: new Uint8Array(bytes) })),
  );
  return new StoredRow(plain, base, base + count, 0);
};
const places = (rows: readonly StoredRow[]): number[] => rows.map((r) => r.base_offset);

test("rows are found from any offset within them, joined while they follow each other", () => {
  const tail = new Tail(1e9);
  for (const base of [0, 10, 20, 40]) tail.put(1, row(base, 10));
  expect(places(tail.from(1, 0))).toEqual([0, 10, 20]);
  expect(places(tail.from(1, 19))).toEqual([10, 20]);
  expect(places(tail.from(1, 30))).toEqual([]);
  expect(places(tail.from(1, 45))).toEqual([40]);
  expect(places(tail.from(1, 50))).toEqual([]);
  expect(places(tail.from(2, 0))).toEqual([]);
});

test("older rows, read by a replay, do not take the place of newer ones", () => {
  const tail = new Tail(1e9);
  tail.put(1, row(100, 10));
  tail.put(1, row(0, 10));
  expect(places(tail.from(1, 0))).toEqual([]);
  expect(places(tail.from(1, 100))).toEqual([100]);
});

test("its bytes stay below the limit at the limit and one row above, the oldest going first", () => {
  const size = row(0, 10).held_bytes;
  const tail = new Tail(3 * size);
  for (const [n, partition] of [1, 2, 1].entries()) tail.put(partition, row(n * 10, 10));
  expect(tail.bytes).toBe(3 * size);
  tail.put(2, row(100, 10));
  expect(tail.bytes).toBe(3 * size);
  expect(places(tail.from(1, 0))).toEqual([]);
  expect(places(tail.from(2, 10))).toEqual([10]);
  for (let n = 0; n < 5_000; n++) tail.put(1, row(1_000 + n * 10, 10));
  expect(tail.bytes).toBeLessThanOrEqual(3 * size);
});

test("rows are joined up to the records and bytes of a batch, never beyond", () => {
  const tail = new Tail(1e9);
  const half = limits.batch_records_max / 2;
  for (let n = 0; n < 3; n++) tail.put(1, row(n * half, half, 1));
  expect(tail.from(1, 0).length).toBe(2);
  for (let n = 0; n < 6; n++) tail.put(2, row(n, 1, 1024 * 1024));
  expect(tail.from(2, 0).length).toBe(3);
});
