/** Trying a dead letter again is an append to the log, once, with its id; what cannot be tried is named. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { LogUnavailableError } from "../core/errors.ts";
import type { DeadLetter } from "../core/event.ts";
import { systemClock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { openPostgresHistory } from "../history/postgres-history.ts";
import { openMemoryLog } from "../log/memory-log.ts";
import { streams } from "../streams/index.ts";
import { traffic } from "../streams/traffic.ts";
import { deadLetters } from "./dead-letters.ts";

const text = new TextEncoder();
const NOBODY = "00000000-0000-4000-8000-000000000000";

let database: TestDatabase;
let history: HistoryStore;
beforeAll(async () => {
  database = await freshDatabase();
  history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
});
afterAll(async () => {
  await history.close();
  await database.drop();
});

let next = 0;

/** Stores letters as the door's rejects are stored. @returns their ids, in order. */
async function refused(...letters: (Partial<DeadLetter> & { stream?: string })[]): Promise<string[]> {
  const first = next;
  next += letters.length;
  await history.appendRejects(
    0,
    first,
    next,
    letters.map((more, i) => {
      const payload =
        more.payload === undefined ? text.encode(`{"road_id":"r${i + 1}","current_speed":-1}`) : more.payload;
      return {
        stream: "traffic",
        reason: "range" as const,
        pointer: "/current_speed",
        value: "-1",
        rule: "must be at least 0",
        topic: "dead-letters",
        partition: 0,
        offset: first + i,
        source: "http",
        received_at_ms: first + i,
        payload_bytes: payload?.length ?? 0,
        payload_sha256: "",
        dead_letter_id: null,
        ...more,
        payload,
      };
    }),
  );
  const stored = await history.deadLetters({ limit: letters.length });
  return stored.map((l) => l.dead_letter_id).toReversed();
}

async function setUp() {
  const log = openMemoryLog({ clock: systemClock });
  await log.createTopics([{ topic: traffic.topic, partitions: 4, retention_ms: 1e9 }]);
  const records = async () => {
    const ends = await log.ends([traffic.topic]);
    const all = await Promise.all(ends.map((e) => log.read(traffic.topic, e.partition, 0, 100)));
    return all.flat();
  };
  return { letters: deadLetters(history, log, streams), log, records };
}

test("an open letter is appended with its id, marked as backfill, under its own key; asked again, it is skipped", async () => {
  const [one, two] = (await refused({}, {})) as [string, string];
  const { letters, log, records } = await setUp();
  expect(await letters.replay([one, two, one])).toMatchObject({ replayed: [one, two], skipped: [] });
  const found = await records();
  expect(found).toHaveLength(2);
  expect(Object.fromEntries(found.map((r) => [r.key, r.headers]))).toEqual({
    r1: { source: "replay", backfill: "1", dead_letter_id: one },
    r2: { source: "replay", backfill: "1", dead_letter_id: two },
  });
  const value = found.find((r) => r.key === "r1")!.value!;
  expect(new TextDecoder().decode(value)).toBe(`{"road_id":"r1","current_speed":-1}`);
  expect(await letters.replay([one])).toMatchObject({
    replayed: [],
    skipped: [{ dead_letter_id: one, why: "not-open" }],
  });
  expect(await records()).toHaveLength(2);
  await log.close();
});

test("what cannot be tried again is named with its reason, and the rest goes on", async () => {
  const [cut, empty, gone, garbled] = (await refused(
    { payload_bytes: 100_000 },
    { payload: null },
    { stream: "gone" },
    { payload: text.encode("no json") },
  )) as [string, string, string, string];
  const { letters, log, records } = await setUp();
  const nonsense = "'; drop table dead_letters; --";
  const { replayed, skipped } = await letters.replay([cut, empty, gone, garbled, NOBODY, nonsense]);
  expect(replayed).toEqual([garbled]);
  expect(Object.fromEntries(skipped.map((s) => [s.dead_letter_id, s.why]))).toEqual({
    [cut]: "cut",
    [empty]: "no-value",
    [gone]: "no-stream",
    [NOBODY]: "not-found",
    [nonsense]: "not-found",
  });
  expect((await records()).map((r) => r.key)).toEqual([null]);
  await log.close();
});

test("nothing is marked while the log is away: asking again tries again", async () => {
  const [one] = (await refused({})) as [string];
  const { letters, log, records } = await setUp();
  const away = deadLetters(
    history,
    { append: () => Promise.reject(new LogUnavailableError("away")), epoch: () => log.epoch() },
    streams,
  );
  expect(await away.replay([one]).catch((error: unknown) => error)).toBeInstanceOf(LogUnavailableError);
  expect(await letters.replay([one])).toMatchObject({ replayed: [one], skipped: [] });
  expect(await records()).toHaveLength(1);
  await log.close();
});

test("lists are paged by id; an id that is none ends a list, and is no error of a server", async () => {
  const ids = await refused({}, {}, {});
  const { letters, log } = await setUp();
  const first = await letters.list({ limit: 2, stream: "traffic", state: "open" });
  expect(first.letters.map((l) => l.dead_letter_id)).toEqual([ids[2]!, ids[1]!]);
  const rest = await letters.list({ limit: 1, before_id: ids[1]! });
  expect(rest.letters.map((l) => l.dead_letter_id)).toEqual([ids[0]!]);
  expect((await letters.list({ limit: 10, before_id: "x" })).letters).toEqual([]);
  await log.close();
});
