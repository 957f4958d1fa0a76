/** Takes a backup: one snapshot of the whole database into one file, read back and compared, while events keep coming. */
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { formatInstant, seconds, type Clock } from "../core/time.ts";
import { pause } from "../core/pause.ts";
import { MIGRATIONS_DIR } from "../history/migrate.ts";
import { partitionsOf, quoted, sequencesOf, tablesOf, type CatalogTable } from "./catalog.ts";
import { BACKUP_FORMAT, BackupError, EPOCHS_BEFORE, type Manifest } from "./manifest.ts";
import { BackupReader } from "./read-file.ts";
import { Session } from "./session.ts";
import { BackupFile, WRITING } from "./write-file.ts";

/** A stream's topic, and the name under which history keeps its place. */
export interface TopicPlace {
  topic: string;
  stream: string;
}

export interface BackupProgress {
  step: "write" | "verify";
  table: string;
  rows: number;
  /** Packed bytes of the file so far. */
  bytes: number;
}

export interface TakeOptions {
  url: string;
  /** Where the file will be. */
  path: string;
  release: string;
  city: string;
  topics: readonly TopicPlace[];
  clock: Clock;
  signal: AbortSignal;
  /** Folders of migrations; ours by default. */
  migrations?: readonly string[];
  /** Part of the time that is left to others, 0 to 0.9; 0 by default: as fast as it goes. */
  rest?: number;
  onProgress?: (progress: BackupProgress) => void;
}

export interface Taken {
  path: string;
  manifest: Manifest;
  rows: number;
  /** Of the file. */
  bytes: number;
  duration_ms: number;
}

/** How long a partition that is on its way out may take to be counted. */
const LEAVING_MS_MAX = seconds(60);

/**
 * @throws {BackupError} in one sentence, when another backup runs or the file read back is not what was written;
 *   what the file system or the server throws otherwise. Nothing is left behind under the name.
 */
export async function takeBackup(options: TakeOptions): Promise<Taken> {
  const { clock, path, onProgress = () => {} } = options;
  const began_ms = clock.monotonic();
  const session = await Session.open(options.url, "arterial-backup");
  try {
    await alone(session);
    await removeUnfinished(dirname(path));
    await holdPartitions(session, options);
    const file = await BackupFile.begin(path);
    try {
      const manifest = await session.transaction("begin isolation level repeatable read read only", () =>
        writeAll(session, file, options),
      );
      await file.finish(manifest);
      const bytes = await readBack(file.writing_path, onProgress);
      await file.name();
      const rows = manifest.tables.reduce((n, table) => n + table.rows, 0);
      return { path, manifest, rows, bytes, duration_ms: clock.monotonic() - began_ms };
    } catch (error) {
      await file.abandon();
      throw error;
    }
  } finally {
    await session.close();
  }
}

/** One at a time over all processes; the lock goes with the connection. */
async function alone(session: Session): Promise<void> {
  if (!(await session.comesTrue("pg_try_advisory_lock(hashtextextended('arterial backup', 0))")))
    throw new BackupError("Another backup of this database is running: wait until it has ended");
}

/** What a process that was killed has left behind. */
async function removeUnfinished(dir: string): Promise<void> {
  for (const name of await readdir(dir))
    if (name.endsWith(WRITING)) await rm(join(dir, name), { force: true });
}

/**
 * Partitions stay as they are until the backup has ended: one that was taken out would be missing in the snapshot, and one
 * that is made would wait for us while all writers wait for it. Whoever would change them asks for the same lock, and comes
 * again later.
 */
async function holdPartitions(session: Session, { migrations, clock, signal }: TakeOptions): Promise<void> {
  const tables = await tablesOf(session, migrations ?? [MIGRATIONS_DIR]);
  for (const { name } of tables) {
    await session.rows("select pg_advisory_lock_shared(hashtextextended($1, 0))", [
      `arterial partitions ${name}`,
    ]);
  }
  const until_ms = clock.monotonic() + LEAVING_MS_MAX;
  for (;;) {
    const [leaving] = await session.rows<{ name: string }>(
      "select name from dropped_partitions where rows is null",
    );
    if (leaving === undefined) return;
    signal.throwIfAborted();
    if (clock.monotonic() > until_ms)
      throw new BackupError(
        `The partition ${leaving.name} is on its way out and not counted yet: try again in some minutes`,
      );
    await pause(250, signal);
  }
}

async function writeAll(session: Session, file: BackupFile, options: TakeOptions): Promise<Manifest> {
  const { topics, clock, signal, rest = 0, onProgress = () => {} } = options;
  const dirs = options.migrations ?? [MIGRATIONS_DIR];
  const [snapshot] = await session.rows<{ id: string; epoch: string }>(
    "select pg_current_snapshot()::text as id, epoch from log_epoch",
  );
  const created_at = formatInstant(clock.now());
  const tables = await tablesOf(session, dirs);
  const unread = unreadOf(topics);
  const [log] = await session.rows<{ events: number }>(unread.count);
  const [before] = await session.rows<{ epochs: string }>(
    "select coalesce(value -> 'epochs', '[]')::text as epochs from begun where name = $1",
    [EPOCHS_BEFORE],
  );
  const written: Manifest["tables"] = [];
  for (const table of tables) {
    const query = table.name === "log_batches" ? unread.batches(table) : rowsOf(table);
    let block_ms = clock.monotonic();
    written.push(
      await file.table(table.name, table.columns, session.copyOut(query), async (rows) => {
        signal.throwIfAborted();
        onProgress({ step: "write", table: table.name, rows, bytes: file.bytes });
        const worked_ms = clock.monotonic() - block_ms;
        if (rest > 0) await pause((worked_ms * rest) / (1 - rest), signal);
        block_ms = clock.monotonic();
      }),
    );
    signal.throwIfAborted();
  }
  const [still] = await session.rows<{ id: string }>("select pg_current_snapshot()::text as id");
  if (snapshot === undefined || still?.id !== snapshot.id)
    throw new BackupError("The snapshot was lost: try again");
  return {
    format: BACKUP_FORMAT,
    release: options.release,
    created_at,
    city: options.city,
    migrations: await session.rows("select version, name from schema_migrations order by version"),
    epochs: [...new Set([snapshot.epoch, ...(JSON.parse(before?.epochs ?? "[]") as string[])])],
    unread_events: log?.events ?? 0,
    tables: written,
    partitions: await partitionsOf(session),
    sequences: await sequencesOf(session),
    ledger: await session.rows(
      "select stream, partition, next_offset, consumed, stored, duplicate, dead from offsets order by stream, partition",
    ),
  };
}

/** All rows of a table, also of one that has partitions. */
export const rowsOf = ({ name, columns }: CatalogTable): string =>
  `select ${columns.map(quoted).join(", ")} from ${quoted(name)}`;

/** Of the embedded log only what history has not read: the rest is in its tables. */
function unreadOf(topics: readonly TopicPlace[]): {
  count: string;
  batches: (table: CatalogTable) => string;
} {
  const json = JSON.stringify(topics).replaceAll("'", "''");
  const places = `select p.partition_id, p.start_offset, p.next_offset, coalesce(o.next_offset, 0) as read_to
    from log_partitions p
    join json_to_recordset('${json}'::json) as t (topic text, stream text) on t.topic = p.topic
    left join offsets o on o.stream = t.stream and o.partition = p.partition`;
  return {
    count: `select coalesce(sum(next_offset - greatest(start_offset, read_to)) filter (where next_offset > read_to), 0)::bigint
      as events from (${places}) places`,
    batches: ({ columns }) =>
      `select ${columns.map((column) => `b.${quoted(column)}`).join(", ")}
       from (${places}) places cross join lateral (
         select * from log_batches l where l.partition_id = places.partition_id and l.next_offset > places.read_to
           order by l.next_offset) b`,
  };
}

async function readBack(path: string, onProgress: (progress: BackupProgress) => void): Promise<number> {
  const reader = await BackupReader.open(path);
  try {
    await reader.verify(({ name, rows, offset, bytes }) =>
      onProgress({ step: "verify", table: name, rows, bytes: offset + bytes }),
    );
    return reader.bytes;
  } finally {
    await reader.close();
  }
}

/** `arterial-20261121T030000Z.backup`: by name is by time. */
export const backupName = (now_ms: number): string =>
  `arterial-${formatInstant(now_ms).slice(0, 19).replaceAll(/[-:]/g, "")}Z.backup`;

export const isBackupName = (name: string): boolean => /^arterial-\d{8}T\d{6}Z\.backup$/.test(basename(name));
