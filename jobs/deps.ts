/** What jobs are made from: the stores as they are open in this process. A job that needs more adds it here. */
import type { ArchiveTarget } from "../src/archive/target.ts";
import type { BackupPlace } from "../src/backup/place.ts";
import type { QualityRules } from "../src/batch/data-quality.ts";
import type { City } from "../src/core/city.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import type { ArchiveStore } from "../src/history/archived/archive-store.ts";
import type { AirStore } from "../src/history/air/air-store.ts";
import type { BatchCare } from "../src/history/rollups/batch-care.ts";
import type { BatchStore } from "../src/history/rollups/batch-store.ts";
import type { Duties } from "../src/history/duties.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import type { ModelStore } from "../src/history/models/model-store.ts";
import type { PatternStore } from "../src/history/patterns/pattern-store.ts";
import type { ScoreStore } from "../src/history/scores/score-store.ts";
import type { QualityStore } from "../src/history/quality/quality-store.ts";
import type { SpeedHistory } from "../src/history/speed-matrix.ts";
import type { LiveStore } from "../src/live/live-store.ts";
import type { Log } from "../src/log/log.ts";
import type { Door } from "../src/sources/door.ts";
import type { Maker } from "../src/sources/simulator/index.ts";
import type { WorkPool } from "../src/work/pool.ts";

export interface JobDeps {
  /** All of them, Arterial's own too, with the retention of this installation. */
  streams: readonly Stream[];
  city: City;
  clock: Clock;
  log: Log;
  history: HistoryStore;
  batch: BatchStore;
  care: BatchCare;
  quality: QualityStore;
  patterns: PatternStore;
  air: AirStore;
  /** From when on a key is left out of analytics. */
  quality_rules: QualityRules;
  /** Null where the live view is in another process's memory. */
  live: Pick<LiveStore, "all" | "applied"> | null;
  models: ModelStore;
  /** How good predictions were. */
  scores: ScoreStore;
  /** What models learn from. */
  speeds: SpeedHistory;
  training: TrainingDeps;
  archive: ArchiveDeps;
  backups: BackupDeps;
  duties: Duties;
  door: Pick<Door, "accept">;
  /** Of the simulator, with the configuration's seed and rate. */
  makers: () => readonly Maker[];
}

export interface TrainingDeps {
  /** A training holds a worker for minutes. */
  pool: WorkPool;
  /** Rows that the first one of an installation looks at in all. */
  first_rows: number;
  release: string;
}

export interface ArchiveDeps {
  /** Where closed days go: ARCHIVE; null where it is not set. */
  location: string | null;
  /** @throws {ConfigError} for a location that is none. */
  open: (location: string) => ArchiveTarget;
  store: ArchiveStore;
  pool: WorkPool;
  release: string;
}

export interface BackupDeps {
  /** Where they are kept. */
  place: () => BackupPlace;
  /** How many: `BACKUPS_KEPT`. */
  keep: number;
  /** Address of the database. */
  url: () => string;
  release: string;
}
