/**
 * The METR-LA recording through the door, the log and the batch layer: hourly means, peak hours and top roads of the analytics equal what
 * `metr-la-by-hand.ts` counts straight from the CSV, to 0.01.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { batchConsumer } from "../src/batch/consumer.ts";
import { days, type Clock } from "../src/core/time.ts";
import type { BatchStore } from "../src/history/rollups/batch-store.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import type { Analytics } from "../src/serving/analytics/answer.ts";
import { createServing } from "../src/serving/serving.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { openRecording } from "../src/sources/replay/recording.ts";
import { replay, shiftToNow } from "../src/sources/replay/replay.ts";
import { traffic } from "../src/streams/traffic.ts";
import { freshDatabase } from "./postgres.ts";
import { cityOf } from "./serving-scene.ts";

const FOLDER = join(import.meta.dir, "..", "..", "shared", "data", "metr-la");
const FILE = join(FOLDER, "speed_mph.csv");
const here = existsSync(FILE);
if (!here) process.stdout.write("No recording at ../shared/data/metr-la: its analytics are not compared\n");

const ZONE = "America/Los_Angeles";
/** Thursday, midnight in Los Angeles, where it is eight hours earlier than in London. */
const FROM_MS = Date.UTC(2012, 2, 1, 8);
/** The recording's last step is the 1,612th. */
const END_MS = FROM_MS + 1_612 * 300_000;
const clock: Clock = { now: () => END_MS + 60_000, monotonic: () => performance.now() };
const city = {
  ...cityOf([], ZONE),
  peak_hours: [
    [6, 10],
    [16, 20],
  ] as const,
};

interface Counted {
  n: number;
  speed: number;
  congested_share: number;
}
interface ByHand {
  detectors: number;
  steps: number;
  by_hour: Counted[];
  by_weekday_hour: (Counted | null)[];
  by_day: (Counted & { date: string })[];
  top_roads: (Counted & { road_id: string })[];
}

let hand: ByHand;
let analytics: Analytics;
let batch: BatchStore;
let close: () => Promise<void>;
const query = {
  from_ms: FROM_MS,
  to_ms: END_MS + 3_600_000,
  roads: null,
  weekdays: null,
  without_holidays: false,
  compared: null,
};

beforeAll(async () => {
  if (!here) return;
  const counted = Bun.spawnSync([process.execPath, join(import.meta.dir, "metr-la-by-hand.ts"), FILE]);
  hand = JSON.parse(counted.stdout.toString()) as ByHand;
  const database = await freshDatabase();
  const { url } = database;
  const history = openPostgresHistory({ url, clock });
  await history.migrate();
  const log = openMemoryLog({ clock });
  await log.createTopics(
    [traffic, { topic: DEAD_LETTERS_TOPIC, partitions: 1 }].map(({ topic, partitions }) => ({
      topic,
      partitions,
      retention_ms: days(1),
    })),
  );
  const stop = new AbortController();
  const running = batchConsumer({ log, history, streams: [traffic], city, clock }).run(stop.signal);
  const recording = await openRecording(
    FILE,
    join(import.meta.dir, "../docs/mappings/metr-la.json"),
    traffic,
  );
  const span = await recording.scan();
  expect(shiftToNow(span.end_ms, clock.now())).toBe(0);
  await history.ensurePartitions(traffic, span.start_ms, span.end_ms);
  const door = createDoor({ log, city, clock });
  const done = await replay({
    recording,
    span,
    door,
    speed: "max",
    time: { kind: "shift", now_ms: clock.now() },
    source: "metr-la",
  });
  const stored = async (): Promise<number> =>
    (await history.ledger(traffic)).reduce((sum, part) => sum + part.stored, 0);
  while ((await stored()) < done.accepted) await Bun.sleep(20);
  batch = openPostgresBatch({ url, zone: ZONE });
  await batch.refresh(traffic, { now_ms: clock.now() });
  const live = openMemoryLive({ clock });
  const serving = createServing({
    streams: [traffic],
    live,
    history,
    batch,
    log: { ends: (topics) => log.ends(topics), epoch: async () => "e" },
    city,
    clock,
  });
  analytics = serving.analytics!;
  close = async () => {
    stop.abort();
    await running;
    await Promise.all([log.close(), history.close(), batch.close(), live.close()]);
    await database.drop();
  };
}, 120_000);
afterAll(async () => {
  if (here) await close();
});

const near = (found: number | null, wanted: number): void => {
  if (found === null || Math.abs(found - wanted) > 0.01)
    throw new Error(`${String(found)} is not ${wanted} to 0.01`);
};

describe.skipIf(!here)("a recorded week, by two ways", () => {
  test("333,684 measurements are in the windows, and the views stand at the last window that is final", async () => {
    expect([hand.detectors, hand.steps]).toEqual([207, 1_612]);
    const { data } = await analytics.trafficSummary(query);
    expect([data.asked.n, data.asked.roads_seen]).toEqual([207 * 1_612, 207]);
    const frontiers = await batch.frontiers(traffic);
    expect(new Set(Object.values(frontiers)).size).toBe(1);
    expect(END_MS - frontiers["hours"]!).toBeLessThanOrEqual(600_000);
  });

  test("hourly means and shares congested, by hour and by weekday and hour", async () => {
    const { data } = await analytics.trends({ ...query, step: "1h", limit: 20 });
    for (const [hour, wanted] of hand.by_hour.entries()) {
      const found = data.hourly_avg_speed[hour]!;
      expect([found.hour, found.n]).toEqual([hour, wanted.n]);
      near(found.speed, wanted.speed);
      near(found.congested_share, wanted.congested_share);
    }
    for (const [i, wanted] of hand.by_weekday_hour.entries()) {
      const found = data.weekday_hour[i]!;
      expect(found.n).toBe(wanted?.n ?? 0);
      if (wanted === null) expect(found.speed).toBeNull();
      else near(found.speed, wanted.speed);
    }
  });

  test("top roads: the same, in the same order, with the same shares and means", async () => {
    const { data } = await analytics.trends({ ...query, step: "1h", limit: 20 });
    expect(data.top_congested_roads).toHaveLength(20);
    for (const [i, found] of data.top_congested_roads.entries()) {
      const wanted = hand.top_roads.find(({ road_id }) => road_id === found.road_id);
      if (wanted === undefined) throw new Error(`${found.road_id} is not among the twenty`);
      near(found.congested_share, wanted.congested_share);
      near(found.congested_share, hand.top_roads[i]!.congested_share);
      near(found.mean_speed, wanted.speed);
    }
  });

  test("peak hours: the hours with the slowest traffic are those of the recording", async () => {
    const { data } = await analytics.peakHours(query);
    const worst = (hours: readonly { hour: number; congested_share: number | null }[]): number[] =>
      [...hours]
        .sort((a, b) => (b.congested_share ?? 0) - (a.congested_share ?? 0))
        .slice(0, 6)
        .map(({ hour }) => hour);
    // History is the days before today, which is the recording's last.
    const past = hand.by_hour.map((_, hour) => {
      const of_hour = hand.by_weekday_hour.flatMap((one, i) =>
        one !== null && i % 24 === hour && Math.floor(i / 24) !== 1 ? [one] : [],
      );
      const n = of_hour.reduce((sum, one) => sum + one.n, 0);
      return {
        hour,
        congested_share: of_hour.reduce((sum, one) => sum + one.congested_share * one.n, 0) / n,
      };
    });
    for (const { hour, congested_share } of data.batch) near(congested_share, past[hour]!.congested_share);
    expect(worst(data.batch)).toEqual(worst(past));
    for (const { hour, mean_speed, n } of data.speed) {
      const wanted = hand.by_weekday_hour[24 + hour]!;
      if (n > 0) near(mean_speed, wanted.speed);
    }
    expect(data.measured_peaks.length).toBeGreaterThan(0);
  });

  test("days: records, means and shares of each date", async () => {
    const { data } = await analytics.dailySummary(query);
    for (const wanted of hand.by_day) {
      const found = data.find(({ date }) => date === wanted.date)!;
      expect(found.total_records).toBe(wanted.n);
      near(found.avg_speed, wanted.speed);
      near(found.congested_share, wanted.congested_share);
    }
  });
});
