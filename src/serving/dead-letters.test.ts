/** Trying a dead letter again is an append to the log, once, with its id; what cannot be tried is named. */
import { expect, test } from "bun:test";
import { openMemoryLog } from "../log/memory-log.ts";
import { LogUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { streams } from "../streams/index.ts";
import { traffic } from "../streams/traffic.ts";
import { deadLetters, type StoredDeadLetter } from "./dead-letters.ts";

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const text = new TextEncoder();

function letter(n: number, more: Partial<StoredDeadLetter> = {}): StoredDeadLetter {
  const payload =
    more.payload === undefined ? text.encode(`{"road_id":"r${n}","current_speed":-1}`) : more.payload;
  return {
    dead_letter_id: uuid(n),
    stream: "traffic",
    state: "open",
    attempts: 0,
    reason: "range",
    pointer: "/current_speed",
    value: "-1",
    rule: "must be at least 0",
    topic: "traffic-raw",
    partition: 0,
    offset: n,
    source: "http",
    received_at_ms: 0,
    payload_bytes: payload?.length ?? 0,
    payload_sha256: "",
    ...more,
    payload,
  };
}

/** History as far as letters go: rows by id, and the marking. */
function setUp(...letters: StoredDeadLetter[]) {
  const log = openMemoryLog({ clock: systemClock });
  const by_id = new Map(letters.map((l) => [l.dead_letter_id, l]));
  const asked: string[][] = [];
  const history = {
    deadLetters: async () => letters,
    async deadLettersById(ids: readonly string[]) {
      asked.push([...ids]);
      return ids.flatMap((id) => by_id.get(id) ?? []);
    },
    async markReplayed(ids: readonly string[]) {
      for (const id of ids) by_id.set(id, { ...by_id.get(id)!, state: "replayed" });
    },
    applied: async () => ({ traffic: [7, 0, 0, 0] }),
  };
  const records = async () => {
    const ends = await log.ends([traffic.topic]);
    const all = await Promise.all(ends.map((e) => log.read(traffic.topic, e.partition, 0, 100)));
    return all.flat();
  };
  return { letters: deadLetters(history, log, streams), history, log, records, asked };
}

test("an open letter is appended with its id, marked as backfill, under its own key; asked again, it is skipped", async () => {
  const { letters, log, records } = setUp(letter(1), letter(2));
  await log.createTopics([{ topic: traffic.topic, partitions: 4, retention_ms: 1e9 }]);
  const first = await letters.replay([uuid(1), uuid(2), uuid(1)]);
  expect(first).toMatchObject({ replayed: [uuid(1), uuid(2)], skipped: [] });
  const found = await records();
  expect(Object.fromEntries(found.map((r) => [r.key, r.headers]))).toEqual({
    r1: { source: "replay", backfill: "1", dead_letter_id: uuid(1) },
    r2: { source: "replay", backfill: "1", dead_letter_id: uuid(2) },
  });
  expect(found).toHaveLength(2);
  expect(new TextDecoder().decode(found.find((r) => r.key === "r1")!.value!)).toBe(
    `{"road_id":"r1","current_speed":-1}`,
  );
  expect(await letters.replay([uuid(1)])).toMatchObject({
    replayed: [],
    skipped: [{ dead_letter_id: uuid(1), why: "not-open" }],
  });
  expect(await records()).toHaveLength(2);
  await log.close();
});

test("what cannot be tried again is named with its reason, and the rest goes on", async () => {
  const { letters, log, records, asked } = setUp(
    letter(1, { payload_bytes: 100_000 }),
    letter(2, { payload: null }),
    letter(3, { stream: "gone" }),
    letter(4, { state: "stored" }),
    letter(5, { payload: text.encode("no json") }),
  );
  await log.createTopics([{ topic: traffic.topic, partitions: 4, retention_ms: 1e9 }]);
  const { replayed, skipped } = await letters.replay(
    [1, 2, 3, 4, 5, 6].map(uuid).concat("'; drop table dead_letters; --"),
  );
  expect(replayed).toEqual([uuid(5)]);
  expect(Object.fromEntries(skipped.map((s) => [s.dead_letter_id, s.why]))).toEqual({
    [uuid(1)]: "cut",
    [uuid(2)]: "no-value",
    [uuid(3)]: "no-stream",
    [uuid(4)]: "not-open",
    [uuid(6)]: "not-found",
    "'; drop table dead_letters; --": "not-found",
  });
  expect(asked.flat().every((id) => id.length === 36)).toBe(true);
  expect((await records()).map((r) => r.key)).toEqual([null]);
  await log.close();
});

test("nothing is marked while the log is away: asking again tries again", async () => {
  const { letters, log, history, records } = setUp(letter(1));
  await log.createTopics([{ topic: traffic.topic, partitions: 4, retention_ms: 1e9 }]);
  const away = deadLetters(
    history,
    { append: () => Promise.reject(new LogUnavailableError("away")), epoch: () => log.epoch() },
    streams,
  );
  expect(await away.replay([uuid(1)]).catch((error: unknown) => error)).toBeInstanceOf(LogUnavailableError);
  expect(await letters.replay([uuid(1)])).toMatchObject({ replayed: [uuid(1)], skipped: [] });
  expect(await records()).toHaveLength(1);
  await log.close();
});

test("an id that is none ends a list, and is no error of a server", async () => {
  const { letters, log } = setUp(letter(1));
  expect((await letters.list({ limit: 10, before_id: "x" })).letters).toEqual([]);
  expect((await letters.list({ limit: 10 })).letters).toHaveLength(1);
  await log.close();
});
