/** The jobs of this installation, made from the stores of this process. */
import { openTarget } from "./archive/open-target.ts";
import type { QualityRules } from "./batch/data-quality.ts";
import type { Config } from "./config.ts";
import type { City } from "./core/city.ts";
import { limits } from "./core/limits.ts";
import type { Stream } from "./core/stream.ts";
import { systemClock, type Clock } from "./core/time.ts";
import type { ArchiveStore } from "./history/archived/archive-store.ts";
import type { AirStore } from "./history/air/air-store.ts";
import type { BatchCare } from "./history/rollups/batch-care.ts";
import type { BatchStore } from "./history/rollups/batch-store.ts";
import type { Duties } from "./history/duties.ts";
import type { HistoryStore } from "./history/history-store.ts";
import type { ModelStore } from "./history/models/model-store.ts";
import type { PatternStore } from "./history/patterns/pattern-store.ts";
import type { ScoreStore } from "./history/scores/score-store.ts";
import type { QualityStore } from "./history/quality/quality-store.ts";
import type { SpeedHistory } from "./history/speed-matrix.ts";
import type { LiveStore } from "./live/live-store.ts";
import type { Log } from "./log/log.ts";
import { makersOf } from "./sources/simulator/index.ts";
import type { Door } from "./sources/door.ts";
import { placeOf } from "./restore.ts";
import type { Stores } from "./stores.ts";
import { internalStreams, streams as declared } from "./streams/index.ts";
import { createPool } from "./work/pool.ts";
import { jobsOf } from "../jobs/index.ts";
import type { ArchiveDeps, BackupDeps, TrainingDeps } from "../jobs/deps.ts";
import type { Job } from "../jobs/job.ts";
import { version } from "../package.json";

export interface JobsHereOptions {
  config: Config;
  stores: Pick<
    Stores,
    | "log"
    | "history"
    | "batch"
    | "care"
    | "quality"
    | "patterns"
    | "air"
    | "models"
    | "scores"
    | "speeds"
    | "archive"
    | "duties"
    | "url"
  > & {
    live: Pick<LiveStore, "all" | "applied"> | null;
  };
  streams: readonly Stream[];
  city: City;
  clock: Clock;
  door: Pick<Door, "accept">;
}

export function jobsHere({ config, stores, streams, city, clock, door }: JobsHereOptions): readonly Job[] {
  const { log, history, batch, care, quality, patterns, air, live, archive, duties, url } = stores;
  const { models, scores, speeds } = stores;
  const kept = new Map(streams.map((stream) => [stream.name, stream]));
  return jobsOf({
    streams,
    city,
    clock,
    log,
    history,
    batch,
    care,
    quality,
    patterns,
    air,
    quality_rules: rulesOf(config),
    live,
    models,
    scores,
    speeds,
    training: trainingHere(),
    archive: archiveHere(config, archive),
    backups: backupsHere(config, () => url),
    duties,
    door,
    // With the retention that this installation has: partitions are made by it.
    makers: () =>
      makersOf(city, config.SIMULATOR_SEED, config.SIMULATOR_RATE).map((maker) => ({
        ...maker,
        stream: kept.get(maker.stream.name) ?? maker.stream,
      })),
  });
}

/** The same to be listed and told of, without a store: making a job asks none. */
export const jobsUnattached = (city: City, config: Config): readonly Job[] =>
  jobsOf({
    streams: [...declared, ...internalStreams],
    city,
    clock: systemClock,
    log: closed({} as Log),
    history: closed({} as HistoryStore),
    batch: closed({} as BatchStore),
    care: closed({} as BatchCare),
    quality: closed({} as QualityStore),
    patterns: closed({} as PatternStore),
    air: closed({} as AirStore),
    quality_rules: rulesOf(config),
    live: null,
    models: closed({} as ModelStore),
    scores: closed({} as ScoreStore),
    speeds: closed({} as SpeedHistory),
    training: trainingHere(),
    archive: archiveHere(config, closed({} as ArchiveStore)),
    backups: backupsHere(config, () => {
      throw new Error("A job asks for the database while it is made; it may when it runs");
    }),
    duties: closed({} as Duties),
    door: closed({} as Door),
    makers: () => [],
  });

const rulesOf = (config: Config): QualityRules => ({
  stuck_hours: config.QUALITY_STUCK_HOURS,
  jumps: config.QUALITY_JUMPS,
  completeness_percent: config.QUALITY_COMPLETENESS,
});

const trainingHere = (): TrainingDeps => ({
  pool: createPool(),
  first_rows: limits.train_first_rows,
  release: version,
});

const archiveHere = (config: Config, store: ArchiveStore): ArchiveDeps => ({
  location: config.ARCHIVE ?? null,
  open: (location) => openTarget(location, config),
  store,
  pool: createPool(),
  release: version,
});

const backupsHere = (config: Config, url: () => string): BackupDeps => ({
  place: () => placeOf(config),
  // In the data folder they share its disk, and its loss.
  keep: config.BACKUPS_KEPT ?? (config.BACKUP === undefined ? 2 : 7),
  url,
  release: version,
});

const closed = <T extends object>(store: T): T =>
  new Proxy(store, {
    get(_, name): never {
      throw new Error(`A job asks a store for ${String(name)} while it is made; it may when it runs`);
    },
  });
