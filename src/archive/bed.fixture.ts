/** A bed for the archive's laws: days of traffic in a real PostgreSQL, and what archives them. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { Stream } from "../core/stream.ts";
import { days, minutes, type Clock } from "../core/time.ts";
import { openPostgresArchive } from "../history/archived/archive-store.ts";
import { NOON, partOf, type Sent } from "../history/conformance-kit.ts";
import type { KeptWindow } from "../core/window.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { postgresBed } from "../history/postgres-bed.fixture.ts";
import { openPostgresBatch } from "../history/rollups/postgres-batch.ts";
import type { Sql } from "../postgres.ts";
import { createPool } from "../work/pool.ts";
import { archiveClosedDays, type Archived } from "./archive.ts";
import type { ArchiveContext } from "./context.ts";
import { folderTarget } from "./folder-target.ts";
import { restoreDays, type RestoreOptions, type Restored } from "./restore.ts";
import type { ArchiveTarget } from "./target.ts";

/** Three days of 2026; the clock stands in the morning after the third. */
export const DAYS = ["2026-07-13", "2026-07-14", "2026-07-15"] as const;
export const MORNING = NOON + days(1) - 7 * 3_600_000;
const never = new AbortController().signal;

export interface Bed {
  url: string;
  traffic: Stream;
  history: HistoryStore;
  sql: Sql;
  /** Folder of the archive. */
  dir: string;
  context: ArchiveContext;
  clock: Clock & { at_ms: number };
  archive(over?: Partial<ArchiveContext>): Promise<readonly Archived[]>;
  restore(over?: Partial<RestoreOptions>, context?: Partial<ArchiveContext>): Promise<Restored>;
  /** Every column of every raw row of a day. */
  rows(day: string): Promise<readonly Record<string, unknown>[]>;
  windows(): Promise<readonly KeptWindow[]>;
  write(partition: number, sent: readonly Sent[]): Promise<void>;
  ledgerAddsUp(): Promise<void>;
  close(): Promise<void>;
}

/** A day's reports of some roads, every so often; names in several alphabets, some values missing. */
export function sentOf(day: string, roads: number, every_ms: number): Sent[] {
  const from = Date.parse(`${day}T00:00:00Z`) - NOON;
  const all: Sent[] = [];
  for (let at = 0; at < days(1); at += every_ms)
    for (let r = 0; r < roads; r++) {
      const n = (at / every_ms) * roads + r;
      all.push({
        key: `road-${String(r).padStart(2, "0")}`,
        at_ms: from + at + ((r * 97) % 1_000),
        event_id: `${day}/${n}`,
        speed: ((n * 7919) % 12_000) / 100,
        free: n % 5 === 0 ? null : 50 + (r % 7) * 10.5,
        name: n % 3 === 0 ? `Straße "${r}", {a\\b} 環` : "null",
        backfill: n % 11 === 0,
      });
    }
  return all;
}

export async function archiveBed(
  how: { roads?: number; every_ms?: number; held?: boolean } = {},
): Promise<Bed> {
  const { roads = 12, every_ms = minutes(20), held = true } = how;
  const postgres_bed = await postgresBed({ archive: held });
  const traffic: Stream = {
    ...postgres_bed.traffic,
    history: { ...postgres_bed.traffic.history, retention_ms: days(3) },
  };
  const history = await postgres_bed.open();
  const sql = postgres(postgres_bed.url, { max: 2, onnotice: () => {} }) as Sql;
  const dir = mkdtempSync(join(tmpdir(), "arterial-archive-"));
  const store = openPostgresArchive({ url: postgres_bed.url });
  const batch = openPostgresBatch({ url: postgres_bed.url, zone: "Europe/Berlin" });
  const clock = { at_ms: MORNING, now: () => clock.at_ms, monotonic: () => performance.now() };
  const context: ArchiveContext = {
    target: folderTarget(dir),
    store,
    pool: createPool(),
    clock,
    release: "test",
    city_id: "test",
    rebuildWindows: (stream, from_ms, to_ms, signal) =>
      batch.rebuildWindows(stream, from_ms, to_ms, { now_ms: clock.now(), whole: true, signal }),
    group_rows: 300,
    part_rows: 500,
  };
  const places = new Map<number, number>();
  const bed: Bed = {
    url: postgres_bed.url,
    traffic,
    history,
    sql,
    dir,
    context,
    clock,
    archive: (over = {}) =>
      archiveClosedDays(
        { ...context, ...over },
        { streams: [traffic], ledger: (s) => history.ledger(s), behind: async () => 0, signal: never },
      ),
    restore: (over = {}, other = {}) =>
      restoreDays(
        { ...context, ...other },
        {
          streams: [traffic],
          from_ms: null,
          to_ms: null,
          kept_until_ms: clock.now() + days(7),
          signal: never,
          resume: null,
          note: async () => {},
          ...over,
        },
      ),
    rows: async (day) => [
      ...(await sql.unsafe(
        `select * from ${traffic.history.table} where (event_time at time zone 'UTC')::date = $1::text::date order by event_time, road_id, event_id`,
        [day],
      )),
    ],
    windows: async () =>
      history.windows(traffic, { from_ms: NOON - days(4), to_ms: NOON + days(1), limit: 5_000 }),
    async write(partition, sent) {
      const from = places.get(partition) ?? 0;
      await history.append(traffic, [partOf(traffic, partition, from, sent)]);
      places.set(partition, from + sent.length);
    },
    async ledgerAddsUp() {
      const stored = (await history.ledger(traffic)).reduce((n, row) => n + row.stored, 0);
      const { rows } = await history.recount(traffic);
      if (rows !== stored) throw new Error(`The tables hold ${rows} rows, the ledger says ${stored} stored`);
    },
    async close() {
      await Promise.all([store.close(), batch.close(), sql.end({ timeout: 1 })]);
      await postgres_bed.drop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await history.ensurePartitions(traffic, Date.parse(DAYS[0]), MORNING);
  for (const day of DAYS)
    for (const partition of [0, 1])
      await bed.write(
        partition,
        sentOf(day, roads, every_ms).filter((_, i) => i % 2 === partition),
      );
  return bed;
}

/** A file of the archive, hurt. */
export const cutFile = (path: string): void => truncateSync(path, readFileSync(path).length - 10);
export const lengthenFile = (path: string): void => appendFileSync(path, "x");

/** A target that fails as it is told. */
export function failing(
  target: ArchiveTarget,
  fails: (verb: "put" | "get", path: string) => Error | null,
): ArchiveTarget {
  return {
    ...target,
    async put(path, bytes) {
      const error = fails("put", path);
      if (error !== null) throw error;
      await target.put(path, bytes);
    },
    async get(path) {
      const error = fails("get", path);
      if (error !== null) throw error;
      return target.get(path);
    },
  };
}
