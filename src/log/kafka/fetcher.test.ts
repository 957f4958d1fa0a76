/** Who is asked for a partition when its leader moves: two brokers in memory that answer fetches as Kafka does. */
import { expect, test } from "bun:test";
import { numbered, numberOf, range } from "../conformance-kit.ts";
import { ByteReader, ByteWriter, writeInt64 } from "./bytes.ts";
import type { Carrier } from "./client.ts";
import { encodeRecords } from "./encode.ts";
import { codes } from "./fetch.ts";
import { KafkaFetcher, type FetchLink } from "./fetcher.ts";
import { PartitionReader } from "./partition.ts";
import { KafkaTail } from "./tail.ts";

const FETCH_HEAD = 4 + 4 + 4 + 4 + 1 + 4 + 4;

/** Two partitions of a topic, on nodes 1 and 2; each offset is a batch of one record, up to `end`. */
class Cluster implements FetchLink {
  readonly connection = 0;
  /** Where each partition is led, and where clients believe it to be. */
  readonly led = new Map([
    [0, 1],
    [1, 1],
  ]);
  known = new Map(this.led);
  end = 1;

  leaders(): Promise<Map<number, number>> {
    return Promise.resolve(this.known);
  }

  offsets(): Promise<Map<number, number>> {
    return Promise.resolve(new Map([...this.led.keys()].map((partition) => [partition, 0])));
  }

  refresh(): Promise<void> {
    this.known = new Map(this.led);
    return Promise.resolve();
  }

  renew(): void {}

  broker(node: number): Promise<Carrier> {
    return Promise.resolve({
      connectionPool: {
        send: async ({ request }) => {
          const { buffer } = await request.encode();
          await new Promise((resolve) => setTimeout(resolve, 1));
          return { payload: this.#answer(node, new ByteReader(buffer.subarray(FETCH_HEAD))) };
        },
      },
    });
  }

  #answer(node: number, asked: ByteReader): Buffer {
    const answers = asked.each(() => {
      const topic = asked.text();
      const [partition, offset] = asked.each((): [number, number] => {
        const place = asked.int32();
        asked.int32();
        const from = asked.int64();
        asked.int64();
        asked.int32();
        return [place, from];
      })[0]!;
      return { topic, partition, offset };
    });
    const out = new ByteWriter().int32(0).int16(codes.none).int32(0).int32(answers.length);
    for (const { topic, partition, offset } of answers) {
      const here = this.led.get(partition) === node;
      out.text(topic).int32(1).int32(partition);
      out
        .int16(here ? codes.none : codes.notLeader)
        .int64(this.end)
        .int64(this.end)
        .int64(0);
      out
        .int32(0)
        .int32(-1)
        .bytes(here && offset < this.end ? batchOf(offset) : new Uint8Array());
    }
    return out.done();
  }
}

function batchOf(offset: number): Buffer {
  const bytes = encodeRecords(numbered(offset, 1), 0, { producer_id: -1, producer_epoch: -1 }, -1);
  writeInt64(bytes, offset, 0);
  return bytes;
}

function scene(cluster: Cluster) {
  const readers: PartitionReader[] = [];
  const seen = new Map<number, number[]>();
  const tail = new KafkaTail(() => performance.now());
  const fetcher = new KafkaFetcher(
    cluster,
    () => readers,
    (error) => {
      throw error;
    },
  );
  const assign = (partition: number): void => {
    seen.set(partition, []);
    const reader = new PartitionReader("t", partition, {
      tail,
      options: {
        topics: ["t"],
        group: "g",
        onBatch: (batch) => {
          seen.get(partition)!.push(...batch.records.map(numberOf));
          return Promise.resolve();
        },
      },
      consumer: () => ({
        done: Promise.resolve(),
        commit: () => Promise.resolve(),
        seek: () => {},
        assignment: () => [],
        close: () => Promise.resolve(),
      }),
      start: () => Promise.resolve(0),
      settled: () => true,
      hungry: () => fetcher.wake(),
      monotonic: () => 0,
      former: Promise.resolve(),
    });
    readers.push(reader);
    fetcher.spread();
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...readers.map((reader) => reader.stop()), fetcher.stop()]);
  };
  return { assign, seen, stop };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end_ms = performance.now() + 10_000; !holds();) {
    if (performance.now() > end_ms) throw new Error(`It did not come true within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("a partition whose leader has moved is fetched from the new one, whoever noticed it first", async () => {
  for (const noticed_by_others of [false, true]) {
    const cluster = new Cluster();
    const { assign, seen, stop } = scene(cluster);
    assign(0);
    assign(1);
    await until("both are read", () => seen.get(0)!.length === 1 && seen.get(1)!.length === 1);
    cluster.led.set(1, 2);
    if (noticed_by_others) await cluster.refresh();
    cluster.end = 5;
    await until("both are read on", () => seen.get(0)!.length === 5 && seen.get(1)!.length === 5);
    expect([...seen.values()]).toEqual([range(0, 5), range(0, 5)]);
    await stop();
  }
});

test("a partition of another leader that comes while leaders are looked for is fetched too", async () => {
  const cluster = new Cluster();
  cluster.led.set(1, 2);
  await cluster.refresh();
  const { assign, seen, stop } = scene(cluster);
  assign(0);
  // Not awaited: the first look is on its way.
  assign(1);
  await until("both are read", () => seen.get(0)!.length === 1 && seen.get(1)!.length === 1);
  await stop();
});

test("a partition that has no leader for a while keeps nobody else waiting, and is read when it has one", async () => {
  const cluster = new Cluster();
  cluster.led.set(1, -1);
  await cluster.refresh();
  const { assign, seen, stop } = scene(cluster);
  assign(1);
  assign(0);
  await until("the other is read", () => seen.get(0)!.length === 1);
  cluster.led.set(1, 2);
  await until("and this one", () => seen.get(1)!.length === 1);
  await stop();
});
