/**
 * Restores a backup: beside what is there, in a schema of its own, compared table by table, and put in its place in one moment.
 * Until then the database is as it was; whatever ends this in the middle, the next restore clears away and begins again.
 */
import { migrate, MIGRATIONS_DIR, migrationsIn } from "../history/migrate.ts";
import { sqlState } from "../postgres.ts";
import { quoted } from "./catalog.ts";
import { fill, finishTouches } from "./fill.ts";
import { BackupError, type Manifest } from "./manifest.ts";
import { BackupReader } from "./read-file.ts";
import type { RestoreOptions } from "./restore-options.ts";
import { Session } from "./session.ts";

/** Where it is built, and where what it replaces is put until it is dropped. */
const BESIDE = "arterial_restoring";
const REPLACED = "arterial_replaced";

export interface Restored {
  manifest: Manifest;
  rows: number;
  duration_ms: number;
  /** Migrations of this release that the backup did not have yet. */
  migrated: readonly string[];
}

/** @throws {BackupError} in one sentence, with the database as it was. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { path, url, replace, clock, signal, onProgress = () => {} } = options;
  const dirs = options.migrations ?? [MIGRATIONS_DIR];
  const began_ms = clock.monotonic();
  const reader = await BackupReader.open(path);
  let admin: Session | null = null;
  try {
    const { manifest } = reader;
    refuseNewer(manifest, dirs);
    admin = await Session.open(url, "arterial-restore");
    await alone(admin);
    await refuseRunning(admin);
    if (!replace) await refuseFilled(admin);
    const rows_total = manifest.tables.reduce((n, table) => n + table.rows, 0);
    let rows = 0;
    await reader.verify((table) => {
      signal.throwIfAborted();
      onProgress({ step: "verify", table: table.name, rows: (rows += table.rows), rows_total });
    });
    await clear(admin);
    await admin.run(`create schema ${BESIDE}`).catch(explain);
    let migrated: readonly string[];
    try {
      migrated = await build(options, reader, dirs);
      await swap(admin);
    } catch (error) {
      await clear(admin).catch(() => {});
      throw error;
    }
    await clear(admin);
    return { manifest, rows: rows_total, duration_ms: clock.monotonic() - began_ms, migrated };
  } finally {
    await reader.close();
    await admin?.close();
  }
}

/** The schema of the backup's release, its rows, and then what this release has changed since. */
async function build(
  options: RestoreOptions,
  reader: BackupReader,
  dirs: readonly string[],
): Promise<readonly string[]> {
  const had = new Set(reader.manifest.migrations.map(({ version }) => version));
  const session = await Session.open(options.url, "arterial-restore", BESIDE);
  try {
    const [here] = await session.rows<{ schema: string | null }>("select current_schema() as schema");
    // A pooler between us and the server may drop it: then nothing may be written.
    if (here?.schema !== BESIDE)
      throw new BackupError(
        "The server does not take search_path from the address: name it directly, without a pooler",
      );
    await migrate(session.sql, dirs, (version) => had.has(version));
    await fill(session, reader, options);
    const migrated = await migrate(session.sql, dirs);
    await finishTouches(session, reader.manifest, options);
    return migrated;
  } finally {
    await session.close();
  }
}

function refuseNewer({ migrations, release }: Manifest, dirs: readonly string[]): void {
  const known = new Map(migrationsIn(dirs).map(({ version, name }) => [version, name]));
  const unknown = migrations.find(({ version, name }) => known.get(version) !== name);
  if (unknown !== undefined)
    throw new BackupError(
      `The backup is of release ${release} with the migration ${unknown.name}, which this release does not know: restore it with that release or a newer one`,
    );
}

/** One at a time; the lock goes with the connection. */
async function alone(admin: Session): Promise<void> {
  if (!(await admin.comesTrue("pg_try_advisory_lock(hashtextextended('arterial restore', 0))")))
    throw new BackupError("Another restore into this database is running: wait until it has ended");
}

async function refuseRunning(admin: Session): Promise<void> {
  const free = await admin.comesTrue(
    `not exists (select 1 from pg_stat_activity where datname = current_database()
       and application_name like 'arterial-%' and application_name <> 'arterial-restore')`,
  );
  if (!free)
    throw new BackupError("An Arterial is running on this database: stop it before you restore into it");
}

async function refuseFilled(admin: Session): Promise<void> {
  const [table] = await admin.rows<{ name: string }>(
    "select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm') order by 1 limit 1",
  );
  if (table !== undefined)
    throw new BackupError(
      `The database is not empty (it has ${table.name}): restore into an empty one, or say --replace to give up what it holds`,
    );
}

/** Tables of others would go with ours. */
async function refuseOthers(admin: Session, schema: string): Promise<void> {
  const [other] = await admin.rows<{ name: string }>(
    `select o.relname as name from pg_class o where o.relnamespace = $1::text::regnamespace
       and o.relkind in ('r', 'p') and not o.relispartition and o.relname !~ '_out$'
       and not exists (select 1 from pg_class n where n.relnamespace = $2::text::regnamespace and n.relname = o.relname)
     order by 1 limit 1`,
    [schema, BESIDE],
  );
  if (other !== undefined)
    throw new BackupError(
      `The database has a table ${other.name} that is not Arterial's and would go with --replace: restore into a database of its own`,
    );
}

/** In one moment. Who could read the old may read the new. */
async function swap(admin: Session): Promise<void> {
  const [here] = await admin.rows<{ schema: string | null; open: boolean }>(
    "select current_schema() as schema, coalesce(has_schema_privilege('public', current_schema(), 'usage'), false) as open",
  );
  const schema = here?.schema ?? "public";
  if (here?.schema !== null) await refuseOthers(admin, schema);
  await refuseRunning(admin);
  await admin
    .transaction("begin", async () => {
      if (here?.schema !== null) await admin.run(`alter schema ${quoted(schema)} rename to ${REPLACED}`);
      await admin.run(`alter schema ${BESIDE} rename to ${quoted(schema)}`);
      if (here?.open !== false) await admin.run(`grant usage on schema ${quoted(schema)} to public`);
    })
    .catch(explain);
}

/** Table by table: the server holds a lock for each until the end of a transaction, and has places for some thousands. */
async function clear(admin: Session): Promise<void> {
  for (const schema of [BESIDE, REPLACED]) {
    for (;;) {
      const left = await admin.rows<{ name: string }>(
        `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relkind in ('r', 'p') order by c.relispartition desc limit 50`,
        [schema],
      );
      if (left.length === 0) break;
      await admin.run(
        `drop table if exists ${left.map(({ name }) => `${schema}.${quoted(name)}`).join(", ")} cascade`,
      );
    }
    await admin.run(`drop schema if exists ${schema} cascade`);
  }
}

function explain(error: unknown): never {
  if (sqlState(error) === "42501")
    throw new BackupError(
      `The user of DATABASE_URL may not make and rename schemas (${(error as Error).message}): restore as the database's owner`,
    );
  throw error;
}
