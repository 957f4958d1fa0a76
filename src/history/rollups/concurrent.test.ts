/** Batch views while everything happens at once: appends, refreshes, rebuilds and readers, each with a connection of its own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { foldRollup, type RollupRow } from "../../core/rollup.ts";
import { days, hours } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import type { BatchStore } from "./batch-store.ts";
import { ALL, CITY, NOON, partOf, type Sent } from "../conformance-kit.ts";
import type { HistoryStore } from "../history-store.ts";
import { openPostgresBatch } from "./postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";

let bed: PostgresBed;
let writers: HistoryStore[];
let batch: BatchStore;
let sql: Sql;
const { zone } = CITY;
const now_ms = NOON + days(2);

beforeAll(async () => {
  bed = await postgresBed();
  writers = [await bed.open(), await bed.open()];
  batch = openPostgresBatch({ url: bed.url, zone });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
});
afterAll(async () => {
  await Promise.all([batch.close(), sql.end()]);
  await bed.drop();
});

const event: fc.Arbitrary<Omit<Sent, "event_id">> = fc.record({
  key: fc.constantFrom("road-1", "road-2", "road-3"),
  at_ms: fc.integer({ min: -hours(30), max: hours(20) }),
  speed: fc.integer({ min: 0, max: 30_000 }).map((n) => n / 100),
  free: fc.option(fc.constant(50), { nil: null }),
});
/** Batches of one writer, and how often one of them is refreshed or rebuilt meanwhile. */
const plan = fc.record({
  batches: fc.array(fc.array(event, { minLength: 1, maxLength: 25 }), { minLength: 4, maxLength: 10 }),
  rebuilds: fc.array(fc.integer({ min: -24, max: 16 }), { minLength: 1, maxLength: 4 }),
});

const at = [0, 0];
let identity = 0;
let stored = 0;

/** One partition's writer. Each fifth event is sent twice. */
async function write(partition: number, batches: readonly Omit<Sent, "event_id">[][]): Promise<void> {
  for (const some of batches) {
    const sent = some.map((one) => ({ ...one, event_id: String(identity++) }));
    const twice = [...sent, ...sent.filter((_, i) => i % 5 === 0)];
    const from = at[partition]!;
    at[partition] = from + twice.length;
    const done = await writers[partition]!.append(bed.traffic, [partOf(bed.traffic, partition, from, twice)]);
    expect(done).toMatchObject({ kind: "stored", stored: sent.length, already: false });
    stored += sent.length;
  }
}

const total = async (rollup: string): Promise<number> => {
  const found = bed.traffic.rollups.find(({ name }) => name === rollup)!;
  const { groups } = await batch.grouped(bed.traffic, found, { ...ALL, group: [] });
  return (groups[0]?.kept["n"] as number | undefined) ?? 0;
};

describe("one answer from two layers, while both are written", () => {
  test("a reader never sees an event twice, nor misses one that was stored before; in the end all is as if computed at once", async () => {
    await fc.assert(
      fc.asyncProperty(plan, plan, async (one, two) => {
        await sql`truncate traffic_windows, traffic_data, traffic_hours, traffic_days, traffic_city_hours, frontiers, dirty_windows`;
        stored = 0;
        let going = true;
        const refreshing = async (): Promise<void> => {
          while (going) await batch.refresh(bed.traffic, { now_ms });
        };
        const rebuilding = async (): Promise<void> => {
          for (const hour of [...one.rebuilds, ...two.rebuilds]) {
            const repair = await batch.rebuildWindows(
              bed.traffic,
              NOON + hours(hour),
              NOON + hours(hour + 6),
              { now_ms },
            );
            // Windows are right at any moment: there is nothing to put right.
            expect(repair).toMatchObject({ added: 0, changed: 0, removed: 0 });
          }
        };
        const reading = async (): Promise<void> => {
          while (going)
            for (const { name } of bed.traffic.rollups) {
              const before = stored;
              const seen = await total(name);
              expect(seen).toBeGreaterThanOrEqual(before);
              // What is stored but not yet told to this test is at most a batch of each writer.
              expect(seen).toBeLessThanOrEqual(stored + 50);
            }
        };
        const besides = [refreshing(), rebuilding(), reading()];
        try {
          await Promise.all([write(0, one.batches), write(1, two.batches)]);
        } finally {
          going = false;
          await Promise.all(besides);
        }
        const windows = await writers[0]!.windows(bed.traffic, ALL);
        for (const rollup of bed.traffic.rollups) {
          expect(await total(rollup.name)).toBe(stored);
          const { groups } = await batch.grouped(bed.traffic, rollup, {
            ...ALL,
            group: rollup.by === "key" ? ["key", "start"] : ["start"],
            measures: (rollup.measures ?? []).map(({ column }) => column),
          });
          const rows = groups.map((group): RollupRow => ({
            key: group.key ?? null,
            start_ms: group.start_ms!,
            split: null,
            kept: group.kept,
          }));
          const order = (a: RollupRow, b: RollupRow): number =>
            a.start_ms - b.start_ms || ((a.key ?? "") < (b.key ?? "") ? -1 : 1);
          expect(rows.sort(order)).toEqual(foldRollup(bed.traffic.windows!, rollup, zone, windows));
        }
      }),
      { numRuns: 4 },
    );
  });

  test("two refreshes at once: one does it, the other says that it is done", async () => {
    await write(0, [[{ key: "road-1", at_ms: hours(20), speed: 50, free: 50 }]]);
    const both = await Promise.all([1, 2, 3].map(() => batch.refresh(bed.traffic, { now_ms })));
    expect(both.some(({ busy }) => !busy)).toBe(true);
    expect(await total("hours")).toBe(stored);
  });
});
