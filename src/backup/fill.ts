/** Fills the tables of a restore from the file, compares them with it, and makes the log a new one. */
import { migrationsIn, MIGRATIONS_DIR } from "../history/migrate.ts";
import { quoted, tablesOf } from "./catalog.ts";
import { BackupError, EPOCHS_BEFORE, type BackedTable, type Manifest } from "./manifest.ts";
import type { BackupReader } from "./read-file.ts";
import type { RestoreOptions } from "./restore-options.ts";
import type { Session } from "./session.ts";
import { rowsOf } from "./take.ts";
import { TupleReader } from "./tuples.ts";
import { limits } from "../core/limits.ts";

/** @throws {BackupError} if what is in a table afterwards is not what was in the backup. */
export async function fill(session: Session, reader: BackupReader, options: RestoreOptions): Promise<void> {
  const { signal, onProgress = () => {} } = options;
  const { tables, partitions } = reader.manifest;
  const rows_total = tables.reduce((n, table) => n + table.rows, 0);
  await sameTables(session, reader.manifest, options.migrations ?? [MIGRATIONS_DIR]);
  for (const { parent, name, from, to } of partitions) {
    await session.run(
      `create table ${quoted(name)} partition of ${quoted(parent)} for values from ('${from}') to ('${to}')`,
    );
  }
  let rows = 0;
  for (const table of tables) {
    signal.throwIfAborted();
    // What migrations put there goes. In one transaction with its rows, so that a server that keeps no copies writes them once.
    await session.transaction("begin", async () => {
      await session.run(`truncate ${quoted(table.name)} cascade`);
      const columns = table.columns.map(quoted).join(", ");
      await session
        .copyIn(`${quoted(table.name)} (${columns})`, reader.table(table))
        .catch((error: unknown) => {
          if (error instanceof BackupError) throw error;
          throw new BackupError(
            `The server does not take the rows of ${table.name}: ${(error as Error).message}`,
          );
        });
    });
    onProgress({ step: "fill", table: table.name, rows: (rows += table.rows), rows_total });
  }
  rows = 0;
  for (const table of tables) {
    signal.throwIfAborted();
    await compare(session, table);
    onProgress({ step: "compare", table: table.name, rows: (rows += table.rows), rows_total });
  }
}

/** The backup's tables are those that its migrations make, and no others. */
async function sameTables(
  session: Session,
  { tables, migrations }: Manifest,
  dirs: readonly string[],
): Promise<void> {
  const made = await tablesOf(session, dirs);
  const differs =
    made.find(({ name }) => !tables.some((table) => table.name === name))?.name ??
    tables.find(({ name, columns }) => {
      const mine = made.find((table) => table.name === name);
      return mine === undefined || [...columns].sort().join() !== [...mine.columns].sort().join();
    })?.name;
  if (differs === undefined) return;
  const last = migrationsIn(dirs).find(({ version }) => version === migrations.at(-1)?.version)?.name ?? "?";
  throw new BackupError(
    `The backup's table ${differs} is not as the migrations up to ${last} make it: another release made it`,
  );
}

async function compare(session: Session, table: BackedTable): Promise<void> {
  const tuples = new TupleReader();
  for await (const block of session.copyOut(rowsOf(table))) tuples.push(block);
  tuples.finish();
  if (tuples.rows !== table.rows || tuples.content !== table.content)
    throw new BackupError(
      `The table ${table.name} has ${tuples.rows} rows after the restore and ${table.rows} in the backup, or others: nothing was restored`,
    );
}

/** A new log, of which history has read all but what it had not stored; counters; and what the planner must know. */
export async function finishTouches(
  session: Session,
  manifest: Manifest,
  { onProgress = () => {} }: RestoreOptions,
): Promise<void> {
  for (const { name, value, called } of manifest.sequences)
    await session.rows("select setval($1::text::regclass, $2::bigint, $3::boolean)", [name, value, called]);
  // Offsets go on where they were, so that history's places are right; what was before them went with the old log.
  await session.run(`update log_partitions p set start_offset = coalesce(
    (select min(b.base_offset) from log_batches b where b.partition_id = p.partition_id), p.next_offset)`);
  const epochs = manifest.epochs.slice(0, limits.backup_epochs_max - 1);
  await session.rows(
    `insert into begun (name, value) values ($1, $2::text::jsonb) on conflict (name) do update set value = excluded.value`,
    [EPOCHS_BEFORE, JSON.stringify({ epochs })],
  );
  // Which log was read last: with Kafka it still is.
  await session.rows("delete from begun where name = 'log' and value ->> 'epoch' = $1", [
    manifest.epochs[0] ?? "",
  ]);
  // What ran when the backup was made, the backup itself among it, does not run here.
  await session.run(
    "update job_runs set state = 'failed', error = 'it was under way when this backup was made', ended_at = clock_timestamp() where state in ('queued', 'running')",
  );
  const total = manifest.tables.reduce((n, table) => n + table.rows, 0);
  for (const table of manifest.tables) {
    // Also for the indexes by ranges of pages, which know nothing of new pages before.
    if (table.rows > 0) await session.run(`vacuum (analyze) ${quoted(table.name)}`);
    onProgress({ step: "finish", table: table.name, rows: table.rows, rows_total: total });
  }
}
