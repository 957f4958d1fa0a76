/**
 * A small city of the papers: two locations and three roads over five days and a morning, by the real consumers from a log into
 * PostgreSQL and a live view, with the real serving layer, routes, pages and jobs. The log is beside the database, as Kafka is.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batchConsumer } from "../src/batch/consumer.ts";
import { createApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import type { City } from "../src/core/city.ts";
import { LiveUnavailableError } from "../src/core/errors.ts";
import type { JobResult } from "../src/core/job.ts";
import type { Stream } from "../src/core/stream.ts";
import {
  days,
  formatInstant,
  hours,
  minutes,
  startOfDay,
  systemClock,
  type Clock,
} from "../src/core/time.ts";
import { openPostgresAir } from "../src/history/air/postgres-air.ts";
import { openPostgresArchive } from "../src/history/archived/archive-store.ts";
import { openPostgresDuties } from "../src/history/duties.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { openPostgresCare } from "../src/history/rollups/postgres-care.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openPostgresModels } from "../src/history/models/postgres-models.ts";
import { openPostgresScores } from "../src/history/scores/postgres-scores.ts";
import { openPostgresSpeeds } from "../src/history/speed-matrix.ts";
import { openPostgresQuality } from "../src/history/quality/postgres-quality.ts";
import { jobsHere } from "../src/jobs-here.ts";
import type { LiveStore } from "../src/live/live-store.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openPatterns } from "../src/open-patterns.ts";
import { openSql } from "../src/postgres.ts";
import { jobsDesk } from "../src/serving/jobs.ts";
import { qualityDesk } from "../src/serving/quality-desk.ts";
import { createServing } from "../src/serving/serving.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { speedConsumer } from "../src/speed/speed-consumer.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { declaredOf } from "../jobs/declared.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { pageRoutes } from "../routes/pages/index.ts";
import { Hono } from "hono";
import { freshDatabase, type TestDatabase } from "./postgres.ts";
import { cityOf, HandClock } from "./serving-scene.ts";

export const STREAMS: readonly Stream[] = [traffic, readings];
/** Paper 000 tells its times in WIB. */
export const ZONE = "Asia/Jakarta";
export const PEAK_HOURS: City["peak_hours"] = [
  [6, 10],
  [16, 20],
];
export const TODAY_MS = startOfDay(systemClock.now(), ZONE);
/** 10:10, after the morning's peak. */
export const NOW_MS = TODAY_MS + hours(10) + minutes(10);
/** Enough hours for a correlation. */
export const FROM_MS = TODAY_MS - days(5);
const isPeak = (hour: number): boolean => PEAK_HOURS.some(([from, to]) => hour >= from && hour < to);

/** What is stored and asked of one database: opened anew after a disaster. */
export type Open = Awaited<ReturnType<typeof openOver>>;
export type PapersBed = Awaited<ReturnType<typeof papersBed>>;

async function openOver(database: TestDatabase, shared: Shared) {
  const { url } = database;
  const { city, clock, log, live, door, config } = shared;
  const history = openPostgresHistory({ url, clock });
  await history.migrate();
  const { zone } = city;
  const batch = openPostgresBatch({ url, zone });
  await batch.settle();
  const [care, quality] = [openPostgresCare({ url, zone }), openPostgresQuality({ url })];
  const [patterns, archive] = [openPatterns(url, city), openPostgresArchive({ url })];
  const air = openPostgresAir({ url });
  const [models, speeds] = [openPostgresModels({ url }), openPostgresSpeeds({ url })];
  const scores = openPostgresScores({ url, zone });
  const duties = openPostgresDuties({ url });
  const sql = openSql(url, { max: 1, application_name: "test" });
  const options = { streams: STREAMS, live, history, batch, care, quality, patterns, log, city, clock };
  const serving = createServing({ ...options, tick_ms: 0 });
  const jobs = jobsHere({
    config,
    stores: {
      log,
      history,
      batch,
      care,
      quality,
      patterns,
      air,
      models,
      scores,
      speeds,
      archive,
      duties,
      url,
      live,
    },
    streams: STREAMS,
    city,
    clock,
    door,
  });
  const desk = qualityDesk({ quality, streams: STREAMS, city, clock, cursor: () => serving.cursor() });
  const deps = { serving, streams: STREAMS, city, clock, quality: desk };
  const app = createApp({
    ...deps,
    deadLetters: {
      list: async () => ({ letters: [], cursor: await serving.cursor() }),
      replay: async () => ({ replayed: [], skipped: [], cursor: await serving.cursor() }),
    },
    jobs: jobsDesk({ jobs: jobs.map((job) => declaredOf(job, zone)), runs: duties.runs, clock }),
    readiness: { waitingFor: async () => [] },
    allowed_hosts: [],
    version: "test",
    ingest: ingestRoutes({ door, streams: STREAMS, cursor: async () => () => "" }),
    live: new Hono(),
    pages: pageRoutes(deps),
  });
  const text = async (path: string): Promise<string> => {
    const response = await app.request(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  return {
    database,
    history,
    batch,
    serving,
    jobs,
    duties,
    text,
    get: async <T>(path: string): Promise<T> => JSON.parse(await text(path)) as T,
    rows: async (statement: string): Promise<Record<string, unknown>[]> => [...(await sql.unsafe(statement))],
    /** One run, as its schedule or somebody by hand begins it. */
    async job(name: string, over: { from_ms?: number; to_ms?: number } = {}): Promise<JobResult> {
      const job = jobs.find((one) => one.name === name)!;
      const flags = Object.entries(job.flags ?? {}).map(([flag, how]) => [
        flag,
        "usual" in how ? (how.usual ?? "") : false,
      ]);
      return job.run({
        from_ms: null,
        to_ms: null,
        scheduled_for_ms: clock.now(),
        flags: Object.fromEntries(flags) as Record<string, string | number | boolean>,
        clock,
        signal: AbortSignal.timeout(60_000),
        progress: () => {},
        resume: null,
        note: async () => {},
        ...over,
      });
    },
    close: () =>
      Promise.all([
        history.close(),
        batch.close(),
        care.close(),
        quality.close(),
        patterns.close(),
        archive.close(),
        air.close(),
        models.close(),
        scores.close(),
        speeds.close(),
        duties.close(),
        sql.end(),
      ]),
  };
}

interface Shared {
  city: City;
  clock: HandClock;
  log: ReturnType<typeof openMemoryLog>;
  live: LiveStore;
  door: ReturnType<typeof createDoor>;
  config: ReturnType<typeof readConfig>;
}

export async function papersBed() {
  const dir = mkdtempSync(join(tmpdir(), "arterial-papers-"));
  const clock = new HandClock();
  clock.ms = NOW_MS;
  /** Consumers wait in real time. */
  const consuming: Clock = { now: clock.now, monotonic: () => systemClock.monotonic() };
  const rush_hours: City["rush_hours"] = [
    [7, 9],
    [17, 19],
  ];
  const city: City = { ...cityOf(["a", "b", "c"], ZONE), peak_hours: PEAK_HOURS, rush_hours };
  const log = openMemoryLog({ clock });
  await log.createTopics([
    ...STREAMS.map(({ topic, partitions }) => ({ topic, partitions, retention_ms: days(7) })),
    { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: days(7) },
  ]);
  const memory = openMemoryLive({ clock });
  const away = { live: false };
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (away.live) throw new LiveUnavailableError("Cannot reach the live store: it is switched off");
    return ask();
  };
  const live: LiveStore = {
    put: (...args) => asked(() => memory.put(...args)),
    all: (...args) => asked(() => memory.all(...args)),
    get: (...args) => asked(() => memory.get(...args)),
    applied: (...args) => asked(() => memory.applied(...args)),
    expire: (...args) => asked(() => memory.expire(...args)),
    clear: (...args) => asked(() => memory.clear(...args)),
    close: () => memory.close(),
  };
  const door = createDoor({ log, city, clock });
  const config = readConfig({ BACKUP: dir, DATA_DIR: dir });
  const shared: Shared = { city, clock, log, live, door, config };
  const layers: Record<"speed" | "batch", (() => Promise<void>) | null> = { speed: null, batch: null };
  let now = await openOver(await freshDatabase(), shared);

  const running = (run: (signal: AbortSignal) => Promise<void>): (() => Promise<void>) => {
    const stop = new AbortController();
    const done = run(stop.signal);
    return async () => {
      stop.abort();
      await done;
    };
  };

  const bed = {
    dir,
    city,
    clock,
    log,
    away,
    get open(): Open {
      return now;
    },
    /** The speed layer, from where the live view stands. */
    startSpeed(): void {
      const consumer = speedConsumer({
        log,
        live,
        streams: STREAMS,
        city,
        clock: consuming,
        flush_ms: 5,
        retry_ms: 20,
        sweep_ms: 20,
      });
      layers.speed = running((signal) => consumer.run(signal));
    },
    startBatch(): void {
      const consumer = batchConsumer({
        log,
        history: now.history,
        streams: STREAMS,
        city,
        clock: consuming,
        batch_ms: 5,
        ends_ms: 20,
      });
      layers.batch = running((signal) => consumer.run(signal));
    },
    async stop(layer: "speed" | "batch"): Promise<void> {
      await layers[layer]?.();
      layers[layer] = null;
    },
    /** Through the door, as a feed or a producer would. */
    async tell(stream: Stream, values: readonly Record<string, unknown>[]): Promise<void> {
      const { rejects } = await door.accept(stream, values, { source: "test" });
      if (rejects.length > 0) throw new Error(JSON.stringify(rejects[0]));
    },
    reading: (location: string, at_ms: number, level: number, aqi: number) => ({
      event_id: `${location} ${at_ms}`,
      timestamp: formatInstant(at_ms),
      location,
      longitude: 11.2,
      latitude: 48.1,
      aqi_value: aqi,
      traffic_level: level,
    }),
    flow: (road_id: string, at_ms: number, current_speed: number) => ({
      event_id: `${road_id} ${at_ms}`,
      timestamp: formatInstant(at_ms),
      road_id,
      current_speed,
      free_flow_speed: 50,
    }),
    /** Waits until history, or the live view, holds all that the log has. */
    async caughtUp(layer: "speed" | "batch"): Promise<void> {
      const late_ms = systemClock.monotonic() + 20_000;
      const ends = await log.ends(STREAMS.map(({ topic }) => topic));
      const applied = async (stream: Stream): Promise<readonly number[]> =>
        layer === "speed"
          ? memory.applied(stream)
          : ((await now.history.applied([stream]))[stream.name] ?? []);
      for (const { topic, partition, end_offset } of ends) {
        const stream = STREAMS.find((one) => one.topic === topic)!;
        while (((await applied(stream))[partition] ?? 0) < end_offset) {
          if (systemClock.monotonic() > late_ms) throw new Error(`The ${layer} layer never caught up`);
          await Bun.sleep(10);
        }
      }
    },
    /** Answers from now on are none of those that were kept. */
    later(): void {
      clock.ms += 11_000;
    },
    /** The database as it stands is lost. @param fill What is done to the empty one before it is opened. */
    async lose(fill: (url: string) => Promise<void>): Promise<void> {
      await now.close();
      await now.database.drop();
      const database = await freshDatabase();
      await fill(database.url);
      now = await openOver(database, shared);
    },
    async end(): Promise<void> {
      await bed.stop("speed");
      await bed.stop("batch");
      await now.close();
      await now.database.drop();
      await log.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };

  const past: Record<string, unknown>[] = [];
  const flows: Record<string, unknown>[] = [];
  for (let at_ms = FROM_MS; at_ms <= NOW_MS; at_ms += minutes(15)) {
    const peak = isPeak(Math.floor(((at_ms - FROM_MS) / hours(1)) % 24));
    for (const road of ["a", "b", "c"]) flows.push(bed.flow(road, at_ms, road === "a" && peak ? 10 : 40));
    if ((at_ms - FROM_MS) % minutes(30) !== 0) continue;
    past.push(bed.reading("Monas", at_ms, peak ? 70 : 20, peak ? 120 : 40));
    past.push(bed.reading("Bundaran HI", at_ms, peak ? 80 : 10, peak ? 60 : 30));
  }
  await bed.tell(readings, past);
  await bed.tell(traffic, flows);
  bed.startSpeed();
  bed.startBatch();
  await Promise.all([bed.caughtUp("speed"), bed.caughtUp("batch")]);
  return bed;
}
