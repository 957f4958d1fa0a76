/** A backup and its copy on a real server: equal, or refused; whatever happens in between, what was there is there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../core/time.ts";
import { MIGRATIONS } from "../history/postgres-bed.fixture.ts";
import { openPostgresHistory } from "../history/postgres-history.ts";
import { openPostgresLog } from "../log/postgres-log.ts";
import { openSql } from "../postgres.ts";
import { traffic } from "../streams/traffic.ts";
import { backupBed, contentOf, LOGGED, schemaOf, STORED, type BackupBed } from "./bed.fixture.ts";
import { declaredTables } from "./catalog.ts";
import { EPOCHS_BEFORE } from "./manifest.ts";
import { BackupReader } from "./read-file.ts";
import type { Restored } from "./restore.ts";
import type { Taken } from "./take.ts";
import type { TestDatabase } from "../../test/postgres.ts";

let bed: BackupBed;
let whole: Taken;
/** A database that was empty, restored once for all. */
let copied: TestDatabase;
let restored: Restored;
beforeAll(async () => {
  bed = await backupBed();
  whole = await bed.take();
  copied = await bed.empty();
  restored = await bed.restore(copied, whole.path);
});
afterAll(() => bed.drop());

/** Why it failed. */
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "was not refused",
    (error: unknown) => (error as Error).message,
  );

const DOOMED = fileURLToPath(import.meta.resolve("./doomed.fixture.ts"));

const copyOf = (name: string): string => {
  const path = join(bed.dir, name);
  copyFileSync(whole.path, path);
  return path;
};

async function rowsIn<T extends object>(url: string, text: string): Promise<T[]> {
  const sql = openSql(url, { max: 1, application_name: "test" });
  const rows = [...(await sql.unsafe<T[]>(text))];
  await sql.end();
  return rows;
}

/** What differs by design between a database and its copy. */
const OWN = new Set(["begun", "log_partitions", "log_batches"]);

describe("a backup", () => {
  test("holds every table that migrations make, each counted, and says what it is", async () => {
    const { manifest } = whole;
    const names = await rowsIn<{ name: string }>(
      bed.full.url,
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition",
    );
    const declared = declaredTables(MIGRATIONS);
    expect(names.map(({ name }) => name).filter((name) => !declared.has(name))).toEqual([
      "schema_migrations",
    ]);
    const count = new Map(manifest.tables.map(({ name, rows }) => [name, rows]));
    expect(count.get("traffic_data")).toBe(STORED);
    expect(count.get("dead_letters")).toBe(50);
    expect(manifest.unread_events).toBe(LOGGED - STORED);
    expect(manifest.ledger.filter((row) => row.stored > 0)).toEqual([
      expect.objectContaining({ stream: "traffic", next_offset: STORED, consumed: STORED, stored: STORED }),
    ]);
    expect(manifest.migrations.length).toBeGreaterThan(17);
    expect(readdirSync(bed.dir).filter((name) => name.endsWith(".writing"))).toEqual([]);
  });

  test("any part of the file that the manifest names is read by zstd alone", async () => {
    const { offset, bytes, plain_bytes } = whole.manifest.tables.find(({ name }) => name === "traffic_data")!;
    const part = readFileSync(whole.path).subarray(offset, offset + bytes);
    expect(Bun.zstdDecompressSync(part).length).toBe(plain_bytes);
  });

  test("live traffic goes on while it is written, and the backup is of one moment", async () => {
    const sql = openSql(bed.full.url, { max: 1, application_name: "test" });
    let written = 0;
    const { manifest, path } = await bed.take({
      onProgress({ step }) {
        // Sent on another connection, while the snapshot is open.
        if (step === "write" && written === 0) {
          written++;
          void sql`insert into rejects (stream, source, count) values ('traffic', 'late', 1)`
            .execute()
            .then(() => written++);
        }
      },
    });
    expect(written).toBe(2);
    expect(manifest.tables.find(({ name }) => name === "rejects")!.rows).toBe(0);
    await sql`delete from rejects where source = 'late'`;
    await sql.end();
    const reader = await BackupReader.open(path);
    await reader.verify();
    await reader.close();
  });

  test("two at once: the second is refused in one sentence", async () => {
    const first = openSql(bed.full.url, { max: 1, application_name: "test" });
    await first`select pg_advisory_lock(hashtextextended('arterial backup', 0))`;
    expect(await refusal(bed.take())).toBe(
      "Another backup of this database is running: wait until it has ended",
    );
    await first.end();
  });

  test("a kill in the middle leaves nothing that is taken for a backup, and the next one clears it away", async () => {
    const dir = mkdtempSync(join(bed.dir, "killed-"));
    const path = join(dir, "a.backup");
    const killed = spawnSync(process.execPath, [DOOMED, "take", bed.full.url, path, "write", "traffic_data"]);
    expect(killed.signal).toBe("SIGKILL");
    expect(readdirSync(dir)).toEqual(["a.backup.writing"]);
    await bed.take({ path });
    expect(readdirSync(dir)).toEqual(["a.backup"]);
  });

  test("a disk that is full: it fails and says so, nothing is left behind, and the older ones stay", async () => {
    const dir = mkdtempSync(join(bed.dir, "full-"));
    writeFileSync(join(dir, "older.backup"), "older");
    const path = join(dir, "b.backup");
    const full = spawnSync("prlimit", ["--fsize=2000", process.execPath, DOOMED, "take", bed.full.url, path]);
    expect(full.stderr.toString()).toMatch(/EFBIG|file too large/i);
    expect(full.status).toBe(1);
    expect(readdirSync(dir)).toEqual(["older.backup"]);
  });
});

describe("a restore", () => {
  test("into an empty database: every table is equal, partitions too, and the log is a new one", async () => {
    const into = copied;
    const { rows, manifest } = restored;
    expect(rows).toBe(whole.rows);
    const [before, after] = [await contentOf(bed.full.url), await contentOf(into.url)];
    for (const [table, content] of before)
      if (!OWN.has(table)) expect([table, after.get(table)]).toEqual([table, content]);
    const children = (names: string[]): string[] => names.filter((name) => !/log_batches_\d/.test(name));
    expect(children(await schemaOf(into.url))).toEqual(children(await schemaOf(bed.full.url)));
    const [log] = await rowsIn<{ epoch: string }>(into.url, "select epoch from log_epoch");
    expect(manifest.epochs).not.toContain(log!.epoch);
    expect(await rowsIn(into.url, `select name, value from begun order by name`)).toEqual([
      { name: EPOCHS_BEFORE, value: { epochs: [...manifest.epochs] } },
      { name: "seed", value: { from: 1 } },
    ]);
    expect(
      await rowsIn(
        into.url,
        "select * from leases union all select member_id, group_name, expires_at from log_members",
      ),
    ).toEqual([]);
  });

  test("what the log held unread is there, in its place; what history had is not given again", async () => {
    const into = copied;
    const log = openPostgresLog({ url: into.url, clock: systemClock });
    const ends = (await log.ends([traffic.topic])).find((one) => one.end_offset > 0)!;
    expect(ends.end_offset).toBe(LOGGED);
    expect(ends.start_offset).toBeLessThanOrEqual(STORED);
    const records = await log.read(traffic.topic, ends.partition, STORED, 100);
    expect(records.map(({ offset }) => offset)).toEqual(
      Array.from({ length: LOGGED - STORED }, (_, n) => STORED + n),
    );
    expect(await log.append(traffic.topic, [{ key: "a", value: Buffer.from("{}") }])).toEqual(
      new Map([[ends.partition, LOGGED + 1]]),
    );
    await log.close();
  });

  test("retention leaves partitions alone while a backup is written, and takes them afterwards", async () => {
    const into = copied;
    const history = openPostgresHistory({ url: into.url, clock: systemClock, migrations: MIGRATIONS });
    const short = { ...traffic, history: { ...traffic.history, retention_ms: 1 } };
    const now_ms = Date.UTC(2026, 6, 15, 13);
    let during: Promise<readonly string[]> | null = null;
    const { manifest } = await bed.take({
      url: into.url,
      onProgress() {
        during ??= history.retain(short, now_ms);
      },
    });
    expect(await during!).toEqual([]);
    expect(manifest.tables.find(({ name }) => name === "traffic_data")!.rows).toBe(STORED);
    expect((await history.retain(short, now_ms)).length).toBeGreaterThan(0);
    await history.close();
  });

  test("a database that is not empty is refused in one sentence; with --replace all of it is the backup's", async () => {
    const into = copied;
    const sql = openSql(into.url, { max: 1, application_name: "test" });
    await sql`delete from traffic_data`;
    await sql.end();
    expect(await refusal(bed.restore(into, whole.path))).toMatch(
      /^The database is not empty \(it has \w+\): restore into an empty one, or say --replace/,
    );
    await bed.restore(into, whole.path, { replace: true });
    expect((await contentOf(into.url)).get("traffic_data")).toBe(
      (await contentOf(bed.full.url)).get("traffic_data"),
    );
    expect((await schemaOf(into.url)).filter((name) => !name.startsWith("public "))).toEqual([]);
  });

  test("tables that are not Arterial's are never given up", async () => {
    const into = await bed.empty();
    const sql = openSql(into.url, { max: 1, application_name: "test" });
    await sql`create table invoices (n integer)`;
    await sql`insert into invoices values (7)`;
    expect(await refusal(bed.restore(into, whole.path, { replace: true }))).toMatch(
      /has a table invoices that is not Arterial's/,
    );
    expect([...(await sql`select n from invoices`)]).toEqual([{ n: 7 }]);
    await sql.end();
  });

  test("while an Arterial runs on the database it is refused in one sentence", async () => {
    const into = await bed.empty();
    const log = openPostgresLog({ url: into.url, clock: systemClock, application_name: "arterial-log" });
    await log.epoch().catch(() => {});
    expect(await refusal(bed.restore(into, whole.path))).toMatch(
      "An Arterial is running on this database: stop it before you restore into it",
    );
    await log.close();
  });

  test("a backup that is cut off anywhere is refused before anything is touched", async () => {
    const into = await bed.empty();
    const path = copyOf("cut.backup");
    const { size } = statSync(path);
    for (const length of [size - 1, size - 60, Math.floor(size / 2), 40, 3, 0]) {
      truncateSync(path, length);
      expect(await refusal(bed.restore(into, path))).toMatch(
        /is cut off, or was never finished|is not a backup of Arterial's/,
      );
    }
    expect(await schemaOf(into.url)).toEqual([]);
  });

  test("a byte that is another, wherever it is: refused, and nothing is touched", async () => {
    let into = await bed.empty();
    // A bit of a packed block's head may say nothing: what is unpacked has the same hash then, and is restored.
    let harmless = 0;
    const good = readFileSync(whole.path);
    const path = join(bed.dir, "flipped.backup");
    for (let n = 0; n < 60; n++) {
      const at = Math.floor((n / 60) * good.length);
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (n % 8);
      writeFileSync(path, bad);
      const said = await refusal(bed.restore(into, path));
      if (said === "was not refused") {
        harmless += 1;
        into = await bed.empty();
      } else expect(said).toMatch(/damaged|cut off|not a backup/);
    }
    expect(harmless).toBeLessThanOrEqual(3);
    expect(await schemaOf(into.url)).toEqual([]);
  });

  test("of a newer release: refused, with what to do; of an older one: brought up to this one", async () => {
    const into = await bed.empty();
    const older = MIGRATIONS.slice(0, 1);
    expect(await refusal(bed.restore(into, whole.path, { migrations: older }))).toMatch(
      /^The backup is of release 0\.1\.0 with the migration 9001-other\.sql, which this release does not know: restore it with that release or a newer one$/,
    );
    expect(await schemaOf(into.url)).toEqual([]);
    const more = mkdtempSync(join(bed.dir, "more-"));
    writeFileSync(
      join(more, "9002-more.sql"),
      "alter table traffic_data add column lanes integer; create table lanes (n integer);",
    );
    const { migrated } = await bed.restore(into, whole.path, { migrations: [...MIGRATIONS, more] });
    expect(migrated).toEqual(["9002-more.sql"]);
    expect(
      await rowsIn(into.url, "select count(*)::int as n, count(lanes)::int as lanes from traffic_data"),
    ).toEqual([{ n: STORED, lanes: 0 }]);
  });

  test("kill -9 in the middle, before and after: the database is as it was, and the next restore works", async () => {
    const into = copied;
    const before = await contentOf(into.url);
    for (const [step, table] of [
      ["fill", "traffic_data"],
      ["finish", "offsets"],
    ] as const) {
      const killed = spawnSync(process.execPath, [DOOMED, "restore", into.url, whole.path, step, table]);
      expect([step, killed.signal]).toEqual([step, "SIGKILL"]);
      expect(await contentOf(into.url)).toEqual(before);
    }
    const again = spawnSync(process.execPath, [DOOMED, "restore", into.url, whole.path]);
    expect([again.status, again.stderr.toString()]).toEqual([0, ""]);
    expect((await schemaOf(into.url)).filter((name) => !name.startsWith("public "))).toEqual([]);
    expect(existsSync(whole.path)).toBe(true);
  }, 60_000);
});
