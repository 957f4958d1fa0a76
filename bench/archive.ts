/**
 * A day of the demo city's roads into the archive and back: bytes per event in PostgreSQL, in Parquet and as NDJSON, rows/s,
 * memory, and how long the event loop was held up; beside `COPY … TO STDOUT` of the same rows in the same run.
 *
 *   bun bench/archive.ts [events]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveClosedDays } from "../src/archive/archive.ts";
import { archivePlan } from "../src/archive/columns.ts";
import type { ArchiveContext } from "../src/archive/context.ts";
import { folderTarget } from "../src/archive/folder-target.ts";
import { restoreDays } from "../src/archive/restore.ts";
import { cityOf } from "../src/cities/index.ts";
import { decoderOf } from "../src/core/decode.ts";
import type { Event } from "../src/core/event.ts";
import { limits } from "../src/core/limits.ts";
import { days, formatInstant, seconds, systemClock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { readDay } from "../src/history/archived/archive-rows.ts";
import { openPostgresArchive } from "../src/history/archived/archive-store.ts";
import { dayText } from "../src/history/archived/archived-days.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openSql } from "../src/postgres.ts";
import { makersOf, SIMULATOR } from "../src/sources/simulator/index.ts";
import { traffic } from "../src/streams/traffic.ts";
import { createPool } from "../src/work/pool.ts";

const EVENTS = Number(process.argv[2] ?? 500_000);
const CITY = cityOf("demo");
const DAY_MS = Math.floor(systemClock.now() / days(1)) * days(1) - days(2);
const DAY = dayText(DAY_MS);
const never = new AbortController().signal;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const perSecond = (rows: number, took_ms: number): string =>
  `${Math.round(rows / (took_ms / 1_000)).toLocaleString("en-US")} rows/s`;

const dir = mkdtempSync(join(tmpdir(), "bench-archive-"));
const server = await startEmbeddedPostgres({ dir: join(dir, "postgres") });
const history = openPostgresHistory({ url: server.url, clock: systemClock });
await history.migrate();
await history.ensurePartitions(traffic, DAY_MS, DAY_MS + days(1));
const sql = openSql(server.url, { max: 1, application_name: "bench", statement_timeout_ms: 600_000 });

/** As many events as asked for, over the whole day: each road as often as that needs. */
async function fill(): Promise<number> {
  const roads = CITY.roads.length;
  const rate = Math.min(1, EVENTS / ((days(1) / seconds(10)) * roads));
  const maker = makersOf(CITY, 1, rate)[0]!;
  const decoder = decoderOf(traffic);
  let offset = 0;
  for (let at = DAY_MS; at < DAY_MS + days(1); at += days(1) / 96) {
    const events: Event[] = [];
    for (const made of maker.between(at, at + days(1) / 96)) {
      const raw = {
        value: null,
        source: SIMULATOR,
        received_at_ms: systemClock.now(),
        partition: 0,
        offset: offset + events.length,
        backfill: false,
        dead_letter_id: null,
      };
      const decoded = decoder.check(made, raw, { city: CITY, now_ms: systemClock.now() });
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.reject));
      events.push(decoded.event);
    }
    for (let i = 0; i < events.length; i += limits.history_batch_events_max) {
      const some = events.slice(i, i + limits.history_batch_events_max);
      const part = { partition: 0, expected_offset: offset, next_offset: offset + some.length, events: some };
      await history.append(traffic, [{ ...part, dead: [], last_record_hash: String(offset) }]);
      offset += some.length;
    }
  }
  await sql.unsafe("vacuum analyze traffic_data");
  return offset;
}

/** The longest that a timer came late, and the most memory, while something is done. */
async function watched<T>(
  work: Promise<T>,
): Promise<{ result: T; took_ms: number; cpu_s: number; held_ms: number; memory_mb: number }> {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let [held_ms, memory, last] = [0, process.memoryUsage.rss(), begun];
  const timer = setInterval(() => {
    const now = performance.now();
    held_ms = Math.max(held_ms, now - last - 5);
    memory = Math.max(memory, process.memoryUsage.rss());
    last = now;
  }, 5);
  const result = await work;
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  return {
    result,
    took_ms: performance.now() - begun,
    cpu_s: (user + system) / 1e6,
    held_ms,
    memory_mb: memory / 1e6,
  };
}

/** The same rows as JSON lines, plain and packed a few MB at a time. */
async function asJson(): Promise<{ plain: number; packed: number }> {
  const plan = archivePlan(traffic);
  const size = { plain: 0, packed: 0 };
  await readDay(sql, plan, DAY_MS, 10_000, (columns) => {
    const lines: string[] = [];
    for (let row = 0; row < columns[0]!.length; row++)
      lines.push(
        JSON.stringify(
          Object.fromEntries(
            plan.columns.map(({ name, kind }, c) => {
              const value = columns[c]![row]!;
              return [name, kind === "time" ? formatInstant(value as number) : value];
            }),
          ),
        ),
      );
    const text = Buffer.from(`${lines.join("\n")}\n`);
    size.plain += text.length;
    size.packed += Bun.zstdCompressSync(text, { level: 6 }).length;
  });
  return size;
}

async function copied(rows: number): Promise<void> {
  const begun = performance.now();
  for await (const _ of await sql
    .unsafe("copy (select * from traffic_data) to stdout with (format csv)")
    .readable())
    void _;
  say(`reference: COPY TO STDOUT   ${perSecond(rows, performance.now() - begun)}`);
}

const rows = await fill();
const [table] = await sql.unsafe<{ bytes: number }[]>(
  "select sum(pg_total_relation_size(relid))::bigint as bytes from pg_partition_tree('traffic_data')",
);
const store = openPostgresArchive({ url: server.url });
const batch = openPostgresBatch({ url: server.url, zone: CITY.zone });
const context: ArchiveContext = {
  target: folderTarget(join(dir, "archive")),
  store,
  pool: createPool(),
  clock: systemClock,
  release: "bench",
  city_id: CITY.city_id,
  rebuildWindows: (stream, from_ms, to_ms) =>
    batch.rebuildWindows(stream, from_ms, to_ms, { now_ms: systemClock.now(), whole: true }),
};
await copied(rows);
const before_mb = process.memoryUsage.rss() / 1e6;
const archived = await watched(
  archiveClosedDays(context, {
    streams: [traffic],
    ledger: (stream) => history.ledger(stream),
    behind: () => Promise.resolve(0),
    signal: never,
  }),
);
const [day] = archived.result;
if (day?.rows !== rows || archived.result.length !== 1)
  throw new Error(`Archived ${JSON.stringify(archived.result)}`);
const json = await asJson();
say(`${rows.toLocaleString("en-US")} events of ${DAY}; bytes per event:`);
for (const [name, bytes] of [
  ["PostgreSQL, with indexes", table!.bytes],
  ["Parquet, zstd", day.bytes],
  ["NDJSON", json.plain],
  ["NDJSON, zstd", json.packed],
] as const)
  say(`  ${name.padEnd(25)}${(bytes / rows).toFixed(1).padStart(7)}`);
const tell = (
  what: string,
  { took_ms, cpu_s, held_ms, memory_mb }: Omit<Awaited<ReturnType<typeof watched>>, "result">,
): void =>
  say(
    `${what.padEnd(27)}${perSecond(rows, took_ms)}, ${((1e6 * cpu_s) / rows).toFixed(1)} s of a core per million; memory ${before_mb.toFixed(0)} MB before, ${memory_mb.toFixed(0)} MB at most; the event loop was held up ${held_ms.toFixed(0)} ms at most`,
  );
tell("archive", archived);
await sql.unsafe("truncate traffic_data");
let loaded_ms = 0;
const begun = performance.now();
const back = await watched(
  restoreDays(
    {
      ...context,
      rebuildWindows: async (...all) => {
        loaded_ms = performance.now() - begun;
        return context.rebuildWindows(...all);
      },
    },
    {
      streams: [traffic],
      from_ms: null,
      to_ms: null,
      kept_until_ms: systemClock.now(),
      signal: never,
      resume: null,
      note: () => Promise.resolve(),
    },
  ),
);
if (back.result.inserted !== rows) throw new Error(`Brought back ${JSON.stringify(back.result)}`);
tell("back, windows made anew", back);
say(`back, rows alone           ${perSecond(rows, loaded_ms)}`);
await copied(rows);
await Promise.all([history.close(), store.close(), batch.close(), sql.end()]);
await server.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(0);
