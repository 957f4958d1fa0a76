import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HistoryUnavailableError } from "../core/errors.ts";
import { foldWindows } from "../core/window.ts";
import { systemClock } from "../core/time.ts";
import { assertLedger, CITY, eventOf, minutes, NOON, type Sent } from "../history/conformance-kit.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { postgresBed, type PostgresBed } from "../history/postgres-bed.fixture.ts";
import type { Log, NewRecord } from "../log/log.ts";
import { openMemoryLog } from "../log/memory-log.ts";
import { traffic } from "../streams/traffic.ts";
import { batchConsumer, type BatchConsumer, type BatchOptions } from "./consumer.ts";

const clock = { now: () => NOON + minutes(60), monotonic: () => systemClock.monotonic() };

const sent = (n: number, from = 0): Sent[] =>
  Array.from({ length: n }, (_, i) => ({
    key: `road-${(from + i) % 17}`,
    at_ms: (from + i) * 1_000,
    event_id: `e${from + i}`,
    speed: (from + i) % 120,
  }));

const recordOf = (one: Sent, headers: Record<string, string> = {}): NewRecord => ({
  key: one.key,
  value: Buffer.from(
    JSON.stringify({
      event_id: one.event_id,
      timestamp: new Date(NOON + one.at_ms).toISOString(),
      road_id: one.key,
      current_speed: one.speed,
    }),
  ),
  headers: { source: "test", ...headers },
});

describe("batch: log to history", () => {
  let bed: PostgresBed;
  let history: HistoryStore;
  let log: Log;
  const warnings: string[] = [];

  beforeAll(async () => {
    bed = await postgresBed();
  });
  afterAll(() => bed.drop());

  /** A database of its own for each test would cost more than all the rest. */
  async function fresh(): Promise<void> {
    await bed.drop();
    bed = await postgresBed();
    history = await bed.open();
    log = await freshLog();
    warnings.length = 0;
  }

  async function freshLog(): Promise<Log> {
    const made = openMemoryLog({ clock: systemClock });
    await made.createTopics([
      { topic: traffic.topic, partitions: 4, retention_ms: minutes(60) },
      { topic: "dead-letters", partitions: 1, retention_ms: minutes(60) },
    ]);
    return made;
  }

  function start(over: Partial<BatchOptions> = {}): {
    consumer: BatchConsumer;
    stop(): Promise<void>;
    done: Promise<void>;
  } {
    const consumer = batchConsumer({
      log,
      history,
      streams: [traffic],
      city: CITY,
      clock,
      batch_ms: 20,
      ends_ms: 20,
      onWarning: (message) => warnings.push(message),
      ...over,
    });
    const stop = new AbortController();
    const done = consumer.run(stop.signal);
    done.catch(() => {});
    return {
      consumer,
      done,
      async stop() {
        stop.abort();
        await done;
      },
    };
  }

  async function caughtUp(): Promise<void> {
    const ends = await log.ends([traffic.topic, "dead-letters"]);
    for (let tries = 0; tries < 1_500; tries++) {
      const applied = (await history.applied([traffic]))["traffic"]!;
      const rejects = (await history.rejectsApplied()).get(0) ?? 0;
      if (ends.every((e) => (e.topic === traffic.topic ? applied[e.partition]! : rejects) >= e.end_offset))
        return;
      await Bun.sleep(10);
    }
    throw new Error("The batch layer did not reach the log's end");
  }

  async function assertAll(all: readonly Sent[]): Promise<void> {
    const rows = await history.raw(traffic, {
      from_ms: NOON - minutes(999),
      to_ms: NOON + minutes(999),
      limit: 5_000,
    });
    expect(rows.map((r) => r.event_id).sort()).toEqual(all.map((one) => one.event_id).sort());
    const folded = foldWindows(
      traffic.windows!,
      all.map((one, i) => eventOf(traffic, one, 0, i)),
    );
    expect(await history.windows(traffic, { from_ms: 0, to_ms: NOON + minutes(999), limit: 5_000 })).toEqual(
      folded,
    );
    await assertLedger(history, traffic);
  }

  test("what is appended is stored once; what is no event becomes a dead letter with its bytes, and the next is stored", async () => {
    await fresh();
    const run = start();
    const bad: NewRecord[] = [
      { key: "x", value: Buffer.from("no json \0") },
      { key: "x", value: null },
      {
        key: "x",
        value: Buffer.from(`{"road_id":"x","timestamp":"2026-07-15T12:00:00Z","current_speed":-1}`),
        headers: { source: "a\u0000b" },
      },
    ];
    const all = sent(300);
    await log.append(traffic.topic, [
      ...all.slice(0, 100).map((o) => recordOf(o)),
      ...bad,
      ...all.slice(100).map((o) => recordOf(o)),
      ...all.slice(5, 8).map((o) => recordOf(o)),
    ]);
    await caughtUp();
    await assertAll(all);
    const letters = await history.deadLetters({ limit: 10 });
    expect(letters.map((l) => `${l.reason} ${l.pointer} ${l.source}`).sort()).toEqual([
      "json  kafka",
      "json  kafka",
      "range /current_speed ab",
    ]);
    expect(
      letters.map((l) => (l.payload === null ? "none" : Buffer.from(l.payload).toString())).sort(),
    ).toEqual(bad.map((b) => (b.value === null ? "none" : Buffer.from(b.value).toString())).sort());
    expect(run.consumer.progress()).toMatchObject({
      stored: 300,
      duplicate: 3,
      dead: 3,
      queued: 0,
      fenced: 0,
      waiting_for: null,
    });
    await run.stop();
  }, 30_000);

  test("rejects at the door are counted by source, and what is no letter is a letter itself", async () => {
    await fresh();
    const run = start();
    const letter = {
      stream: "traffic",
      reason: "range",
      pointer: "/current_speed",
      value: "400",
      rule: "must be at most 300",
      source: "http",
      received_at: "2026-07-15T12:00:00Z",
      payload: Buffer.from("{}").toString("base64"),
      payload_bytes: 2,
      payload_sha256: "00",
    };
    await log.append("dead-letters", [
      { key: null, value: Buffer.from(JSON.stringify(letter)) },
      { key: null, value: Buffer.from(JSON.stringify({ ...letter, source: "replay" })) },
      { key: null, value: Buffer.from("nonsense") },
    ]);
    await caughtUp();
    expect(await history.rejected()).toEqual([
      { stream: "dead-letters", source: "kafka", count: 1 },
      { stream: "traffic", source: "http", count: 1 },
      { stream: "traffic", source: "replay", count: 1 },
    ]);
    const letters = await history.deadLetters({ limit: 10 });
    expect(
      letters.map((l) => `${l.stream} ${l.source} at ${l.topic} ${l.partition}:${l.offset}`).sort(),
    ).toEqual([
      "dead-letters kafka at dead-letters 0:2",
      "traffic http at dead-letters 0:0",
      "traffic replay at dead-letters 0:1",
    ]);
    for (const { topic, partition, offset, payload_sha256, stream } of letters) {
      const [at] = await log.read(topic, partition, offset, 1);
      const text = Buffer.from(at!.value!).toString();
      expect(text).toContain(stream === "traffic" ? `"payload_sha256":"${payload_sha256}"` : "nonsense");
    }
    await run.stop();
  }, 30_000);

  test("a server that fails, and one whose COMMIT's answer is lost, lose nothing and repeat nothing", async () => {
    await fresh();
    let calls = 0;
    const shaky: HistoryStore = {
      ...history,
      async append(stream, parts) {
        const n = calls++;
        if (n % 3 === 0) throw new HistoryUnavailableError("Cannot append: away");
        const outcome = await history.append(stream, parts);
        if (n % 3 === 1) throw new HistoryUnavailableError("Cannot append: the answer was lost");
        return outcome;
      },
    };
    const run = start({ history: shaky });
    const all = sent(400);
    for (let i = 0; i < 400; i += 50)
      await log.append(
        traffic.topic,
        all.slice(i, i + 50).map((o) => recordOf(o)),
      );
    await caughtUp();
    await assertAll(all);
    expect(warnings.length).toBeGreaterThan(0);
    await run.stop();
  }, 30_000);

  test("stopped anywhere and started again, and beside a second consumer that nobody told, it stores all once", async () => {
    await fresh();
    const second = await bed.open();
    const all = sent(1_500);
    // Another group: both read every partition, as a member does that was thought dead.
    const zombie = batchConsumer({
      log: { ...bound(log), consume: (o) => log.consume({ ...o, group: `${o.group}-zombie` }) },
      history: second,
      streams: [traffic],
      city: CITY,
      clock,
      batch_ms: 5,
      rejects_topic: null,
    });
    const stop = new AbortController();
    const other = zombie.run(stop.signal);
    for (let i = 0; i < 1_500; i += 100) {
      const run = start({ batch_ms: 3, rejects_topic: null });
      await log.append(
        traffic.topic,
        all.slice(i, i + 100).map((o) => recordOf(o)),
      );
      if (i % 200 === 0) await Bun.sleep(15);
      await run.stop();
    }
    const run = start();
    await caughtUp();
    stop.abort();
    await other;
    await run.stop();
    await assertAll(all);
  }, 30_000);

  test("a topic made anew is recognised and read from 0, loudly; one that is the same is not", async () => {
    await fresh();
    const all = sent(100);
    await log.append(
      traffic.topic,
      all.map((o) => recordOf(o)),
    );
    let run = start();
    await caughtUp();
    await run.stop();
    run = start();
    await log.append(
      traffic.topic,
      sent(10, 100).map((o) => recordOf(o)),
    );
    await caughtUp();
    await run.stop();
    expect(warnings).toEqual([]);

    // As long as before, with other records; and, in some partitions, shorter.
    log = await freshLog();
    await log.append(
      traffic.topic,
      sent(60, 200).map((o) => recordOf(o)),
    );
    run = start();
    await log.append(
      traffic.topic,
      sent(100, 300).map((o) => recordOf(o)),
    );
    for (let tries = 0; (await history.recount(traffic)).rows < 270 && tries < 500; tries++)
      await Bun.sleep(10);
    await caughtUp();
    await run.stop();
    expect(warnings.filter((w) => w.includes("made anew"))).toHaveLength(4);
    await assertAll([...all, ...sent(10, 100), ...sent(60, 200), ...sent(100, 300)]);
  }, 30_000);

  test("a fault of ours ends the consumer; it is not repeated for ever", async () => {
    await fresh();
    const run = start({ history: { ...history, append: () => Promise.reject(new TypeError("a fault")) } });
    await log.append(
      traffic.topic,
      sent(3).map((o) => recordOf(o)),
    );
    expect(run.done).rejects.toThrow("a fault");
  }, 30_000);

  test("backfill is stored and never late; the watermark is the wall clock once every partition is seen silent at its end", async () => {
    await fresh();
    const now = { ms: NOON + minutes(30) };
    const run = start({ clock: { now: () => now.ms, monotonic: () => systemClock.monotonic() } });
    await log.append(
      traffic.topic,
      sent(200).map((o) => recordOf(o)),
    );
    await log.append(traffic.topic, [
      recordOf({ key: "road-1", at_ms: -minutes(50), event_id: "b", speed: 1 }, { backfill: "1" }),
    ]);
    await caughtUp();
    expect((await history.ledger(traffic)).reduce((n, row) => n + row.late, 0)).toBe(0);
    for (let tries = 0; run.consumer.watermark(traffic) === null && tries < 500; tries++) await Bun.sleep(10);
    // Records have just come: nothing is silent, so the watermark is that of the events.
    expect(run.consumer.watermark(traffic)).toBeLessThan(NOON + 200_000);
    await run.stop();
    // A new process sees nothing come at all.
    const again = start({ clock: { now: () => now.ms, monotonic: () => systemClock.monotonic() } });
    for (let tries = 0; again.consumer.watermark(traffic) !== now.ms && tries < 500; tries++)
      await Bun.sleep(10);
    expect(again.consumer.watermark(traffic)).toBe(now.ms);
    await again.stop();
  }, 30_000);
});

const bound = (log: Log): Log => ({
  createTopics: (t) => log.createTopics(t),
  append: (t, r) => log.append(t, r),
  consume: (o) => log.consume(o),
  ends: (t) => log.ends(t),
  read: (t, p, o, n) => log.read(t, p, o, n),
  epoch: () => log.epoch(),
  retain: (n) => log.retain(n),
  close: () => log.close(),
});
