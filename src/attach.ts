/**
 * For commands: the door of the Arterial that runs on this folder or database, or of one started for the command.
 */
import { behindOf } from "./batch/behind.ts";
import { readConfig, type Config, type Role } from "./config.ts";
import type { City } from "./core/city.ts";
import { ConfigError } from "./core/errors.ts";
import type { Stream } from "./core/stream.ts";
import { systemClock, type Clock } from "./core/time.ts";
import { runningPostgres } from "./embedded-postgres.ts";
import { openLog } from "./open-log.ts";
import { openPatterns } from "./open-patterns.ts";
import { openPostgresAir } from "./history/air/postgres-air.ts";
import { openPostgresArchive } from "./history/archived/archive-store.ts";
import { openPostgresDuties, type Duties } from "./history/duties.ts";
import { openPostgresBatch } from "./history/rollups/postgres-batch.ts";
import { openPostgresCare } from "./history/rollups/postgres-care.ts";
import { openPostgresHistory } from "./history/postgres-history.ts";
import { openPostgresModels } from "./history/models/postgres-models.ts";
import { openPostgresScores } from "./history/scores/postgres-scores.ts";
import { openPostgresSpeeds } from "./history/speed-matrix.ts";
import { openPostgresQuality } from "./history/quality/postgres-quality.ts";
import { folderIsHeld } from "./instance-lock.ts";
import { jobsHere } from "./jobs-here.ts";
import { createLogger } from "./logger.ts";
import { startPlatform } from "./platform.ts";
import { withRetention } from "./retention.ts";
import { createDoor } from "./sources/gather-door.ts";
import type { RefusingDoor } from "./sources/door.ts";
import { internalStreams, streams as declared } from "./streams/index.ts";
import type { Job } from "../jobs/job.ts";
import { version } from "../package.json";

export interface Attached {
  door: RefusingDoor;
  clock: Clock;
  duties: Duties;
  /** The same that run by themselves where the role jobs is. */
  jobs: readonly Job[];
  /** Partitions for an import's days, made beforehand. */
  ensurePartitions(stream: Stream, from_ms: number, to_ms: number): Promise<void>;
  /** Events of the stream in the log that history has not stored yet. */
  behind(stream: Stream): Promise<number>;
  /** Waits until history holds what is in the log, where it is this command's own instance that stores it. */
  close(streams: readonly Stream[]): Promise<void>;
}

/** @throws {ConfigError} in one sentence. */
export async function attach(city: City, config: Config = readConfig()): Promise<Attached> {
  const url =
    config.DATABASE_URL ?? ((await folderIsHeld(config.DATA_DIR)) ? runningPostgres(config.DATA_DIR) : null);
  if (url === null && (await folderIsHeld(config.DATA_DIR))) {
    throw new ConfigError(
      `The Arterial on DATA_DIR "${config.DATA_DIR}" is just starting; try again in a moment`,
    );
  }
  return url === null ? ownInstance(city, config) : ofServer(city, config, url);
}

async function ofServer(city: City, config: Config, url: string): Promise<Attached> {
  const clock = systemClock;
  const logger = createLogger(config.LOG_LEVEL);
  const [log] = openLog(config, {
    url,
    database: "PostgreSQL",
    clock,
    onWarning: (part, message) => logger.warn({ part }, message),
  });
  const history = openPostgresHistory({ url, clock, archive: config.ARCHIVE !== undefined });
  const batch = openPostgresBatch({ url, zone: city.zone });
  const care = openPostgresCare({ url, zone: city.zone });
  const quality = openPostgresQuality({ url });
  const patterns = openPatterns(url, city);
  const air = openPostgresAir({ url });
  const [models, speeds] = [openPostgresModels({ url }), openPostgresSpeeds({ url })];
  const scores = openPostgresScores({ url, zone: city.zone });
  const archive = openPostgresArchive({ url });
  const duties = openPostgresDuties({ url });
  const salted = { ...city, salt: await duties.salt() };
  const door = createDoor({ log, city: salted, clock });
  const all = withRetention([...declared, ...internalStreams], config);
  const stores = {
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
    live: null,
    archive,
    duties,
    url,
  };
  return {
    door,
    clock,
    duties,
    jobs: jobsHere({ config, stores, streams: all, city: salted, clock, door }),
    ensurePartitions: (stream, from_ms, to_ms) => history.ensurePartitions(stream, from_ms, to_ms),
    behind: (stream) => behindOf(log, history, stream),
    async close() {
      await Promise.all(
        [log, history, batch, care, quality, patterns, air, models, scores, speeds, archive, duties].map(
          (store) => store.close(),
        ),
      );
    },
  };
}

async function ownInstance(city: City, config: Config): Promise<Attached> {
  // What is due is left to the next real start.
  const ROLES = config.ROLES.filter((role): role is Role => role !== "jobs");
  const platform = await startPlatform(
    { ...config, ROLES, HOST: "127.0.0.1", PORT: 0, FEEDS: [], SEED_HOURS: 0 },
    { clock: systemClock, logger: createLogger(config.LOG_LEVEL), version, city },
  );
  const { log, history, door, duties, jobs } = platform;
  return {
    door,
    clock: systemClock,
    duties,
    jobs,
    ensurePartitions: (stream, from_ms, to_ms) => history.ensurePartitions(stream, from_ms, to_ms),
    behind: (stream) => behindOf(log, history, stream),
    async close(streams) {
      for (const stream of streams) while ((await behindOf(log, history, stream)) > 0) await Bun.sleep(50);
      await platform.stop();
    },
  };
}
