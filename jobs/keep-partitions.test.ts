import { afterAll, beforeAll, expect, test } from "bun:test";
import { batchConsumer } from "../src/batch/consumer.ts";
import { cityOf } from "../src/cities/index.ts";
import { formatInstant, hours, type Clock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { traffic } from "../src/streams/traffic.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { keepPartitions } from "./keep-partitions.ts";
import { repeat } from "./service.ts";

let database: TestDatabase;
let history: HistoryStore;
let now_ms = Date.UTC(2026, 10, 20, 18);
const clock: Clock = { now: () => now_ms, monotonic: () => performance.now() };

beforeAll(async () => {
  database = await freshDatabase();
  history = openPostgresHistory({ url: database.url, clock });
  await history.migrate();
});
afterAll(async () => {
  await history.close();
  await database.drop();
});

test("a batch that was accepted on Friday and not stored is still in the log on Monday, and goes once it is stored", async () => {
  const log = openMemoryLog({ clock });
  await log.createTopics([
    { topic: traffic.topic, partitions: 2, retention_ms: hours(24) },
    { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: hours(24) },
  ]);
  const value = (road_id: string): Uint8Array =>
    Buffer.from(
      JSON.stringify({ event_id: "e", road_id, timestamp: formatInstant(now_ms), current_speed: 30 }),
    );
  await log.append(
    traffic.topic,
    ["a", "b", "c"].map((key) => ({ key, value: value(key) })),
  );

  now_ms += hours(60);
  const stop = new AbortController();
  let rounds = 0;
  const retain = log.retain.bind(log);
  let retained = 0;
  log.retain = (at_ms) => (retained++, retain(at_ms));
  const counting = {
    ...history,
    rejectsApplied: () => history.rejectsApplied(),
    retain: (...args: Parameters<HistoryStore["retain"]>) => (rounds++, history.retain(...args)),
  };
  const round = keepPartitions({
    streams: [traffic],
    history: counting,
    log,
    rejects_topic: DEAD_LETTERS_TOPIC,
    clock,
    onDropped: () => {},
  });
  const keeping = repeat(5, stop.signal, round);
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await condition()); tries++) {
      expect(tries).toBeLessThan(1_000);
      await Bun.sleep(5);
    }
  };
  await until(() => rounds >= 4);
  expect(retained).toBe(0);
  expect((await log.ends([traffic.topic])).map((end) => end.start_offset)).toEqual([0, 0]);

  const storing = batchConsumer({ log, history, streams: [traffic], city: cityOf("demo"), clock }).run(
    stop.signal,
  );
  await until(async () =>
    (await log.ends([traffic.topic])).every((end) => end.start_offset === end.end_offset),
  );
  expect((await history.latest(traffic)).map((row) => row.key).sort()).toEqual(["a", "b", "c"]);
  stop.abort();
  await Promise.all([keeping, storing]);
  await log.close();
});
