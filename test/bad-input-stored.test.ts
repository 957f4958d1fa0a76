/**
 * Bad input of every declared stream on its whole way: some through the real door, some past it straight into the log,
 * as strangers write it; then by the batch layer into PostgreSQL.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { batchConsumer } from "../src/batch/consumer.ts";
import { formatInstant, hours, systemClock } from "../src/core/time.ts";
import type { Stream } from "../src/core/stream.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import type { Log } from "../src/log/log.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { DEAD_LETTERS_TOPIC, type RefusingDoor } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { city } from "./bad-input-kit.ts";
import { every, goodOf, sampleOf, type Value } from "./bad-input-samples.ts";
import { freshDatabase, type TestDatabase } from "./postgres.ts";

let database: TestDatabase;
let history: HistoryStore;
let log: Log;
let door: RefusingDoor;
const stop = new AbortController();
let running: Promise<void>;

beforeAll(async () => {
  database = await freshDatabase();
  history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  log = openMemoryLog({ clock: systemClock });
  await log.createTopics(
    [...every.map(({ topic }) => topic), DEAD_LETTERS_TOPIC].map((topic) => ({
      topic,
      // One partition: what was sent first is read first.
      partitions: 1,
      retention_ms: hours(1),
    })),
  );
  door = createDoor({ log, city, clock: systemClock });
  running = batchConsumer({ log, history, streams: every, city, clock: systemClock, batch_ms: 5 }).run(
    stop.signal,
  );
});

afterAll(async () => {
  stop.abort();
  await running;
  await log.close();
  await history.close();
  await database.drop();
});

/** Waits until history holds what is in the log. */
async function settled(): Promise<void> {
  for (;;) {
    const applied = await history.applied(every);
    const rejects = await history.rejectsApplied();
    const ends = await log.ends([...every.map(({ topic }) => topic), DEAD_LETTERS_TOPIC]);
    const behind = ends.filter(({ topic, partition, end_offset }) => {
      const stream = every.find((one) => one.topic === topic);
      const at = stream === undefined ? rejects.get(partition) : applied[stream.name]?.[partition];
      return (at ?? 0) < end_offset;
    });
    if (behind.length === 0) return;
    await Bun.sleep(5);
  }
}

const accept = (stream: Stream, values: readonly unknown[]) =>
  door.accept(stream, values, { source: "test" });

const append = (stream: Stream, values: readonly (Value | Uint8Array | null)[]) =>
  log.append(
    stream.topic,
    values.map((value) => ({
      key: "any",
      value: value === null || value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value)),
      headers: { source: "stranger" },
    })),
  );

const ledgerOf = async (stream: Stream) => {
  const rows = await history.ledger(stream);
  expect(rows.length).toBe(1);
  const { consumed, stored, duplicate, dead, late, unknown_fields } = rows[0]!;
  return { consumed, stored, duplicate, dead, late, unknown_fields };
};

describe("every stream, through door, log and history", () => {
  const now_ms = Date.now();
  const at_ms = Math.floor(now_ms / 1_000) * 1_000 - 5_000;

  test("the first of an identity wins, however often and by whichever way it comes again", async () => {
    for (const stream of every) {
      const good = goodOf(stream, at_ms);
      const other = { ...good, ...sampleOf(stream).other };
      expect(await accept(stream, [good, good, other])).toMatchObject({ accepted: 3, rejected: 0 });
      await append(stream, [other, { ...good, "not declared": 1, nor: { this: 2 } }]);
    }
    await settled();
    for (const stream of every) {
      expect([stream.name, await ledgerOf(stream)]).toEqual([
        stream.name,
        { consumed: 5, stored: 1, duplicate: 4, dead: 0, late: 0, unknown_fields: 2 },
      ]);
      const [row] = await history.raw(stream, { from_ms: at_ms, to_ms: at_ms + 1, limit: 5 });
      expect(row).toMatchObject({ event_id: "one", source: "test" });
      const { good, other } = sampleOf(stream);
      for (const [name, value] of Object.entries(other)) {
        expect(row!.row[name]).toBe(good[name] as string);
        expect(row!.row[name]).not.toBe(value as string);
      }
      for (const name of stream.personal) expect(row!.row[name]).toMatch(/^anon-/);
    }
  }, 60_000);

  test("case 21: an hour ahead is a dead letter, also past the door; an hour behind is stored, and late", async () => {
    for (const stream of every) {
      const ahead = goodOf(stream, now_ms + hours(1), "ahead");
      const behind = goodOf(stream, at_ms - hours(1), "behind");
      expect(await accept(stream, [ahead, behind])).toMatchObject({
        accepted: 1,
        rejected: 1,
        rejects: [{ line: 1, reason: "future", pointer: `/${stream.event_time}` }],
      });
      await append(stream, [ahead]);
    }
    await settled();
    for (const stream of every) {
      expect([stream.name, await ledgerOf(stream)]).toEqual([
        stream.name,
        { consumed: 7, stored: 2, duplicate: 4, dead: 1, late: 1, unknown_fields: 2 },
      ]);
      const letters = await history.deadLetters({ stream: stream.name, limit: 5 });
      expect(letters.map(({ reason, source, topic }) => [reason, source, topic]).sort()).toEqual(
        [
          ["future", "stranger", stream.topic],
          ["future", "test", DEAD_LETTERS_TOPIC],
        ].sort(),
      );
      for (const letter of letters)
        expect(JSON.parse(Buffer.from(letter.payload!).toString())).toMatchObject({
          [stream.identity]: "ahead",
        });
    }
  }, 60_000);

  test("case 14: poison between good events costs nobody else anything", async () => {
    for (const stream of every) {
      await append(stream, [
        null,
        goodOf(stream, at_ms, "two"),
        new Uint8Array(),
        Buffer.from(`{"${stream.key}":"a\\u0000b"`),
        Buffer.from([0xff, 0xfe]),
        goodOf(stream, at_ms + 1, "three"),
        { ...goodOf(stream, at_ms), [stream.identity]: "\ud800" },
        Buffer.from("[".repeat(50_000)),
        Buffer.alloc(100_000, 32),
        goodOf(stream, at_ms + 1_000, "four"),
      ]);
    }
    await settled();
    for (const stream of every) {
      expect([stream.name, await ledgerOf(stream)]).toEqual([
        stream.name,
        { consumed: 17, stored: 5, duplicate: 4, dead: 8, late: 1, unknown_fields: 2 },
      ]);
      const letters = await history.deadLetters({ stream: stream.name, limit: 20 });
      // Of the two that are ahead, one was refused at the door: it is none of the topic's.
      expect(letters.length).toBe(9);
      for (const { rule, payload_bytes, payload } of letters) {
        expect(rule).toMatch(/^(must|is required)/);
        if (payload_bytes > 65_536) expect(payload!.length).toBe(stream.personal.length > 0 ? 0 : 1_024);
      }
    }
  }, 60_000);

  test("the windows are those of the stored rows, and the tables hold what the ledger says", async () => {
    const [from_ms, to_ms] = [at_ms - hours(3), at_ms + hours(2)];
    for (const stream of every) {
      expect([stream.name, await history.recount(stream)]).toEqual([stream.name, { rows: 5, dead: 8 }]);
      const rows = await history.raw(stream, { from_ms, to_ms, limit: 10 });
      expect(
        rows.map(({ event_id, event_time_ms }) => `${formatInstant(event_time_ms)} ${event_id}`),
      ).toEqual([
        `${formatInstant(at_ms - hours(1))} behind`,
        `${formatInstant(at_ms)} one`,
        `${formatInstant(at_ms)} two`,
        `${formatInstant(at_ms + 1)} three`,
        `${formatInstant(at_ms + 1_000)} four`,
      ]);
      if (stream.windows === null) continue;
      const kept = await history.windows(stream, { from_ms, to_ms, limit: 10 });
      expect([stream.name, kept]).toEqual([
        stream.name,
        [...(await history.recomputeWindows(stream, from_ms, to_ms))],
      ]);
      expect(kept.reduce((n, window) => n + Number(window.kept["n"]), 0)).toBe(5);
    }
  }, 60_000);
});
