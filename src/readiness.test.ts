/** Ready is who does its own share: a consumer that stands still is found; what others do, and servers away, are not its own. */
import { describe, expect, test } from "bun:test";
import { LogUnavailableError } from "./core/errors.ts";
import type { LogRecord, PartitionEnds } from "./log/log.ts";
import { readinessOf, type ReadinessOptions } from "./readiness.ts";

const RECORD: LogRecord = { key: null, value: null, headers: {}, offset: 0, timestamp_ms: 0 };

interface At {
  now_ms: number;
  start: number;
  end: number;
  rejects_end: number;
  /** Null: this process does not hold the partition. */
  stored: number | null;
  shown: number | null;
  rejected: number | null;
  away: boolean;
  /** What is left in the log is the log's own. */
  own_records: boolean;
}

function scene(hub_ready: Promise<void> = Promise.resolve(), needs_log = true) {
  const at: At = {
    now_ms: 0,
    start: 0,
    end: 0,
    rejects_end: 0,
    stored: 0,
    shown: 0,
    rejected: 0,
    away: false,
    own_records: false,
  };
  const ends = (): PartitionEnds[] => [
    { topic: "roads", partition: 0, start_offset: at.start, end_offset: at.end },
    { topic: "dead-letters", partition: 0, start_offset: 0, end_offset: at.rejects_end },
  ];
  const held = (consumer: string, topic: string, position: number | null) =>
    position === null ? [] : [{ consumer, topic, partition: 0, position }];
  const options: ReadinessOptions = {
    holders: [
      {
        name: "history-from-log",
        held: () => [...held("history", "roads", at.stored), ...held("rejects", "dead-letters", at.rejected)],
      },
      { name: "live-from-log", held: () => held("live", "roads", at.shown) },
    ],
    topics: ["roads", "dead-letters"],
    log: {
      ends: async () => {
        if (at.away) throw new LogUnavailableError("Kafka does not answer");
        return ends();
      },
      read: async () => (at.own_records ? [] : [RECORD]),
    },
    clock: { monotonic: () => at.now_ms },
    hub_ready,
    needs_log,
  };
  const readiness = readinessOf(options);
  return async (now_ms: number, change: Partial<At> = {}) => {
    Object.assign(at, change, { now_ms });
    return (await readiness.waitingFor()).map(({ part, reason }) => `${part}: ${reason}`);
  };
}

const ten = { end: 10, stored: 10, shown: 10, rejects_end: 10, rejected: 10 };

describe("not ready", () => {
  for (const [who, behind, said] of [
    [
      "history",
      { stored: 7 },
      "history-from-log: roads partition 0 is 3 events behind and has not moved for 10 s",
    ],
    [
      "the live view",
      { shown: 9 },
      "live-from-log: roads partition 0 is 1 events behind and has not moved for 10 s",
    ],
    [
      "the door's rejects",
      { rejected: 8 },
      "history-from-log: dead-letters partition 0 is 2 events behind and has not moved for 10 s",
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
      "history-from-log: roads partition 0 is 23 events behind and has not moved for 12 s",
    ]);
    expect(await ask(13_000, { stored: 8 })).toEqual([]);
    expect(await ask(22_999)).toEqual([]);
    expect(await ask(23_000)).toHaveLength(1);
  });

  test("is who starts with a large backlog, has no partition yet, or whose hub has not read the last minute", async () => {
    const ask = scene();
    const alone = { ...ten, stored: null, rejected: null };
    expect(await ask(0, alone)).toEqual(["history-from-log: joining its group"]);
    expect(await ask(500, { end: 6_000, stored: 0, shown: 6_000, rejected: 10 })).toEqual([
      "history-from-log: catching up, 6,000 events behind",
    ]);
    const hub = Promise.withResolvers<void>();
    const web = scene(hub.promise);
    expect(await web(0, ten)).toEqual(["push-from-log: reading the last minute"]);
    hub.resolve();
    await hub.promise;
    expect(await web(1, ten)).toEqual([]);
  });

  test("is who starts while the log is away", async () => {
    const ask = scene();
    expect(await ask(0, { ...ten, away: true })).toEqual(["log: Kafka does not answer"]);
    // It shows what live view and history hold: that needs no log.
    const never = new Promise<void>(() => {});
    expect(await scene(never, false)(0, { ...ten, away: true })).toEqual([]);
    expect(await scene(never, false)(0, ten)).toEqual(["push-from-log: reading the last minute"]);
  });
});

describe("ready", () => {
  test("is who was ready once and is behind again, as long as it moves: a burst must not empty the balancer", async () => {
    const ask = scene();
    expect(await ask(0, ten)).toEqual([]);
    expect(await ask(1_000, { end: 90_000, shown: 90_000 })).toEqual([]);
    expect(await ask(9_000, { stored: 2_000 })).toEqual([]);
  });

  test("is who was ready once while a server is away for all, and who stood still for as long as that took", async () => {
    const ask = scene();
    await ask(0, { ...ten, stored: 7 });
    expect(await ask(9_000, { away: true })).toEqual([]);
    expect(await ask(60_000, { away: false })).toEqual([]);
  });

  test("is who holds nothing: others have all partitions, and their lag is theirs", async () => {
    const ask = scene();
    const none = { stored: null, shown: null, rejected: null };
    expect(await ask(0, { ...ten, ...none })).toHaveLength(2);
    expect(await ask(10_000, { end: 90_000 })).toEqual([]);
    expect(await ask(60_000)).toEqual([]);
  });

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

  test("is who waits for nothing but what retention dropped, or what is the log's own", async () => {
    const ask = scene();
    await ask(0, { ...ten, start: 10, stored: 0 });
    expect(await ask(60_000)).toEqual([]);
    await ask(70_000, { end: 11, shown: 11, own_records: true });
    expect(await ask(90_000)).toEqual([]);
  });
});
