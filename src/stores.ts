/** Opens log, history and live view: embedded by default, real servers where the configuration names them. */
import { join, resolve } from "node:path";
import type { Config, Role } from "./config.ts";
import { ConfigError, LogRefusedError } from "./core/errors.ts";
import type { City } from "./core/city.ts";
import type { Stream } from "./core/stream.ts";
import { days, type Clock } from "./core/time.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import { openPostgresArchive, type ArchiveStore } from "./history/archived/archive-store.ts";
import { openPostgresDuties, type Duties } from "./history/duties.ts";
import type { AirStore } from "./history/air/air-store.ts";
import { openPostgresAir } from "./history/air/postgres-air.ts";
import type { BatchCare } from "./history/rollups/batch-care.ts";
import type { BatchStore } from "./history/rollups/batch-store.ts";
import type { HistoryStore } from "./history/history-store.ts";
import { openPostgresMinutes, type MinuteStore } from "./history/minutes/minute-rows.ts";
import { MIGRATIONS_DIR } from "./history/migrate.ts";
import type { ModelStore } from "./history/models/model-store.ts";
import { openPostgresModels } from "./history/models/postgres-models.ts";
import { openPostgresBatch } from "./history/rollups/postgres-batch.ts";
import { openPostgresCare } from "./history/rollups/postgres-care.ts";
import { openPostgresHistory } from "./history/postgres-history.ts";
import { openPostgresSpeeds, type SpeedHistory } from "./history/speed-matrix.ts";
import { openPostgresQuality } from "./history/quality/postgres-quality.ts";
import type { PatternStore } from "./history/patterns/pattern-store.ts";
import { openPostgresScores } from "./history/scores/postgres-scores.ts";
import type { ScoreStore } from "./history/scores/score-store.ts";
import type { QualityStore } from "./history/quality/quality-store.ts";
import { takeFolder, type InstanceLock } from "./instance-lock.ts";
import { logIdentity } from "./log-identity.ts";
import { openLive, type OpenedLive } from "./open-live.ts";
import { openLog } from "./open-log.ts";
import { openPatterns } from "./open-patterns.ts";
import type { Log } from "./log/log.ts";
import { DEAD_LETTERS_TOPIC } from "./sources/door.ts";
import { untilThere, type Waiting } from "./until-there.ts";

export interface Stores {
  log: Log;
  /** Which log it is; also while it is away, where that was known before. */
  epoch: () => Promise<string>;
  /** Makes the topics that are missing. Done already where a role of this process needs them. */
  makeTopics: () => Promise<void>;
  history: HistoryStore;
  batch: BatchStore;
  care: BatchCare;
  quality: QualityStore;
  patterns: PatternStore;
  air: AirStore;
  archive: ArchiveStore;
  models: ModelStore;
  scores: ScoreStore;
  /** What predictions begin with. */
  minutes: MinuteStore;
  /** What models learn from. */
  speeds: SpeedHistory;
  live: OpenedLive;
  duties: Duties;
  /** Address of the database, for a backup's own connection. */
  url: string;
  /** Part → what it runs on, for the start page. */
  parts: readonly (readonly [part: string, on: string])[];
  /** Closes connections, then the embedded server. */
  close(): Promise<void>;
}

export interface OpenStoresOptions extends Waiting {
  streams: readonly Stream[];
  /** The city's. */
  zone: string;
  roads: City["roads"];
  clock: Clock;
  /** Folders of migrations beside ours. */
  migrations?: readonly string[];
  onWarning: (part: string, message: string) => void;
}

/** Roles that can do nothing without the log: who has none of them starts without it, and gets it when it is there. */
const OF_LOG: ReadonlySet<string> = new Set<Role>(["feeds", "speed", "batch", "predict"]);

export const needsLog = ({ ROLES }: Pick<Config, "ROLES">): boolean => ROLES.some((role) => OF_LOG.has(role));

/** A connection that does not close in this time is cut with the server. */
const CLOSE_MS_MAX = 500;

/**
 * Waits for servers that are not there yet, for as long as it takes; the live view is a cache, and is not waited for.
 *
 * @throws {ConfigError} if the folder or a server cannot be used, in one sentence; the signal's reason if that aborts.
 */
export async function openStores(config: Config, options: OpenStoresOptions): Promise<Stores> {
  const { streams, clock, migrations = [], onWarning } = options;
  const lock = config.DATABASE_URL === undefined ? await holdFolder(config.DATA_DIR) : null;
  const opened: { close(): Promise<void> }[] = [];
  let server: EmbeddedPostgres | null = null;
  const close = async (): Promise<void> => {
    const closed = Promise.allSettled(opened.map((one) => one.close()));
    await Promise.race([closed, new Promise((done) => setTimeout(done, CLOSE_MS_MAX))]);
    await server?.stop(1_000);
    lock?.release();
  };
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  try {
    server = lock === null ? null : await startEmbeddedPostgres({ dir: config.DATA_DIR });
    const url = server?.url ?? config.DATABASE_URL!;
    const database =
      server === null
        ? "PostgreSQL of DATABASE_URL"
        : `PostgreSQL, embedded, in ${shortPath(server.data_dir)}`;
    const history = keep(
      openPostgresHistory({
        url,
        clock,
        migrations: [MIGRATIONS_DIR, ...migrations],
        archive: config.ARCHIVE !== undefined,
      }),
    );
    await untilThere(database, options, () => migrate(history));
    const batch = keep(openPostgresBatch({ url, zone: options.zone }));
    await untilThere(database, options, () => batch.settle());
    const care = keep(openPostgresCare({ url, zone: options.zone }));
    const quality = keep(openPostgresQuality({ url }));
    const patterns = keep(openPatterns(url, options));
    const air = keep(openPostgresAir({ url }));
    const archive = keep(openPostgresArchive({ url }));
    const models = keep(openPostgresModels({ url }));
    const scores = keep(openPostgresScores({ url, zone: options.zone }));
    const minutes = keep(openPostgresMinutes({ url }));
    const speeds = keep(openPostgresSpeeds({ url }));
    const [log, log_on] = openLog(config, { url, database, clock, onWarning });
    keep(log);
    const makeTopics = (): Promise<void> => createTopics(log, streams);
    if (needsLog(config)) await untilThere(log_on, options, makeTopics);
    const live = keep(openLive(config, { clock, onWarning }));
    const duties = keep(openPostgresDuties({ url }));
    const epoch = logIdentity({ log, duties, clock });
    const parts = [
      ["Log", log_on],
      ["History", database],
      ["Live view", live.on],
    ] as const;
    return {
      log,
      epoch,
      makeTopics,
      history,
      batch,
      care,
      quality,
      patterns,
      air,
      archive,
      models,
      scores,
      minutes,
      speeds,
      live,
      duties,
      url,
      parts,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What Kafka refuses us for, and what mends it. */
const REFUSALS = {
  login: "mend KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD",
  rights: "give the user of KAFKA_SASL_USERNAME the rights that it needs, or name another",
  certificate:
    "give its authority in NODE_EXTRA_CA_CERTS (a PEM file), or name brokers in KAFKA_BROKERS as their certificate does",
} as const;

async function createTopics(log: Log, streams: readonly Stream[]): Promise<void> {
  try {
    await log.createTopics(topicsOf(streams));
  } catch (error) {
    if (!(error instanceof LogRefusedError)) throw error;
    throw new ConfigError(
      `KAFKA_BROKERS names a server that refuses us, or is not trusted (${error.message}); ${REFUSALS[error.reason]}`,
    );
  }
}

const topicsOf = (streams: readonly Stream[]) => [
  ...streams.map(({ topic, partitions, log_retention_ms }) => ({
    topic,
    partitions,
    retention_ms: log_retention_ms,
  })),
  { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: days(7) },
];

async function holdFolder(dir: string): Promise<InstanceLock> {
  const lock = await takeFolder(dir);
  if (lock === null) {
    throw new ConfigError(
      `DATA_DIR is "${dir}", which another running Arterial uses; stop that one, or give another folder`,
    );
  }
  return lock;
}

/** Who we are or what we want is refused: waiting would not help. */
const REFUSED = /^(28|3D|42501)/;

async function migrate(history: HistoryStore): Promise<void> {
  try {
    await history.migrate();
  } catch (error) {
    // The address holds a password: it is not repeated.
    if (error instanceof Error && REFUSED.test((error as { code?: string }).code ?? ""))
      throw new ConfigError(
        `DATABASE_URL names a server that refuses us (${error.message}); mend user, password or database`,
      );
    throw error;
  }
}

function shortPath(path: string): string {
  const here = resolve(".");
  return path.startsWith(join(here, "/")) ? path.slice(here.length + 1) : path;
}
