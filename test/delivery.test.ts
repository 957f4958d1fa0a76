/** 200,000 events out of a real Kafka, into a real PostgreSQL and a real Redis: exactly once, by an oracle of its own. */
import { afterAll, describe, expect, test } from "bun:test";
import { openBed, type Bed } from "./chaos/bed.ts";
import { kafkaMissing } from "./kafka.ts";
import { redisMissing } from "./redis.ts";

const EVENTS = 200_000;
/** The last part is sent while it runs, so that clients of the live feed hear it. */
const STREAMED = 5_000;

let opened: Promise<Bed> | null = null;
const theBed = (): Promise<Bed> => (opened ??= openBed({ replicas: 1, traffic: { seed: 12 }, direct: true }));
afterAll(async () => (await opened)?.close());

const say = (text: string): void => void process.stdout.write(`  ${text}\n`);

describe.skipIf((kafkaMissing() ?? redisMissing) !== null)("delivery", () => {
  test("case 12, 13, 14: 200,000 events, half of them of one road, 1 % repeated, 1 % late, 0.5 % malformed, four partitions: each is stored once, windows equal a rebuild, the ledger adds up, everybody shows the newest", async () => {
    const bed = await theBed();
    const [replica] = bed.replicas;
    const start_ms = Date.now();
    await bed.producer.fill(
      EVENTS - STREAMED,
      (n) => start_ms - 240_000 + Math.floor((n * 240_000) / EVENTS),
    );
    const drain_ms = performance.now();
    await replica?.start();
    await replica?.ready();
    const drained_s = (performance.now() - drain_ms) / 1_000;
    bed.listen();
    bed.producer.start(2_500, STREAMED);
    await bed.producer.finished();
    const { faults, stored, duplicate, dead, records } = await bed.judge();
    expect(faults).toEqual([]);
    expect(stored + duplicate + dead).toBe(records);
    expect(records).toBeGreaterThanOrEqual(EVENTS);
    expect(duplicate).toBeGreaterThan(EVENTS / 150);
    expect(dead).toBeGreaterThan(EVENTS / 300);
    expect(replica?.ends).toEqual([]);
    say(
      `${records} records: ${stored} stored, ${duplicate} repeats, ${dead} dead; ready after ${drained_s.toFixed(1)} s`,
    );
  }, 120_000);
});
