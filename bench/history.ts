/**
 * How fast history takes events exactly once, with windows and ledger, beside a bare COPY of the same rows into a plain
 * table in the same run. An absolute figure says little; the ratio travels.
 *
 *   bun bench/history.ts [events]
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { decoderOf } from "../src/core/decode.ts";
import type { Event } from "../src/core/event.ts";
import { contentId } from "../src/core/identity.ts";
import { days, systemClock } from "../src/core/time.ts";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import type { PartBatch } from "../src/history/history-store.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { rawColumns } from "../src/history/table.ts";
import { openSql } from "../src/postgres.ts";
import { traffic } from "../src/streams/traffic.ts";

const EVENTS = Number(process.argv[2] ?? 200_000);
const BATCH = 10_000;
const PARTITIONS = 4;
const ROADS = 1_247;
const NOON = Math.floor(systemClock.now() / days(1)) * days(1) - days(1) + days(0.5);
const CITY = {
  city_id: "bench",
  zone: "UTC",
  rush_hours: [[7, 9] as const],
  peak_hours: [[6, 10] as const],
  holidays: [],
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Deterministic numbers, 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Ids = "short" | "uuid";

/** Of the last so many events one is sent again: a producer that got no answer. */
const REPEATED_WITHIN = 5_000;

/** All roads every 10 s, in random order of the roads; 1 in 100 is sent twice. */
function makeParts(ids: Ids): PartBatch[][] {
  const next = random(7);
  const offsets = Array.from({ length: PARTITIONS }, () => 0);
  const before: Event[] = [];
  const batches: PartBatch[][] = [];
  for (let made = 0; made < EVENTS;) {
    const groups: Event[][] = Array.from({ length: PARTITIONS }, () => []);
    for (let i = 0; i < BATCH && made < EVENTS; i++, made++) {
      const repeat =
        next() < 0.01
          ? before[Math.max(0, before.length - 1 - Math.floor(next() * REPEATED_WITHIN))]
          : undefined;
      const road = Math.floor(next() * ROADS);
      const partition = repeat?.partition ?? road % PARTITIONS;
      const offset = offsets[partition]!++;
      const event =
        repeat === undefined ? eventOf(ids, road, made, partition, offset, next()) : { ...repeat, offset };
      if (repeat === undefined) before.push(event);
      groups[partition]!.push(event);
    }
    batches.push(
      groups.map((events, partition) => ({
        partition,
        expected_offset: offsets[partition]! - events.length,
        next_offset: offsets[partition]!,
        events,
        dead: [],
        last_record_hash: String(offsets[partition]),
      })),
    );
  }
  return batches;
}

function eventOf(
  ids: Ids,
  road: number,
  n: number,
  partition: number,
  offset: number,
  chance: number,
): Event {
  const at_ms = NOON + Math.floor((n / ROADS) * 10_000);
  const value = {
    event_id: ids === "short" ? `s${n.toString(36)}` : null,
    timestamp: new Date(at_ms).toISOString(),
    road_id: `r${String(road).padStart(4, "0")}`,
    current_speed: 20 + 60 * chance,
    free_flow_speed: 80,
  };
  const raw = {
    value: null,
    source: "simulator",
    received_at_ms: at_ms + 40,
    partition,
    offset,
    backfill: false,
    dead_letter_id: null,
  };
  const decoded = decoderOf(traffic).check(value, raw, { city: CITY, now_ms: NOON + days(1) });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.reject));
  const { event } = decoded;
  return ids === "short"
    ? event
    : { ...event, event_id: contentId(traffic, event.key, event.event_time_ms, event.row) };
}

async function bench(url: string, ids: Ids): Promise<void> {
  const batches = makeParts(ids);
  const events = batches.flat().flatMap((part) => part.events);
  const sql = openSql(url, { max: 2, application_name: "bench", statement_timeout_ms: 60_000 });
  const floor_before = await bareCopy(sql, events);

  const history = openPostgresHistory({ url, clock: systemClock });
  await history.migrate();
  await history.ensurePartitions(traffic, NOON - days(1), NOON + days(2));
  const cpu = process.cpuUsage();
  const begun = performance.now();
  // Two writers, as the batch layer has: partitions 0 and 2, and 1 and 3.
  await Promise.all(
    [0, 1].map(async (writer) => {
      for (let i = 0; i + 1 < batches.length + 1; i += 2) {
        const pair = [batches[i], batches[i + 1]]
          .filter((b) => b !== undefined)
          .map((b) => b.filter((p) => p.partition % 2 === writer));
        const parts = pair[0]!.map((first, k): PartBatch => {
          const second = pair[1]?.[k];
          return second === undefined
            ? first
            : {
                ...second,
                expected_offset: first.expected_offset,
                events: first.events.concat(second.events),
              };
        });
        for (const some of fitting(parts)) {
          const outcome = await history.append(traffic, some);
          if (outcome.kind !== "stored" || outcome.already)
            throw new Error(`Not stored: ${JSON.stringify(outcome)}`);
        }
      }
    }),
  );
  const took_s = (performance.now() - begun) / 1_000;
  const used = process.cpuUsage(cpu);
  const floor_after = await bareCopy(sql, events);

  const ledger = await history.ledger(traffic);
  const stored = ledger.reduce((n, row) => n + row.stored, 0);
  const duplicate = ledger.reduce((n, row) => n + row.duplicate, 0);
  const rate = EVENTS / took_s;
  const floor = (floor_before + floor_after) / 2;
  say(`\n${ids} ids, ${EVENTS.toLocaleString("en-US")} events, ${stored} stored, ${duplicate} duplicate`);
  say(
    `  history    ${Math.round(rate).toLocaleString("en-US")} events/s, ${((used.user + used.system) / EVENTS).toFixed(1)} µs of our CPU per event`,
  );
  say(
    `  bare COPY  ${Math.round(floor).toLocaleString("en-US")} rows/s (before ${Math.round(floor_before)}, after ${Math.round(floor_after)})`,
  );
  say(`  ratio      ${(rate / floor).toFixed(2)}`);
  const [size] = await sql<{ heap: number; index: number; windows: number; n: number }[]>`
    select sum(pg_table_size(relid))::bigint as heap, sum(pg_indexes_size(relid))::bigint as index,
      pg_total_relation_size('traffic_windows')::bigint as windows, (select count(*) from traffic_windows) as n
    from pg_partition_tree('traffic_data') where isleaf`;
  say(
    `  bytes      ${(size!.heap / stored).toFixed(0)} row + ${(size!.index / stored).toFixed(0)} index = ${((size!.heap + size!.index) / stored).toFixed(0)} an event; ${(size!.windows / size!.n).toFixed(0)} a window`,
  );

  const windows_begun = performance.now();
  const fresh = await history.recomputeWindows(traffic, NOON - days(1), NOON + days(2));
  say(
    `  rebuild    ${fresh.length} windows from ${stored} rows in ${((performance.now() - windows_begun) / 1_000).toFixed(2)} s`,
  );
  for (let i = 0; i < 2; i++) await history.latest(traffic);
  const latest_begun = performance.now();
  const latest = await history.latest(traffic);
  say(`  latest     ${latest.length} keys in ${(performance.now() - latest_begun).toFixed(1)} ms`);
  const page_begun = performance.now();
  const page = await history.raw(traffic, { from_ms: NOON, to_ms: NOON + days(1), limit: 5_000 });
  say(`  raw page   ${page.length} rows of all keys in ${(performance.now() - page_begun).toFixed(1)} ms`);
  await smallBatches(history, batches.at(-1)!);
  await history.close();
  await sql.end();
}

/** The trickle of the demo: batches of some events. */
async function smallBatches(
  history: ReturnType<typeof openPostgresHistory>,
  last: readonly PartBatch[],
): Promise<void> {
  for (const size of [10, 100, 1_000]) {
    const laps: number[] = [];
    let at = (await history.ledger(traffic))[0]!.next_offset;
    for (let i = 0; i < 100; i++) {
      const events = last[0]!.events
        .slice(0, size)
        .map((e, k) => ({ ...e, event_id: `z${size} ${i}`, offset: at + k }));
      const part = {
        partition: 0,
        expected_offset: at,
        next_offset: at + events.length,
        events,
        dead: [],
        last_record_hash: null,
      };
      const begun = performance.now();
      await history.append(traffic, [part]);
      laps.push(performance.now() - begun);
      at += events.length;
    }
    laps.sort((a, b) => a - b);
    say(`  batches of ${size}: p50 ${laps[50]!.toFixed(1)} ms, p99 ${laps[98]!.toFixed(1)} ms`);
  }
}

/** Two writers' batches stay within what one append may hold. */
const fitting = (parts: readonly PartBatch[]): PartBatch[][] =>
  parts.reduce((n, part) => n + part.events.length, 0) <= BATCH ? [[...parts]] : parts.map((part) => [part]);

/** The floor: what `\\copy` does, text COPY of the same rows on one connection, into a plain table with the same columns and no index. */
async function bareCopy(sql: ReturnType<typeof openSql>, events: readonly Event[]): Promise<number> {
  const columns = rawColumns(traffic);
  await sql.unsafe(
    `drop table if exists plain; create table plain (${columns.map((c) => `${c.name} ${c.type}`).join(", ")})`,
  );
  const text = (event: Event): string =>
    columns
      .map((c) => {
        const value = c.of(event);
        if (value === null) return "\\N";
        return c.type === "timestamptz" ? new Date(value as number).toISOString() : String(value);
      })
      .join("\t");
  const chunks: Buffer[] = [];
  for (let i = 0; i < events.length; i += BATCH)
    chunks.push(
      Buffer.from(
        `${events
          .slice(i, i + BATCH)
          .map(text)
          .join("\n")}\n`,
      ),
    );
  const begun = performance.now();
  const stream = await sql
    .unsafe(`copy plain (${columns.map((c) => c.name).join(", ")}) from stdin`)
    .writable();
  await new Promise<void>((done, fail) => {
    stream.on("error", fail);
    stream.on("finish", done);
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  });
  const rate = events.length / ((performance.now() - begun) / 1_000);
  await sql.unsafe("drop table plain");
  return rate;
}

for (const ids of ["short", "uuid"] as const) {
  const dir = join(import.meta.dir, "..", ".test", `bench-history-${process.pid}-${ids}`);
  const server = await startEmbeddedPostgres({ dir });
  try {
    await bench(server.url, ids);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
