/** Several readers of one partition in one process, fed with batches as brokers store them, in any order of events. */
import { expect, spyOn, test } from "bun:test";
import { numbered } from "../conformance-kit.ts";
import { writeInt64 } from "./bytes.ts";
import { crc32c } from "./crc.ts";
import { encodeRecords } from "./encode.ts";
import { PartitionReader } from "./partition.ts";
import { KafkaTail } from "./tail.ts";
import type { Consumer, LogBatch, LogRecord } from "../log.ts";

const CONTROL = 32;
const TRANSACTIONAL = 16;
const AHEAD_MAX = 1_500;

interface Stored {
  first: number;
  next: number;
  bytes: Buffer;
}

/** A partition as a broker keeps it. */
interface Partition {
  stored: readonly Stored[];
  aborted: readonly { producer_id: number; first_offset: number; end: number }[];
  visible: readonly number[];
  end: number;
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function storedBatch(first: number, count: number, producer_id: number, attributes: number): Stored {
  const bytes = encodeRecords(numbered(first, count), 0, { producer_id, producer_epoch: 0 }, 0);
  writeInt64(bytes, first, 0);
  bytes.writeInt16BE(attributes, 21);
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17);
  return { first, next: first + count, bytes };
}

/** Batches of three transactional producers and one without, in turn; a third of the transactions is given up. */
function partitionOf(dice: (below: number) => number, batches: number): Partition {
  const stored: Stored[] = [];
  const aborted: { producer_id: number; first_offset: number; end: number }[] = [];
  const hidden = new Set<number>();
  const open = new Map<number, number[]>();
  let end = 0;
  const finish = (producer_id: number, offsets: readonly number[]): void => {
    if (dice(3) === 0) {
      aborted.push({ producer_id, first_offset: offsets[0]!, end });
      for (const offset of offsets) hidden.add(offset);
    }
    hidden.add(end);
    stored.push(storedBatch(end++, 1, producer_id, TRANSACTIONAL | CONTROL));
    open.delete(producer_id);
  };
  for (let n = 0; n < batches; n++) {
    const producer_id = 1 + dice(4);
    const offsets = open.get(producer_id);
    if (offsets !== undefined && dice(3) === 0) {
      finish(producer_id, offsets);
      continue;
    }
    const count = 1 + dice(9);
    stored.push(storedBatch(end, count, producer_id, producer_id === 4 ? 0 : TRANSACTIONAL));
    if (producer_id !== 4)
      open.set(producer_id, [...(offsets ?? []), ...Array.from({ length: count }, (_, i) => end + i)]);
    end += count;
  }
  for (const [producer_id, offsets] of open) finish(producer_id, offsets);
  const visible = Array.from({ length: end }, (_, n) => n).filter((n) => !hidden.has(n));
  return { stored, aborted, visible, end };
}

const unused: Consumer = {
  done: Promise.resolve(),
  commit: () => Promise.resolve(),
  seek: () => {},
  assignment: () => [],
  close: () => Promise.resolve(),
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A group's reader with its fetches, that says at once when it was given anything but what comes next. */
class Member {
  readonly reader: PartitionReader;
  readonly objects = new Map<number, LogRecord>();
  batches = 0;
  fetched = 0;
  /** How often it said that there is something to fetch. */
  hungry = 0;
  place: number;
  /** Batches wait while it is closed. */
  gate: Promise<void> = Promise.resolve();
  open: () => void = () => {};
  readonly #of: Partition;
  #sought: number | null = null;

  constructor(of: Partition, tail: KafkaTail, start: number) {
    this.#of = of;
    this.place = start;
    this.reader = new PartitionReader("t", 0, {
      options: { topics: ["t"], group: "g", onBatch: (batch) => this.#take(batch) },
      tail,
      consumer: () => unused,
      start: () => Promise.resolve(start),
      settled: () => true,
      hungry: () => void this.hungry++,
      monotonic: () => performance.now(),
      former: Promise.resolve(),
    });
    this.reader.done.catch(() => {});
  }

  close(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.open();
    [this.gate, this.open] = [promise, resolve];
  }

  seek(offset: number): void {
    this.#sought = offset;
    this.reader.seek(offset);
  }

  /** One fetch of some batches, if it wants any. */
  fetch(batches: number): boolean {
    const { stored, aborted, end } = this.#of;
    const asked = this.reader.wants(AHEAD_MAX);
    if (asked === null || asked >= end) return false;
    const from = stored.findIndex(({ next }) => next > asked);
    const some = stored.slice(from, from + batches);
    const upper = some.at(-1)!.next;
    this.fetched += some.length;
    return this.reader.give(asked, {
      topic: "t",
      partition: 0,
      code: 0,
      end_offset: end,
      aborted: aborted.filter((one) => one.end >= asked && one.first_offset < upper),
      records: Buffer.concat(some.map(({ bytes }) => bytes)),
    });
  }

  async #take(batch: LogBatch): Promise<void> {
    // What it had begun when it was sought elsewhere may still come.
    if (this.#sought !== null && batch.first_offset === this.#sought)
      [this.place, this.#sought] = [this.#sought, null];
    expect(batch.first_offset).toBe(this.place);
    const expected = this.#of.visible.filter((n) => n >= batch.first_offset && n < batch.next_offset);
    expect(batch.records.map(({ offset }) => offset)).toEqual(expected);
    this.place = batch.next_offset;
    this.batches++;
    for (const record of batch.records) this.objects.set(record.offset, record);
    await this.gate;
  }
}

test("whatever comes in whatever order, each sees all that is committed, once and in order, and nothing that was given up", async () => {
  let [shared, seen] = [0, 0];
  for (let seed = 1; seed <= 40; seed++) {
    const dice = random(seed);
    const of = partitionOf(dice, 120);
    // From so small that it holds next to nothing, to all.
    const bytes_max = seed % 4 === 0 ? 500 : seed % 4 === 1 ? 10_000 : 1e9;
    const tail = new KafkaTail(() => performance.now(), bytes_max);
    const failures: unknown[] = [];
    const join = (start: number): Member => {
      const member = new Member(of, tail, start);
      member.reader.done.catch((error: unknown) => failures.push(error));
      return member;
    };
    const members = [join(0), join(0), join(dice(20))];
    for (let step = 0; step < 300; step++) {
      const at = dice(members.length);
      const member = members[at]!;
      const what = dice(100);
      if (what < 70) member.fetch(1 + dice(4));
      else if (what < 78) member.close();
      else if (what < 90) member.open();
      else if (what < 93) {
        member.open();
        member.seek(dice(of.end));
      } else if (what < 95) {
        // Another has the partition now, from where this one was.
        member.open();
        if (dice(2) === 0) member.reader.lose();
        else await member.reader.stop();
        members[at] = join(member.place);
      } else await turn();
      if (dice(2) === 0) await turn();
    }
    const until_ms = performance.now() + 5_000;
    while (members.some(({ place }) => place < of.end) && failures.length === 0) {
      if (performance.now() > until_ms)
        throw new Error(
          `Seed ${seed}: they stand at ${members.map(({ place }) => place).join(", ")} of ${of.end}`,
        );
      for (const member of members) {
        member.open();
        member.fetch(1 + dice(4));
      }
      await turn();
    }
    expect(failures).toEqual([]);
    for (const [offset, record] of members[0]!.objects) {
      seen++;
      if (members[1]!.objects.get(offset) === record) shared++;
    }
    await Promise.all(members.map(({ reader }) => reader.stop()));
    expect(tail.bytes).toBe(0);
  }
  // It is no test of sharing if next to nothing was shared.
  expect(shared).toBeGreaterThan(seen / 10);
});

test("readers near each other get the same records, and only one of them fetches each", async () => {
  const of = partitionOf(random(7), 300);
  const tail = new KafkaTail(() => performance.now());
  const members = [new Member(of, tail, 0), new Member(of, tail, 0)];
  while (members.some(({ place }) => place < of.end)) {
    members[0]!.fetch(3);
    await turn();
    members[1]!.fetch(3);
    await turn();
  }
  const [one, other] = [members[0]!, members[1]!];
  expect(one.objects.size).toBe(of.visible.length);
  for (const [offset, record] of one.objects) expect(other.objects.get(offset)).toBe(record);
  expect(one.fetched + other.fetched).toBeLessThan(of.stored.length * 1.1);
  await Promise.all(members.map(({ reader }) => reader.stop()));
});

test("a reader far behind reads from the broker, and is waited for by nobody", async () => {
  const of = partitionOf(random(8), 300);
  const tail = new KafkaTail(() => performance.now(), 2_000);
  const front = new Member(of, tail, 0);
  const behind = new Member(of, tail, 0);
  behind.close();
  while (front.place < of.end) {
    front.fetch(3);
    await turn();
  }
  expect(tail.bytes).toBeLessThanOrEqual(2_000);
  const fetched_before = behind.fetched;
  behind.open();
  while (behind.place < of.end) {
    behind.fetch(3);
    await turn();
  }
  expect(behind.fetched - fetched_before).toBeGreaterThan(of.stored.length / 2);
  await Promise.all([front.reader.stop(), behind.reader.stop()]);
});

test("one that hangs delays the other by at most 50 ms a batch, and by nothing once it is out of reach or gone", async () => {
  const stored = Array.from({ length: 400 }, (_, n) => storedBatch(n * 5, 5, 4, 0));
  const of = { stored, aborted: [], visible: Array.from({ length: 2_000 }, (_, n) => n), end: 2_000 };
  // A record counts about 70 bytes: about ten batches of one fetch each.
  const tail = new KafkaTail(() => performance.now(), 3_500);
  const front = new Member(of, tail, 0);
  const hung = new Member(of, tail, 0);
  while (front.place < 5 || hung.place < 5) {
    front.fetch(1);
    await turn();
  }
  hung.close();
  // One timer is one wait: how long a busy machine takes over it says nothing.
  const timers = spyOn(globalThis, "setTimeout");
  const waits: number[] = [];
  const readTo = async (end: number): Promise<void> => {
    while (front.place < end) {
      const before = front.batches;
      timers.mockClear();
      front.fetch(1);
      while (front.batches === before) await turn();
      // Others in this process have timers of their own; this wait is known by its length.
      waits.push(timers.mock.calls.filter(([, ms]) => ms === 50).length);
    }
  };
  // It has one batch in its hands, and does not come for the next.
  await readTo(200);
  expect(Math.max(...waits)).toBe(1);
  // Once for each that the tail took beside the half of it that the other lacked already.
  expect(waits.filter((count) => count > 0).length).toBeLessThanOrEqual(8);
  waits.length = 0;
  await readTo(1_000);
  expect(Math.max(...waits)).toBe(0);
  timers.mockRestore();
  hung.open();
  await Promise.all([front.reader.stop(), hung.reader.stop()]);
});

test("one that did not fetch because others had it fetches again when that is gone", async () => {
  const of = partitionOf(random(9), 50);
  const clock = { ms: 0 };
  for (const lose of ["clear", "leave", "age"]) {
    const tail = new KafkaTail(() => clock.ms);
    const [front, behind] = [new Member(of, tail, 0), new Member(of, tail, 0)];
    behind.close();
    while (front.place < of.end || behind.batches === 0) {
      front.fetch(3);
      await turn();
    }
    expect([behind.place < of.end, behind.fetch(3)]).toEqual([true, false]);
    const before = behind.hungry;
    if (lose === "clear") behind.reader.forget();
    else if (lose === "leave") await front.reader.stop();
    else clock.ms += 10_001;
    if (lose !== "age") expect(behind.hungry).toBe(before + 1);
    behind.open();
    // Without a fetch it comes no further, but it asks for one.
    while (behind.hungry === before) await turn();
    expect(behind.fetch(3)).toBe(true);
    while (behind.place < of.end) {
      behind.fetch(3);
      await turn();
    }
    await Promise.all([front.reader.stop(), behind.reader.stop()]);
  }
});
