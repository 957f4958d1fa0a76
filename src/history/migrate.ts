/** Brings a database's schema up to this release: numbered files of plain SQL, in order, forward only. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sql } from "../postgres.ts";

export const MIGRATIONS_DIR = fileURLToPath(new URL("../../sql/migrations", import.meta.url));

interface Migration {
  version: number;
  name: string;
  path: string;
}

/**
 * Applies what is missing, each file in a transaction of its own. Safe from several processes at once: they take
 * turns under one advisory lock.
 *
 * @param dirs Folders of files named `0001-what.sql`; a number stands once over all of them.
 * @param wanted Only these: for a restore, which fills the schema of the release that its backup is of.
 * @throws {RangeError} if a file's name has no number, or two have the same.
 */
export async function migrate(
  sql: Sql,
  dirs: readonly string[] = [MIGRATIONS_DIR],
  wanted: (version: number) => boolean = () => true,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const { version, name, path } of migrationsIn(dirs).filter((one) => wanted(one.version))) {
    const text = readFileSync(path, "utf8");
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended('arterial schema', 0))`;
      await tx`create table if not exists schema_migrations (
        version integer primary key, name text not null, applied_at timestamptz not null default now())`;
      const [done] = await tx`select 1 from schema_migrations where version = ${version}`;
      if (done !== undefined) return;
      await tx.unsafe(text);
      await tx`insert into schema_migrations (version, name) values (${version}, ${name})`;
      applied.push(name);
    });
  }
  return applied;
}

export function migrationsIn(dirs: readonly string[]): readonly Migration[] {
  const found = dirs
    .flatMap((dir) => readdirSync(dir).map((name) => ({ dir, name })))
    .filter(({ name }) => name.endsWith(".sql"))
    .map(({ dir, name }) => ({ version: numberOf(name), name, path: join(dir, name) }))
    .sort((a, b) => a.version - b.version);
  for (const [i, one] of found.entries()) {
    const before = found[i - 1];
    if (before?.version === one.version)
      throw new RangeError(`Cannot migrate: ${before.name} and ${one.name} have the same number`);
  }
  return found;
}

function numberOf(name: string): number {
  const digits = /^(\d{4})-/.exec(name)?.[1];
  if (digits === undefined) throw new RangeError(`Cannot migrate: ${name} is not named like 0001-what.sql`);
  return Number(digits);
}
