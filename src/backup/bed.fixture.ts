/** A database with something in every kind of table, and what a copy of it must be equal to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../core/time.ts";
import { eventOf, NOON } from "../history/conformance-kit.ts";
import { openPostgresHistory } from "../history/postgres-history.ts";
import { MIGRATIONS } from "../history/postgres-bed.fixture.ts";
import { openPostgresLog } from "../log/postgres-log.ts";
import { openSql } from "../postgres.ts";
import { traffic } from "../streams/traffic.ts";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { days, minutes } from "../core/time.ts";
import { rowsOf, takeBackup, type TakeOptions, type Taken } from "./take.ts";
import type { RestoreOptions } from "./restore-options.ts";
import { restoreBackup, type Restored } from "./restore.ts";
import { tablesOf } from "./catalog.ts";
import { Session } from "./session.ts";
import { TupleReader } from "./tuples.ts";

export interface BackupBed {
  dir: string;
  full: TestDatabase;
  empty(): Promise<TestDatabase>;
  take(over?: Partial<TakeOptions>): Promise<Taken>;
  restore(into: TestDatabase, path: string, over?: Partial<RestoreOptions>): Promise<Restored>;
  drop(): Promise<void>;
}

/** Events of traffic in the log of partition 0, and how many of them history has stored. */
export const LOGGED = 30;
export const STORED = 20;

export async function backupBed(): Promise<BackupBed> {
  const dir = mkdtempSync(join(tmpdir(), "arterial-backup-"));
  const databases: TestDatabase[] = [];
  const empty = async (): Promise<TestDatabase> => {
    const database = await freshDatabase();
    databases.push(database);
    return database;
  };
  const full = await empty();
  await fillWith(full.url);
  const topics = [{ topic: traffic.topic, stream: traffic.name }];
  const common = { clock: systemClock, signal: new AbortController().signal, migrations: MIGRATIONS };
  let taken = 0;
  return {
    dir,
    full,
    empty,
    take: (over = {}) =>
      takeBackup({
        ...common,
        url: full.url,
        path: join(dir, `${++taken}.backup`),
        release: "0.1.0",
        city: "Test",
        topics,
        ...over,
      }),
    restore: (into, path, over = {}) =>
      restoreBackup({ ...common, url: into.url, path, replace: false, ...over }),
    async drop() {
      await Promise.all(databases.map((database) => database.drop()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function fillWith(url: string): Promise<void> {
  const history = openPostgresHistory({ url, clock: systemClock, migrations: MIGRATIONS });
  await history.migrate();
  await history.ensurePartitions(traffic, NOON - days(1), NOON + days(1));
  const log = openPostgresLog({ url, clock: systemClock });
  await log.createTopics([
    { topic: traffic.topic, partitions: traffic.partitions, retention_ms: days(1) },
    { topic: "dead-letters", partitions: 1, retention_ms: days(1) },
  ]);
  // One road, so one partition; in pieces, so that the unread part begins within one of them.
  for (let from = 0; from < LOGGED; from += 8) {
    const n = Math.min(8, LOGGED - from);
    const records = Array.from({ length: n }, (_, i) => ({
      key: "a",
      value: Buffer.from(JSON.stringify({ road_id: "a", n: from + i })),
    }));
    await log.append(traffic.topic, records);
  }
  const partition = (await log.ends([traffic.topic])).find((one) => one.end_offset > 0)!.partition;
  const events = Array.from({ length: STORED }, (_, n) =>
    eventOf(
      traffic,
      {
        key: `road ${n % 3}`,
        at_ms: minutes(n * 70) - days(1),
        event_id: `e${n}`,
        speed: 30 + n / 3,
        free: n % 2 ? null : 50,
        name: "Ring “\\N” 環",
      },
      partition,
      n,
    ),
  );
  await history.append(traffic, [
    { partition, expected_offset: 0, next_offset: STORED, events, dead: [], last_record_hash: null },
  ]);
  await history.close();
  await log.close();
  const sql = openSql(url, { max: 1, application_name: "test" });
  await sql`insert into dead_letters (dead_letter_id, received_at, log_offset, log_partition, payload_bytes, at_door, stream, topic,
    source, reason, pointer, value, rule, payload_sha256, payload)
    select gen_random_uuid(), now(), n, 0, 3, true, 'traffic', 'traffic-raw', 'test', 'schema', '/', 'x', 'y', 'z', '\\x00ff0a'::bytea
    from generate_series(1, 50) n`;
  await sql`insert into leases (name, holder, until) values ('simulate', 'somebody', now() + interval '1 hour')`;
  await sql`insert into log_members (group_name, member_id, topics, expires_at) values ('g', 'm', '[]', now())`;
  await sql`insert into begun (name, value) values ('seed', '{"from": 1}'), ('log', ${sql.json({ epoch: await epochOf(sql) })})`;
  await sql.end();
}

const epochOf = async (sql: ReturnType<typeof openSql>): Promise<string> =>
  (await sql<{ epoch: string }[]>`select epoch from log_epoch`)[0]!.epoch;

/** Every table of ours as rows and content, whatever their order. */
export async function contentOf(url: string): Promise<Map<string, string>> {
  const session = await Session.open(url, "test");
  const found = new Map<string, string>();
  for (const table of await tablesOf(session, MIGRATIONS)) {
    const tuples = new TupleReader();
    for await (const block of session.copyOut(rowsOf(table))) tuples.push(block);
    tuples.finish();
    found.set(table.name, `${tuples.rows} ${tuples.content}`);
  }
  await session.close();
  return found;
}

/** What the schema of a database holds, by kind. */
export async function schemaOf(url: string): Promise<string[]> {
  const sql = openSql(url, { max: 1, application_name: "test" });
  const rows = await sql<{ text: string }[]>`
    select n.nspname || ' ' || c.relkind::text || ' ' || c.relname || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '') as text
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1`;
  await sql.end();
  return rows.map(({ text }) => text);
}
