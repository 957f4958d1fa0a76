/** `bun run job restore`: finds the backup and the database, holds the folder, and says how it goes. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { openTarget } from "./archive/open-target.ts";
import { ArchiveError } from "./archive/target.ts";
import { BackupError } from "./backup/manifest.ts";
import { bucketPlace, folderPlace, type BackupPlace } from "./backup/place.ts";
import type { RestoreProgress } from "./backup/restore-options.ts";
import { restoreBackup } from "./backup/restore.ts";
import { isBackupName } from "./backup/take.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./core/errors.ts";
import type { JobFlags } from "./core/job.ts";
import { seconds, type Clock } from "./core/time.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { takeFolder } from "./instance-lock.ts";

export interface RestoreCommand {
  flags: JobFlags;
  clock: Clock;
  signal: AbortSignal;
  print: (line: string) => void;
}

/** Where backups are kept: `BACKUP`, else `backups` in the data folder. */
export function placeOf(
  config: Config,
  location: string = config.BACKUP ?? join(config.DATA_DIR, "backups"),
): BackupPlace {
  return location.startsWith("s3:")
    ? bucketPlace(openTarget(location, config), join(config.DATA_DIR, "backups.passing"))
    : folderPlace(resolve(location));
}

/** @returns The exit code. @throws {ConfigError} in one sentence. */
export async function runRestore(config: Config, command: RestoreCommand): Promise<number> {
  const { flags, clock, signal, print } = command;
  try {
    const { place, name } = await found(config, flags["from"]);
    print(`Restoring ${place.location}/${name}`);
    const { path, done } = await place.fetch(name, signal);
    try {
      return await into(config, flags["into"], async (url) => {
        const { manifest, rows, duration_ms, migrated } = await restoreBackup({
          path,
          url,
          replace: flags["replace"] === true,
          clock,
          signal,
          onProgress: teller(clock, print),
        });
        print(
          `Restored ${rows.toLocaleString("en-US")} rows of ${manifest.created_at} (${manifest.city}, release ${manifest.release}) in ${Math.ceil(duration_ms / 1_000)} s, compared table by table`,
        );
        if (migrated.length > 0) print(`Brought up to this release: ${migrated.join(", ")}`);
        return 0;
      });
    } finally {
      await done();
    }
  } catch (error) {
    if (signal.aborted) {
      print("Stopped: nothing was restored");
      return 130;
    }
    if (error instanceof BackupError || error instanceof ArchiveError) throw new ConfigError(error.message);
    throw error;
  }
}

/** A file, one of a place's backups, or the newest of a place. */
async function found(
  config: Config,
  from: JobFlags[string] | undefined,
): Promise<{ place: BackupPlace; name: string }> {
  if (typeof from === "string") {
    if (!from.startsWith("s3:") && !existsSync(from))
      throw new ConfigError(`--from is "${from}", which is not there`);
    const one = isBackupName(from) || (!from.startsWith("s3:") && statSync(from).isFile());
    if (one)
      return {
        place: placeOf(config, from.startsWith("s3:") ? from.slice(0, from.lastIndexOf("/")) : dirname(from)),
        name: basename(from),
      };
  }
  const place = placeOf(config, typeof from === "string" ? from : undefined);
  const name = (await place.list()).at(-1);
  if (name === undefined)
    throw new ConfigError(`There is no backup in ${place.location}: name one with --from`);
  return { place, name };
}

/** With a database that nobody else uses: the folder is held, or its server says who is there. */
async function into(
  config: Config,
  given: JobFlags[string] | undefined,
  work: (url: string) => Promise<number>,
): Promise<number> {
  const to = typeof given === "string" ? given : (config.DATABASE_URL ?? config.DATA_DIR);
  if (/^postgres(ql)?:\/\//.test(to)) return work(to);
  const lock = await takeFolder(to);
  if (lock === null)
    throw new ConfigError(`An Arterial is running on the folder ${to}: stop it before you restore into it`);
  try {
    // What is new in a transaction is not written twice then.
    const server = await startEmbeddedPostgres({
      dir: to,
      settings: { wal_level: "minimal", max_wal_size: "1GB" },
    });
    try {
      return await work(server.url);
    } finally {
      await server.stop(seconds(30));
    }
  } finally {
    lock.release();
  }
}

const STEPS = {
  verify: "reading the backup",
  fill: "restoring",
  compare: "comparing",
  finish: "tidying up",
} as const;

/** A line a second at most. */
function teller(clock: Clock, print: (line: string) => void): (progress: RestoreProgress) => void {
  let told_ms = -Infinity;
  return ({ step, table, rows, rows_total }) => {
    if (clock.monotonic() - told_ms < seconds(1)) return;
    told_ms = clock.monotonic();
    const share = rows_total === 0 ? 100 : Math.floor((100 * rows) / rows_total);
    print(`  ${STEPS[step]}: ${table}, ${rows.toLocaleString("en-US")} rows (${share} %)`);
  };
}
