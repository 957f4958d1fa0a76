/**
 * Strangers write to Kafka past our door: with every codec, with and without keys, and things that are no events.
 * Each comes out as an event or as a reject that says why, and nothing stops the partition.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CityRules } from "../src/core/city.ts";
import type { Decoded } from "../src/core/decode.ts";
import { decodeRecords } from "../src/core/records.ts";
import { systemClock } from "../src/core/time.ts";
import { openKafkaLog } from "../src/log/kafka/log.ts";
import type { Log, LogRecord } from "../src/log/log.ts";
import { traffic } from "../src/streams/traffic.ts";
import { kafkaMissing, sharedKafka } from "./kafka.ts";

setDefaultTimeout(90_000);

const missing =
  kafkaMissing() ??
  (Bun.which("kcat") === null
    ? "The producers need kcat: sudo apt-get install kcat. They are skipped."
    : null);
const DIR = join(import.meta.dir, "..", ".test", `producers-${process.pid}`);
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const EVENTS = 400;
const city: CityRules = {
  city_id: "test",
  zone: "Asia/Ho_Chi_Minh",
  rush_hours: [],
  peak_hours: [],
  holidays: [],
};

/** As the paper's producer writes it. */
const paperEvent = (codec: string, n: number, more: object = {}): string =>
  JSON.stringify({
    event_id: `${codec}-${n}`,
    timestamp: "2025-10-20T15:30:00Z",
    road_id: `hanoi_rd_${n % 50}`,
    road_name: "Phố Trần Phú",
    current_speed: 25.5,
    free_flow_speed: 45.0,
    jam_factor: 2.3,
    congestion_level: "moderate",
    coordinates: [105.84, 21.03],
    ...more,
  });

let brokers: string;
let log: Log;

async function kcat(topic: string, codec: string, args: readonly string[], input = ""): Promise<void> {
  const run = Bun.spawn(
    ["kcat", "-P", "-b", brokers, "-t", topic, "-z", codec, "-X", "message.max.bytes=1100000", ...args],
    { stdin: Buffer.from(input), stdout: "ignore", stderr: "pipe" },
  );
  const said = await new Response(run.stderr).text();
  if ((await run.exited) !== 0) throw new Error(`kcat failed: ${said}`);
}

/** Everything in a topic, as a group reads it. */
async function readAll(topic: string): Promise<LogRecord[]> {
  const wanted = (await log.ends([topic])).reduce((sum, { end_offset }) => sum + end_offset, 0);
  const records: LogRecord[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const consumer = await log.consume({
    topics: [topic],
    group: `${topic}-reader`,
    onBatch: async (batch, mine) => {
      records.push(...batch.records);
      await mine.commit(topic, batch.partition, batch.next_offset);
      if (records.length >= wanted) resolve();
    },
  });
  consumer.done.catch(reject);
  await promise;
  await consumer.close();
  return records;
}

const decode = (records: readonly LogRecord[]): readonly Decoded[] =>
  decodeRecords(traffic, 0, records, { city, now_ms: systemClock.now() });

describe.skipIf(missing !== null)(`producers${missing === null ? "" : `. ${missing}`}`, () => {
  beforeAll(async () => {
    mkdirSync(DIR, { recursive: true });
    brokers = (await sharedKafka()).brokers;
    log = openKafkaLog({ brokers: [brokers], clock: systemClock });
  });
  afterAll(async () => {
    await log?.close();
    rmSync(DIR, { recursive: true, force: true });
  });

  for (const codec of CODECS) {
    test(`${codec}: the paper's events, with a key and without, come out as they went in`, async () => {
      const topic = `traffic-raw-${codec}-${process.pid}`;
      await log.createTopics([{ topic, partitions: 2, retention_ms: 86_400_000_000 }]);
      const lines = Array.from({ length: EVENTS }, (_, n) => paperEvent(codec, n));
      await kcat(
        topic,
        codec,
        ["-K", "\t"],
        lines.map((line, n) => `hanoi_rd_${n % 50}\t${line}\n`).join(""),
      );
      await kcat(topic, codec, [], lines.map((line) => `${line}\n`).join(""));
      const records = await readAll(topic);
      expect(records.filter(({ key }) => key === null)).toHaveLength(EVENTS);
      const events = decode(records).map((decoded) => (decoded.ok ? decoded.event : null));
      expect(events.filter((event) => event === null)).toEqual([]);
      const ids = events.map((event) => event!.event_id).sort();
      expect(ids).toEqual([...lines, ...lines].map((line) => JSON.parse(line).event_id).sort());
      expect(events[0]).toMatchObject({
        event_time_ms: Date.UTC(2025, 9, 20, 15, 30),
        source: "kafka",
        row: {
          current_speed: 25.5,
          free_flow_speed: 45,
          congestion_level: "moderate",
          road_name: "Phố Trần Phú",
        },
      });
    });
  }

  for (const codec of CODECS) {
    test(`case 14, ${codec}: what is no event says why, and the events after it still come`, async () => {
      const topic = `traffic-odd-${codec}-${process.pid}`;
      await log.createTopics([{ topic, partitions: 1, retention_ms: 86_400_000_000 }]);
      const file = (name: string, bytes: Uint8Array | string): string => {
        const path = join(DIR, `${codec}-${name}`);
        writeFileSync(path, bytes);
        return path;
      };
      const large = Buffer.from(
        paperEvent(codec, 2, { road_name: "x" }).replace('"x"', `"${"x".repeat(1_000_000)}"`),
      );
      const odd = [
        file("unknown", paperEvent(codec, 1, { vendor: { lane: 3 } })),
        file("latin1", Buffer.from(paperEvent(codec, 3, { road_name: "Grünstraße" }), "latin1")),
        file("cut", paperEvent(codec, 4).slice(0, 60)),
        file("large", large),
      ];
      for (const path of odd) await kcat(topic, codec, ["-k", "hanoi_rd_1", path]);
      await kcat(topic, codec, ["-K", "\t"], "empty\t\n");
      await kcat(topic, codec, ["-K", "\t", "-Z"], "tombstone\t\n");
      await kcat(topic, codec, ["-k", "hanoi_rd_9", file("last", paperEvent(codec, 9))]);
      const records = await readAll(topic);
      expect(records).toHaveLength(7);
      expect(records[3]!.value!.length).toBe(large.length);
      expect(records[4]).toMatchObject({ key: "empty", value: new Uint8Array() });
      expect(records[5]).toMatchObject({ key: "tombstone", value: null });
      const said = decode(records).map((decoded) =>
        decoded.ok
          ? { event: decoded.event.event_id, unknown: decoded.event.unknown_fields }
          : decoded.reject.reason,
      );
      expect(said[0]).toEqual({ event: `${codec}-1`, unknown: 1 });
      expect(said[1]).toBe("text");
      expect(said[2]).toBe("json");
      expect(said[3]).toBe("size");
      expect(said[4]).toBe("json");
      expect(said[5]).toBeString();
      expect(said[6]).toEqual({ event: `${codec}-9`, unknown: 0 });
    });
  }
});
