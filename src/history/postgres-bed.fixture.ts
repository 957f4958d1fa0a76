/** A bed for the laws: a fresh database with two streams of the same shape. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { freshDatabase } from "../../test/postgres.ts";
import type { HistoryBed } from "./conformance-kit.ts";
import type { HistoryStore } from "./history-store.ts";
import { MIGRATIONS_DIR } from "./migrate.ts";
import { other } from "./other-stream.fixture.ts";
import { openPostgresHistory, type PostgresHistoryOptions } from "./postgres-history.ts";

export { other };

const dir = mkdtempSync(join(tmpdir(), "arterial-history-"));
const like = readFileSync(join(MIGRATIONS_DIR, "0003-traffic.sql"), "utf8");
writeFileSync(join(dir, "9001-other.sql"), like.replaceAll("traffic_", "other_"));

export const MIGRATIONS: readonly string[] = [MIGRATIONS_DIR, dir];

export interface PostgresBed extends HistoryBed {
  url: string;
}

let migrated: Promise<string> | null = null;

/** A database with all migrations applied, once per test process: what each test begins as a copy of. */
async function template(): Promise<string> {
  const { name, url } = await freshDatabase();
  const store = openPostgresHistory({ url, clock: systemClock, migrations: MIGRATIONS });
  await store.migrate();
  await store.close();
  return name;
}

export async function postgresBed(over: Partial<PostgresHistoryOptions> = {}): Promise<PostgresBed> {
  const database = await freshDatabase(await (migrated ??= template()));
  const { url } = database;
  const stores: HistoryStore[] = [];
  return {
    url,
    traffic,
    other,
    async open() {
      const store = openPostgresHistory({ url, clock: systemClock, migrations: MIGRATIONS, ...over });
      stores.push(store);
      await store.migrate();
      return store;
    },
    async drop() {
      await Promise.all(stores.map((store) => store.close()));
      await database.drop();
    },
  };
}
