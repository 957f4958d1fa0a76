/** A database of the release that had roads only (files 0001 to 0006), with its rows, comes up with this one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { days, hours } from "../core/time.ts";
import type { Sql } from "../postgres.ts";
import { streams } from "../streams/index.ts";
import { traffic as declared } from "../streams/traffic.ts";
import { NOON, partOf, type Sent } from "./conformance-kit.ts";
import { migrate, MIGRATIONS_DIR } from "./migrate.ts";
import { openPostgresHistory } from "./postgres-history.ts";

const FORMER = 6;
const keeping = (retention_ms: number) => ({ ...declared, history: { ...declared.history, retention_ms } });
/** As it was, and as an embedded installation has it now: partitions of a day, then of three hours. */
const [before, now] = [keeping(hours(30)), keeping(hours(15))];
const clock = { now: () => NOON, monotonic: () => performance.now() };

let database: TestDatabase;
let sql: Sql;
let former: string;

beforeAll(async () => {
  database = await freshDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} }) as Sql;
  former = mkdtempSync(join(tmpdir(), "arterial-former-"));
  for (const name of readdirSync(MIGRATIONS_DIR))
    if (Number(name.slice(0, 4)) <= FORMER) cpSync(join(MIGRATIONS_DIR, name), join(former, name));
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  rmSync(former, { recursive: true });
});

const open = () => openPostgresHistory({ url: database.url, clock });
const sent = (n: number, at_ms: number): Sent => ({ key: `r${n % 3}`, at_ms, event_id: `e${n}`, speed: n });

test("rows, windows and the ledger stay; what comes next is stored, in its partition, and retention goes on", async () => {
  await migrate(sql, [former]);
  // The statements of this release ask for the floors of windows and for claims, which that one did not have.
  await sql`create table window_floors (stream text primary key, floor timestamptz not null)`;
  await sql`alter table frontiers add column claimed timestamptz`;
  const old = open();
  await old.ensurePartitions(before, NOON - days(2), NOON + days(1));
  const first = Array.from({ length: 40 }, (_, n) => sent(n, -hours(39 - n)));
  await old.append(before, [partOf(before, 0, 0, first)]);
  const range = { from_ms: NOON - days(3), to_ms: NOON + days(1), limit: 1_000 };
  const [rows, windows] = [await old.raw(before, range), await old.windows(before, range)];
  expect([rows.length, windows.length]).toEqual([40, 40]);
  await old.close();
  await sql`drop table window_floors`;
  await sql`alter table frontiers drop column claimed`;

  const store = open();
  await store.migrate();
  expect(await store.raw(now, range)).toEqual(rows);
  expect(await store.windows(now, range)).toEqual(windows);
  for (const stream of streams) {
    const kept = stream.name === now.name ? now : stream;
    await store.ensurePartitions(kept, NOON - hours(6), NOON + days(2));
    expect(await store.ledger(kept)).toHaveLength(stream.name === now.name ? 1 : 0);
  }
  const next = Array.from({ length: 30 }, (_, n) => sent(40 + n, hours(n) + 1));
  expect(await store.append(now, [partOf(now, 0, 40, next)])).toMatchObject({ kind: "stored", stored: 30 });
  const [waiting] = await sql`select count(*)::int as n from traffic_data_default`;
  expect(waiting).toEqual({ n: 0 });

  const dropped = await store.retain(now, NOON + hours(30));
  expect(dropped.length).toBeGreaterThan(1);
  const left = await store.raw(now, { ...range, to_ms: NOON + days(3) });
  expect(left[0]!.event_time_ms).toBeGreaterThanOrEqual(NOON + hours(12));
  expect(left.at(-1)!.event_id).toBe("e69");
  expect(await store.windows(now, { ...range, to_ms: NOON + days(3) })).toHaveLength(70);
  await store.close();
});
