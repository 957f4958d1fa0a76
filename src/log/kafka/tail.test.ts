/** What readers of one process share of a partition, without a broker. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../core/limits.ts";
import { KafkaTail, type TailReader } from "./tail.ts";
import type { LogBatch } from "../log.ts";

const batch = (first_offset: number, count: number, bytes = 100): LogBatch => ({
  topic: "t",
  partition: 0,
  records: Array.from({ length: count }, (_, n) => ({
    key: null,
    value: new Uint8Array(bytes),
    headers: {},
    offset: first_offset + n,
    timestamp_ms: 0,
    decoded: undefined,
  })),
  first_offset,
  next_offset: first_offset + count,
  end_offset: first_offset + count,
});

function tailOf(bytes_max = 1e9) {
  const clock = { ms: 0 };
  const tail = new KafkaTail(() => clock.ms, bytes_max);
  const at = (place: number | null, name = "t-0", onChange = () => {}): TailReader => {
    const reader = tail.join(name, onChange);
    if (place !== null) reader.moveTo(place);
    return reader;
  };
  return { tail, clock, at };
}
const offsets = (found: LogBatch | null): number[] | null =>
  found === null ? null : found.records.map(({ offset }) => offset);

describe("what is found", () => {
  test("who follows gets the very batch that was put; who comes between, the same records from its place on", () => {
    const { at } = tailOf();
    const [front, near, between, beyond] = [at(0), at(0), at(3), at(5)];
    const first = batch(0, 5);
    front.put(first);
    expect(near.next()).toBe(first);
    const rest = between.next()!;
    expect([rest.first_offset, rest.next_offset]).toEqual([3, 5]);
    expect(rest.records[0]).toBe(first.records[3]);
    expect([beyond.next(), front.next()]).toEqual([null, null]);
  });

  test("what follows each other comes together, up to the records and the bytes of a batch", () => {
    const { at } = tailOf();
    const [front, near] = [at(0), at(0)];
    for (const base of [0, 5, 10]) front.put(batch(base, 5));
    expect(offsets(near.next())).toEqual(Array.from({ length: 15 }, (_, n) => n));
    expect(near.next()).toMatchObject({ first_offset: 0, next_offset: 15, end_offset: 15 });
    const [many, few] = [at(0, "t-1"), at(0, "t-1")];
    many.put(batch(0, limits.batch_records_max, 1));
    many.put(batch(limits.batch_records_max, 1, 1));
    expect(few.next()!.next_offset).toBe(limits.batch_records_max);
    const [large, small] = [at(0, "t-2"), at(0, "t-2")];
    for (let n = 0; n < 6; n++) large.put(batch(n, 1, 1024 * 1024));
    expect(small.next()!.next_offset).toBe(3);
  });

  test("a batch without records, all of it the broker's own, is passed on too", () => {
    const { at } = tailOf();
    const [front, near] = [at(0), at(0)];
    front.put({ ...batch(0, 0), next_offset: 4 });
    expect(near.next()).toMatchObject({ first_offset: 0, next_offset: 4, records: [] });
  });

  test("a replay far behind does not take the place of what is newer; a gap starts anew", () => {
    const { at } = tailOf();
    const [front, near, replay] = [at(100), at(100), at(0)];
    front.put(batch(100, 10));
    replay.put(batch(0, 10));
    expect(replay.next()).toBeNull();
    expect(near.next()!.first_offset).toBe(100);
    front.put(batch(120, 10));
    expect(near.next()).toBeNull();
    near.moveTo(120);
    expect(offsets(near.next())!.length).toBe(10);
  });

  test("nothing is handed out that is older than 10 s", () => {
    const { at, clock } = tailOf();
    const [front, near] = [at(0), at(0)];
    front.put(batch(0, 5));
    clock.ms = 10_000;
    expect([near.covers(4), near.next() === null]).toEqual([true, false]);
    clock.ms = 10_001;
    expect([near.covers(4), near.next()]).toEqual([false, null]);
  });

  test("partitions know nothing of each other", () => {
    const { at } = tailOf();
    const [front, , other] = [at(0), at(0), at(0, "t-1")];
    front.put(batch(0, 5));
    expect(other.next()).toBeNull();
  });
});

describe("what is kept", () => {
  test("a reader that is alone keeps nothing, before and after it had company", () => {
    const { tail, at } = tailOf();
    const alone = at(0);
    alone.put(batch(0, 5));
    expect(tail.bytes).toBe(0);
    const other = at(0);
    alone.put(batch(5, 5));
    expect(tail.bytes).toBeGreaterThan(0);
    other.leave();
    other.leave();
    expect(tail.bytes).toBe(0);
    alone.put(batch(10, 5));
    expect(tail.bytes).toBe(0);
  });

  test("what all have passed is dropped; for one whose place is not known it stays", () => {
    const { tail, at } = tailOf();
    const [front, near, late] = [at(0), at(0), at(null)];
    front.put(batch(0, 5));
    near.moveTo(5);
    expect(tail.bytes).toBeGreaterThan(0);
    late.moveTo(0);
    expect(offsets(late.next())).toEqual([0, 1, 2, 3, 4]);
    late.moveTo(5);
    expect(tail.bytes).toBe(0);
  });

  test("its bytes never pass the limit, over all partitions, the oldest going first; tombstones count too", () => {
    const { tail, at } = tailOf(10_000);
    const fronts = [at(0), at(0, "t-1")];
    const nears = [at(0), at(0, "t-1")];
    for (let n = 0; n < 1_000; n++) {
      for (const front of fronts) front.put(batch(n * 2, 2, n % 3 === 0 ? 0 : 700));
      expect(tail.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(nears.map((near) => near.next())).toEqual([null, null]);
    for (const near of nears) near.moveTo(1_998);
    expect(nears.map((near) => offsets(near.next()))).toEqual([
      [1_998, 1_999],
      [1_998, 1_999],
    ]);
    fronts[0]!.put(batch(2_000, 1, 10_001));
    expect(tail.bytes).toBeLessThanOrEqual(10_000);
  });

  test("what is too old goes with the next that comes, of whatever partition", () => {
    const { tail, at, clock } = tailOf();
    const [quiet, , busy] = [at(0), at(0), at(0, "t-1"), at(0, "t-1")];
    quiet.put(batch(0, 5, 1_000));
    clock.ms = 10_001;
    busy.put(batch(0, 1, 1));
    expect(tail.bytes).toBeLessThan(1_000);
  });

  test("after it was told that the partition may be another, nothing of it is there", () => {
    const { tail, at } = tailOf();
    const [front, near] = [at(0), at(0)];
    front.put(batch(0, 5));
    near.clear();
    expect([near.next(), tail.bytes]).toEqual([null, 0]);
  });
});

describe("who is ahead", () => {
  const half = 5_000;
  const setting = (place: number | null) => {
    const { at, clock } = tailOf(2 * half);
    const [front, other] = [at(0), at(place)];
    front.put(batch(0, 1, half / 2));
    return { front, other, at, clock };
  };

  test("waits for one that is behind by half of the tail, until it has moved or left", () => {
    const { front, other } = setting(0);
    expect(front.is_ahead).toBe(false);
    front.put(batch(1, 1, half / 2));
    expect([front.is_ahead, other.is_ahead]).toEqual([true, false]);
    other.moveTo(1);
    expect(front.is_ahead).toBe(false);
    front.put(batch(2, 1, half / 2));
    expect(front.is_ahead).toBe(true);
    other.leave();
    expect(front.is_ahead).toBe(false);
  });

  test("waits for nobody who does not know its place, or does not find it in the tail", () => {
    for (const place of [null, -5]) {
      const { front } = setting(place);
      front.put(batch(1, 1, half / 2));
      expect(front.is_ahead).toBe(false);
    }
  });

  test("waits for nobody once what that one lacks is too old", () => {
    const { front, clock } = setting(0);
    front.put(batch(1, 1, half / 2));
    clock.ms = 10_001;
    expect(front.is_ahead).toBe(false);
  });

  test("with more partitions the half of each is smaller", () => {
    const { front, at } = setting(0);
    expect(front.is_ahead).toBe(false);
    const [other_front] = [at(0, "t-1"), at(0, "t-1")];
    other_front.put(batch(0, 1, 10));
    expect(front.is_ahead).toBe(true);
  });

  test("is told when the other has moved, left, or lost its place", () => {
    const { tail } = tailOf();
    let told = 0;
    const front = tail.join("t-0", () => told++);
    const near = tail.join("t-0", () => {});
    const counted = (act: () => void): number => {
      const before = told;
      act();
      return told - before;
    };
    expect(counted(() => near.moveTo(0))).toBe(1);
    expect(counted(() => near.put(batch(0, 1)))).toBe(1);
    expect(counted(() => near.leave())).toBe(1);
    expect(counted(() => front.moveTo(7))).toBe(0);
  });
});
