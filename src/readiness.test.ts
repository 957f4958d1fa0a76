/** Ready is who moves: a consumer that stands behind the end is found, one that idles or works is not. */
import { describe, expect, test } from "bun:test";
import type { PartitionLedger } from "./history/history-store.ts";
import type { PartitionEnds } from "./log/log.ts";
import type { Stream } from "./core/stream.ts";
import { readinessOf } from "./readiness.ts";
import { traffic } from "./streams/traffic.ts";

const ledgerOf = (next_offset: number): PartitionLedger => ({
  stream: "traffic",
  partition: 0,
  next_offset,
  last_record_hash: null,
  watermark_ms: null,
  consumed: next_offset,
  stored: next_offset,
  duplicate: 0,
  dead: 0,
  late: 0,
  unknown_fields: 0,
  updated_at_ms: null,
});

function scene(stream: Stream = traffic) {
  const at = { now_ms: 0, start: 0, end: 0, rejects_end: 0, stored: 0, shown: 0, rejected: 0 };
  const end = (topic: string, end_offset: number): PartitionEnds => ({
    topic,
    partition: 0,
    start_offset: topic === "dead-letters" ? 0 : at.start,
    end_offset,
  });
  const readiness = readinessOf({
    streams: [stream],
    log: { ends: async () => [end(traffic.topic, at.end), end("dead-letters", at.rejects_end)] },
    history: {
      ledger: async () => [ledgerOf(at.stored)],
      rejectsApplied: async () => new Map([[0, at.rejected]]),
    },
    live: { applied: async () => [at.shown] },
    rejects_topic: "dead-letters",
    clock: { monotonic: () => at.now_ms },
    hub_ready: Promise.resolve(),
  });
  const ask = async (now_ms: number, change: Partial<typeof at> = {}) => {
    Object.assign(at, change, { now_ms });
    return (await readiness.waitingFor()).map(({ part, reason }) => `${part}: ${reason}`);
  };
  return ask;
}

const ten = { end: 10, stored: 10, shown: 10, rejects_end: 10, rejected: 10 };

describe("not ready", () => {
  for (const [who, behind, said] of [
    [
      "history",
      { stored: 7 },
      "history-from-log: traffic: partition 0 is 3 events behind and has not moved for 10 s",
    ],
    [
      "the live view",
      { shown: 9 },
      "live-from-log: traffic: partition 0 is 1 events behind and has not moved for 10 s",
    ],
    [
      "the door's rejects",
      { rejected: 8 },
      "history-from-log: dead-letters: partition 0 is 2 events behind and has not moved for 10 s",
    ],
  ] as const) {
    test(`is a stop of ${who}, few events behind, from 10 s on, and ready again once it moves`, async () => {
      const ask = scene();
      expect(await ask(0, { ...ten, ...behind })).toEqual([]);
      expect(await ask(9_999)).toEqual([]);
      expect(await ask(10_000)).toEqual([said]);
      expect(await ask(60_000, ten)).toEqual([]);
    });
  }

  test("is also who stands still while the end moves on, and one that moves a little is working", async () => {
    const ask = scene();
    await ask(0, { ...ten, stored: 7 });
    await ask(6_000, { end: 20, shown: 20 });
    expect(await ask(12_000, { end: 30, shown: 30 })).toEqual([
      "history-from-log: traffic: partition 0 is 23 events behind and has not moved for 12 s",
    ]);
    expect(await ask(13_000, { stored: 8 })).toEqual([]);
    expect(await ask(22_999)).toEqual([]);
    expect(await ask(23_000)).toHaveLength(1);
  });

  test("is a backlog that is large, even if it moves", async () => {
    const ask = scene();
    expect(await ask(0, { end: 6_000, stored: 0, shown: 6_000 })).toEqual([
      "history-from-log: traffic: catching up, 6,000 events behind",
    ]);
  });
});

describe("ready", () => {
  test("is who idled at the end, whatever time has gone, when an event has just come", async () => {
    const ask = scene();
    await ask(0, ten);
    expect(await ask(600_000, { end: 11, shown: 11 })).toEqual([]);
  });

  test("is a first look, however late it is, and a behind that another place follows", async () => {
    const ask = scene();
    expect(await ask(600_000, { ...ten, stored: 7 })).toEqual([]);
    expect(await ask(700_000, { stored: 8 })).toEqual([]);
  });

  test("is who caught up in between, and is behind again at another end", async () => {
    const ask = scene();
    await ask(0, { ...ten, stored: 7 });
    await ask(5_000, { stored: 10 });
    await ask(9_000, { end: 12, shown: 12 });
    expect(await ask(18_000)).toEqual([]);
    expect(await ask(19_000)).toHaveLength(1);
  });

  test("is who waits for nothing but what retention dropped", async () => {
    const ask = scene();
    await ask(0, { ...ten, start: 10, stored: 0 });
    expect(await ask(60_000)).toEqual([]);
  });

  test("is a stream without a live view, whose place there nobody keeps", async () => {
    const ask = scene({ ...traffic, live: null });
    await ask(0, { ...ten, shown: 0 });
    expect(await ask(60_000)).toEqual([]);
  });
});
