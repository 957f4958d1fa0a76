/** One partition's reader, fed by hand with batches as brokers store them: what it hands over, and what it says of gaps. */
import { expect, test } from "bun:test";
import { numbered, numberOf, range } from "../conformance-kit.ts";
import { writeInt64 } from "./bytes.ts";
import { crc32c } from "./crc.ts";
import { encodeRecords } from "./encode.ts";
import { KafkaTail } from "./tail.ts";
import { PartitionReader } from "./partition.ts";
import type { Consumer, LogBatch } from "../log.ts";

const CONTROL = 48;
const TRANSACTIONAL = 16;

/** A batch of numbers that begins at an offset, with the attributes of its head. */
function batchAt(offset: number, count: number, attributes = 0): Buffer {
  const bytes = encodeRecords(numbered(offset, count), 0, { producer_id: 1, producer_epoch: 0 }, 0);
  writeInt64(bytes, offset, 0);
  bytes.writeInt16BE(attributes, 21);
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17);
  return bytes;
}

const unused: Consumer = {
  done: Promise.resolve(),
  commit: () => Promise.resolve(),
  seek: () => {},
  assignment: () => [],
  close: () => Promise.resolve(),
};

function reading(start: number, onBatch: () => Promise<void> = () => Promise.resolve()) {
  const batches: LogBatch[] = [];
  const reader = new PartitionReader("t", 0, {
    tail: new KafkaTail(() => performance.now()),
    options: {
      topics: ["t"],
      group: "g",
      onBatch: (batch) => {
        batches.push(batch);
        return onBatch();
      },
    },
    consumer: () => unused,
    start: () => Promise.resolve(start),
    settled: () => true,
    hungry: () => {},
    monotonic: () => 0,
    former: Promise.resolve(),
  });
  const ended = reader.done.then(
    () => "ended",
    (error: unknown) => String(error),
  );
  const give = async (
    bytes: readonly Buffer[],
    aborted: readonly { producer_id: number; first_offset: number }[] = [],
  ): Promise<boolean> => {
    while (reader.wants(1_000_000) === null) await turn();
    const records = Buffer.concat(bytes);
    const answer = { topic: "t", partition: 0, code: 0, end_offset: 100, aborted, records };
    return reader.give(reader.wants(1_000_000)!, answer);
  };
  const seen = () =>
    batches.map(({ first_offset, next_offset, records }) => [
      first_offset,
      next_offset,
      records.map(numberOf),
    ]);
  return { reader, batches, give, seen, ended };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n++) {
    if (n > 10_000) throw new Error("It did not come true");
    await turn();
  }
}

test("the broker's own between records leave no gap, compaction does, and each is told apart", async () => {
  const { give, seen, reader } = reading(0);
  await give([batchAt(0, 2), batchAt(2, 1, CONTROL), batchAt(3, 2)]);
  await until(() => seen().length === 1);
  await give([batchAt(5, 1, CONTROL), batchAt(6, 1), batchAt(9, 1)]);
  await until(() => seen().length === 3);
  await give([batchAt(20, 1)]);
  await until(() => seen().length === 4);
  expect(seen()).toEqual([
    [0, 5, [0, 1, 3, 4]],
    [5, 7, [6]],
    [9, 10, [9]],
    [20, 21, [20]],
  ]);
  await reader.stop();
});

test("nothing but the broker's own, or what was given up, is passed over and told", async () => {
  const { give, seen, reader } = reading(0);
  await give([batchAt(0, 3, TRANSACTIONAL), batchAt(3, 1, CONTROL)], [{ producer_id: 1, first_offset: 0 }]);
  await until(() => seen().length === 1);
  expect(seen()).toEqual([[0, 4, []]]);
  await reader.stop();
});

test("a batch that is cut off is asked for again from its beginning", async () => {
  const { give, seen, reader } = reading(0);
  const second = batchAt(3, 3);
  await give([batchAt(0, 3), second.subarray(0, second.length - 1)]);
  await until(() => seen().length === 1);
  expect(reader.wants(1_000_000)).toBe(3);
  await give([second]);
  await until(() => seen().length === 2);
  expect(seen().map(([, next]) => next)).toEqual([3, 6]);
  await reader.stop();
});

test("a batch that comes damaged is asked for again; one that always does ends the consumer, after what came before it", async () => {
  const { give, seen, reader, ended } = reading(0);
  const damaged = batchAt(3, 3);
  damaged[damaged.length - 1]! ^= 1;
  expect(await give([batchAt(0, 3), damaged])).toBe(false);
  expect(reader.wants(1_000_000)).toBe(3);
  expect(await give([damaged])).toBe(false);
  expect(await give([batchAt(3, 3)])).toBe(true);
  for (let n = 0; n < 3; n++) {
    const again = batchAt(6, 1);
    again[again.length - 1]! ^= 1;
    expect(await give([again])).toBe(false);
  }
  expect(await ended).toBe("Error: Cannot read t-0 at offset 6: its bytes are not those of its checksum");
  expect(seen().flatMap(([, , numbers]) => numbers)).toEqual(range(0, 6));
});

test("what retention has taken meanwhile takes nothing from what was fetched before", async () => {
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  const { give, seen, reader } = reading(0, () => gate);
  await give([batchAt(0, 2)]);
  await until(() => seen().length === 1);
  await give([batchAt(2, 2)]);
  reader.outOfRange(4, 10, 12);
  release();
  // A batch is kept as a whole, with what was taken before the kept beginning.
  await give([batchAt(8, 4)]);
  await until(() => seen().at(-1)?.[1] === 12);
  expect(seen().map(([first, next]) => [first, next])).toEqual([
    [0, 2],
    [2, 4],
    [10, 12],
  ]);
  await reader.stop();
});

test("what waits is not held by an answer of which it is a small part", async () => {
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  const { reader, batches } = reading(0, () => gate);
  while (reader.wants(1_000_000) === null) await turn();
  const answer = Buffer.alloc(4_000_000);
  const part = batchAt(0, 2);
  part.copy(answer);
  const records = answer.subarray(0, part.length);
  reader.give(0, { topic: "t", partition: 0, code: 0, end_offset: 2, aborted: [], records });
  await until(() => batches.length === 1);
  expect(batches[0]!.records[0]!.value!.buffer.byteLength).toBeLessThan(100_000);
  release();
  await reader.stop();
});
