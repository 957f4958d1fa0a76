/** Laws of batch views: merged answers equal what is computed from all windows, under any lateness, rebuild and repair. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { foldRollup, slotStart, type RollupRow } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { days, hours } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import type { BatchStore, Group } from "./batch-store.ts";
import { ALL, CITY, NOON, partOf, type Sent } from "../conformance-kit.ts";
import type { HistoryStore } from "../history-store.ts";
import { openPostgresBatch } from "./postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";
import { truncSql } from "./sql.ts";

let bed: PostgresBed;
let history: HistoryStore;
let batch: BatchStore;
let sql: Sql;
const { zone } = CITY;

beforeAll(async () => {
  bed = await postgresBed();
  history = await bed.open();
  batch = openPostgresBatch({ url: bed.url, zone });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
});
afterAll(async () => {
  await Promise.all([batch.close(), sql.end()]);
  await bed.drop();
});

const rowsOf = (groups: readonly Group[]): RollupRow[] =>
  groups.map((group) => ({
    key: group.key ?? null,
    start_ms: group.start_ms!,
    split: group.split ?? null,
    kept: group.kept,
  }));
const sorted = (rows: readonly RollupRow[]): RollupRow[] =>
  [...rows].sort((a, b) => a.start_ms - b.start_ms || ((a.key ?? "") < (b.key ?? "") ? -1 : 1));

/** Every view, as it is merged, beside a fold of all windows; and windows beside the raw rows. */
async function assertLaw(stream: Stream): Promise<void> {
  const windows = await history.windows(stream, ALL);
  for (const rollup of stream.rollups) {
    const merged = await batch.grouped(stream, rollup, {
      ...ALL,
      group: rollup.by === "key" ? ["key", "start"] : ["start"],
      measures: (rollup.measures ?? []).map((measure) => measure.column),
    });
    expect(sorted(rowsOf(merged.groups))).toEqual(foldRollup(stream.windows!, rollup, zone, windows));
  }
  const compared = await batch.compareWindows(stream, ALL.from_ms, ALL.to_ms, { now_ms: NOON });
  expect(compared).toMatchObject({ added: 0, changed: 0, removed: 0, windows: windows.length });
}

const event: fc.Arbitrary<Sent> = fc.record({
  key: fc.constantFrom("road-1", "road-2", "Straße Ω 東京"),
  // Midnight in Berlin is fourteen hours before.
  at_ms: fc.integer({ min: -hours(17), max: -hours(9) }),
  event_id: fc.constantFrom("a", "b", "c"),
  speed: fc.integer({ min: 0, max: 30_000 }).map((n) => n / 100),
  free: fc.option(fc.constant(50), { nil: null }),
  backfill: fc.boolean(),
});
type Step =
  | { kind: "append"; events: Sent[] }
  | { kind: "refresh" }
  | { kind: "rebuild" }
  | { kind: "damage"; n: number }
  | { kind: "cut off" };
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      events: fc.array(event, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "refresh" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "rebuild" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("damage" as const), n: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "cut off" as const }) },
);

describe("one answer from two layers", () => {
  test("merged = computed from all raw rows, for any lateness, refresh, rebuild, damage and run that was cut off", async () => {
    let at = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 9 }), async (steps) => {
        await sql`truncate traffic_windows, traffic_data, traffic_hours, traffic_days, traffic_city_hours, frontiers, dirty_windows`;
        for (const one of steps) {
          const now_ms = NOON + days(2);
          if (one.kind === "append") {
            expect((await history.append(bed.traffic, [partOf(bed.traffic, 0, at, one.events)])).kind).toBe(
              "stored",
            );
            at += one.events.length;
          } else if (one.kind === "refresh")
            expect((await batch.refresh(bed.traffic, { now_ms })).busy).toBe(false);
          else if (one.kind === "rebuild")
            await batch.rebuildWindows(bed.traffic, ALL.from_ms, ALL.to_ms, { now_ms: NOON });
          else if (one.kind === "damage") {
            await sql`update traffic_windows set n = n + 1 where ctid in (select ctid from traffic_windows order by window_start limit ${one.n})`;
            await batch.rebuildWindows(bed.traffic, ALL.from_ms, ALL.to_ms, { now_ms: NOON });
          } else {
            // A process that dies right after its claim, or between two days.
            const stop = new AbortController();
            await batch.refresh(bed.traffic, { now_ms, signal: stop.signal, onProgress: () => stop.abort() });
          }
        }
        await assertLaw(bed.traffic);
      }),
      { numRuns: 6 },
    );
  }, 90_000);
});

describe("days and hours of a zone", () => {
  test("begin where TypeScript says: midnights that are skipped or come twice, days of 23 and 25 hours, half-hour zones", async () => {
    const around: readonly (readonly [zone: string, at: number])[] = [
      ["Europe/Berlin", Date.UTC(2026, 2, 29)],
      ["Europe/Berlin", Date.UTC(2026, 9, 25)],
      ["America/Havana", Date.UTC(2025, 10, 2)],
      ["America/Havana", Date.UTC(2025, 2, 9)],
      ["Atlantic/Azores", Date.UTC(2025, 9, 26)],
      ["America/Sao_Paulo", Date.UTC(2018, 10, 4)],
      ["Asia/Kolkata", Date.UTC(2026, 5, 1)],
      ["Asia/Kathmandu", Date.UTC(2026, 5, 1)],
    ];
    for (const [of_zone, at_ms] of around)
      for (const step of ["1h", "1d"] as const) {
        const rows = await sql.unsafe<{ at_ms: number; start_ms: number }[]>(
          `select (extract(epoch from r.window_start) * 1000)::bigint as at_ms,
            (extract(epoch from ${truncSql({ step }, of_zone)}) * 1000)::bigint as start_ms
           from generate_series($1::timestamptz, $2::timestamptz, interval '15 minutes') as r (window_start)`,
          [new Date(at_ms - days(1.5)).toISOString(), new Date(at_ms + days(2)).toISOString()],
        );
        const wrong = rows.filter((row) => row.start_ms !== slotStart(row.at_ms, step, of_zone));
        expect([of_zone, step, wrong]).toEqual([of_zone, step, []]);
      }
  });
});
