/** A log that is not in the database, as Kafka is not: it still has what came after the backup, and history reads it again. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../core/time.ts";
import { batchConsumer } from "../batch/consumer.ts";
import { ALL, assertLedger, CITY, minutes, NOON } from "../history/conformance-kit.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { MIGRATIONS } from "../history/postgres-bed.fixture.ts";
import { openPostgresHistory } from "../history/postgres-history.ts";
import type { Log } from "../log/log.ts";
import { openMemoryLog } from "../log/memory-log.ts";
import { traffic } from "../streams/traffic.ts";
import { freshDatabase } from "../../test/postgres.ts";
import { restoreBackup } from "./restore.ts";
import { takeBackup } from "./take.ts";

const dir = mkdtempSync(join(tmpdir(), "arterial-backup-"));
const ended: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ended.reverse()) await end();
  rmSync(dir, { recursive: true, force: true });
});

const clock = { now: () => NOON + minutes(60), monotonic: () => systemClock.monotonic() };
const never = new AbortController().signal;

const append = (log: Log, from: number, to: number): Promise<unknown> =>
  log.append(
    traffic.topic,
    Array.from({ length: to - from }, (_, i) => ({
      key: `road ${(from + i) % 7}`,
      value: Buffer.from(
        JSON.stringify({
          event_id: `e${from + i}`,
          timestamp: new Date(NOON + (from + i) * 1_000).toISOString(),
          road_id: `road ${(from + i) % 7}`,
          current_speed: (from + i) % 90,
        }),
      ),
    })),
  );

async function openHistory(url: string): Promise<HistoryStore> {
  const history = openPostgresHistory({ url, clock, migrations: MIGRATIONS });
  ended.push(() => history.close());
  await history.migrate();
  return history;
}

/** Reads until history has consumed so many. */
async function consume(log: Log, history: HistoryStore, count: number): Promise<string[]> {
  const stop = new AbortController();
  const warnings: string[] = [];
  const consumer = batchConsumer({
    log,
    history,
    streams: [traffic],
    city: CITY,
    clock,
    batch_ms: 5,
    onWarning: (message) => warnings.push(message),
    onProgress: ({ partitions }) => {
      if (partitions.reduce((n, one) => n + one.next_offset, 0) >= count) stop.abort();
    },
  });
  await consumer.run(AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]));
  return warnings;
}

test("paper 000, disaster scenario 3: what a log still holds of after the backup is read again, each event once", async () => {
  const [full, empty] = [await freshDatabase(), await freshDatabase()];
  ended.push(
    () => full.drop(),
    () => empty.drop(),
  );
  const log = openMemoryLog({ clock: systemClock });
  ended.push(() => log.close());
  await log.createTopics([
    { topic: traffic.topic, partitions: traffic.partitions, retention_ms: minutes(60) },
    { topic: "dead-letters", partitions: 1, retention_ms: minutes(60) },
  ]);
  const path = join(dir, "a.backup");
  const first = await openHistory(full.url);
  await append(log, 0, 500);
  await consume(log, first, 500);
  const topics = [{ topic: traffic.topic, stream: traffic.name }];
  const { manifest } = await takeBackup({
    url: full.url,
    path,
    release: "0.1.0",
    city: "Test",
    topics,
    clock,
    signal: never,
    migrations: MIGRATIONS,
  });
  expect(manifest.unread_events).toBe(0);
  await append(log, 500, 800);
  await consume(log, first, 800);

  await restoreBackup({ path, url: empty.url, replace: false, clock, signal: never, migrations: MIGRATIONS });
  const copy = await openHistory(empty.url);
  expect((await copy.raw(traffic, ALL)).length).toBe(500);
  // History knows the log again by its last record: nothing is taken for a topic made anew, nothing for lost.
  expect(await consume(log, copy, 800)).toEqual([]);
  expect(await copy.raw(traffic, ALL)).toEqual(
    (await first.raw(traffic, ALL)).map((row) =>
      expect.objectContaining({ event_id: row.event_id, offset: row.offset, row: row.row }),
    ),
  );
  await assertLedger(copy, traffic);
  expect((await copy.ledger(traffic)).reduce((n, { duplicate }) => n + duplicate, 0)).toBe(0);
  expect(await copy.windows(traffic, ALL)).toEqual(await first.windows(traffic, ALL));
});
