/** The audit finds what was planted, repairs it, and says so; and finds nothing where nothing is wrong. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { days, hours, minutes } from "../core/time.ts";
import type { BatchCare } from "../history/rollups/batch-care.ts";
import type { BatchStore } from "../history/rollups/batch-store.ts";
import { ALL, CITY, NOON, partOf, type Sent } from "../history/conformance-kit.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { openPostgresBatch } from "../history/rollups/postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../history/postgres-bed.fixture.ts";
import { openPostgresCare } from "../history/rollups/postgres-care.ts";
import { openMemoryLive } from "../live/memory-live.ts";
import { openSql, type Sql } from "../postgres.ts";
import { auditStream, chanceOf, spansOf, type AuditOptions } from "./audit.ts";
import { backfillWindows } from "./backfill.ts";
import { compareLive } from "./compare-live.ts";
import { recountStream } from "./recount.ts";
import { refreshViews, refreshWords } from "./refresh-views.ts";

let bed: PostgresBed;
let history: HistoryStore;
let batch: BatchStore;
let care: BatchCare;
let sql: Sql;
let clock = { now: () => NOON + minutes(30), monotonic: () => performance.now() };
const { zone } = CITY;
const { signal } = new AbortController();

beforeAll(async () => {
  bed = await postgresBed();
  history = await bed.open();
  batch = openPostgresBatch({ url: bed.url, zone });
  care = openPostgresCare({ url: bed.url, zone });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
});
afterAll(async () => {
  await Promise.all([batch.close(), care.close(), sql.end()]);
  await bed.drop();
});

let at = 0;
let run = 0;
const send = async (sent: readonly Sent[]): Promise<void> => {
  const stored = await history.append(bed.traffic, [partOf(bed.traffic, 0, at, sent)]);
  expect(stored.kind).toBe("stored");
  at += sent.length;
};
/** Two roads every two minutes, from 30 hours before noon until half past. */
const sent: Sent[] = Array.from({ length: 1_830 }, (_, i) => ({
  key: i % 2 === 0 ? "road-1" : "road-2",
  at_ms: -hours(30) + Math.floor(i / 2) * minutes(2),
  event_id: String(i),
  speed: 30 + (i % 40),
  free: 60,
}));

beforeEach(async () => {
  clock = { ...clock, now: () => NOON + minutes(30) };
  await sql`truncate traffic_windows, traffic_data, traffic_hours, traffic_days, traffic_city_hours, frontiers, dirty_windows, audits, refreshes`;
  await sql`update offsets set stored = 0, consumed = next_offset, duplicate = next_offset, dead = 0`;
  // With identities of their own: a writer remembers those that it has stored.
  run += 1;
  await send(sent.map((one) => ({ ...one, event_id: `${run}-${one.event_id}` })));
  await batch.refresh(bed.traffic, { now_ms: clock.now() });
});

const options = (over: Partial<AuditOptions> = {}): AuditOptions => ({
  batch,
  care,
  clock,
  signal,
  chance: 0.2,
  live: null,
  ...over,
});
const state = async () => (await care.state()).get("traffic")!;

describe("audit", () => {
  test("finds nothing where nothing is wrong, and notes that it looked", async () => {
    const did = await auditStream(bed.traffic, options());
    expect(did).toMatchObject({ found: 0, repaired: 0, live_found: 0, words: null });
    expect(did.compared).toBeGreaterThan(100);
    expect((await state()).audit).toMatchObject({ audits_n: 1, found: 0, found_ms: null, words: null });
  });

  test("a window that is wrong, missing, or of no event is found, repaired and told; the next finds nothing", async () => {
    await sql`update traffic_windows set n = n + 1 where road_id = 'road-1' and window_start = ${new Date(NOON)}`;
    await sql`delete from traffic_windows where road_id = 'road-2' and window_start = ${new Date(NOON)}`;
    await sql`update traffic_windows set road_id = 'ghost' where road_id = 'road-2' and window_start = ${new Date(NOON - minutes(5))}`;
    const did = await auditStream(bed.traffic, options());
    expect(did).toMatchObject({ found: 4, repaired: 4 });
    expect(did.words).toStartWith("windows: 2 missing, 1 wrong, 1 of no event, the first of ghost at ");
    expect(await auditStream(bed.traffic, options())).toMatchObject({ found: 0 });
    expect((await state()).audit).toMatchObject({
      audits_n: 2,
      found: 0,
      repaired_total: 4,
      words: did.words,
    });
  });

  test("a change below the frontier that was not marked as dirty is found in the roll-ups, and redone", async () => {
    const dirtied = await sql`select 1 from dirty_windows`;
    expect(dirtied.length).toBe(0);
    // A writer that forgets to mark: the event is stored, its window is right, the roll-ups are not.
    await send([{ key: "road-1", at_ms: -hours(5), event_id: "late", speed: 99, free: 60 }]);
    expect((await sql`delete from dirty_windows returning 1`).length).toBe(1);
    const before = await batch.grouped(bed.traffic, bed.traffic.rollups[0]!, { ...ALL, group: [] });
    const did = await auditStream(bed.traffic, options());
    // All views of the slot are redone together, so it counts once.
    expect(did.found).toBe(1);
    expect(did.words).toContain("rows of roll-ups, the first hours of road-1 at ");
    expect(await batch.dirty(bed.traffic)).toBe(0);
    const after = await batch.grouped(bed.traffic, bed.traffic.rollups[0]!, { ...ALL, group: [] });
    expect(Number(after.groups[0]!.kept["n"])).toBe(Number(before.groups[0]!.kept["n"]) + 1);
    expect(await auditStream(bed.traffic, options())).toMatchObject({ found: 0 });
  });

  test("a row of a roll-up that was lost or made up is found, also of all roads together", async () => {
    await sql`delete from traffic_hours where road_id = 'road-1' and window_start = ${new Date(NOON - hours(3))}`;
    await sql`update traffic_city_hours set n = n + 5 where window_start = ${new Date(NOON - hours(4))}`;
    const did = await auditStream(bed.traffic, options());
    expect(did.found).toBe(2);
    expect(await auditStream(bed.traffic, options())).toMatchObject({ found: 0 });
  });

  test("the live view is compared: older, missing and unknown rows are told, and what is equal is not", async () => {
    const live = openMemoryLive({ clock });
    const rows = (await history.latest(bed.traffic)).map(
      ({ key, event_time_ms, partition, offset, source, row }) => ({
        key,
        event_time_ms,
        partition,
        offset,
        source,
        row,
      }),
    );
    const applied = [{ partition: 0, next_offset: at }];
    await live.put(bed.traffic, rows, applied);
    const compare = () => compareLive(bed.traffic, { history, live, clock, signal });
    expect(await compare()).toMatchObject({ found: 0, rows: 2 });
    await live.clear(bed.traffic);
    await live.put(bed.traffic, [{ ...rows[0]!, event_time_ms: rows[0]!.event_time_ms - 1_000 }], applied);
    expect((await compare())!.examples).toEqual([
      `${rows[0]!.key}: the live view is older than history`,
      `${rows[1]!.key}: the live view does not show it`,
    ]);
    await live.put(bed.traffic, [{ ...rows[1]!, event_time_ms: clock.now() }], applied);
    expect((await compare())!.examples[1]).toBe(`${rows[1]!.key}: history lacks what the live view shows`);
    const did = await auditStream(bed.traffic, options({ live: compare }));
    expect(did).toMatchObject({ found: 0, live_found: 2 });
    expect(did.words).toStartWith("2 of 2 live rows, the first ");
  });

  test("what is looked at beside the newest follows from chance, within what raw rows are kept of", () => {
    const spans = (chance: number) => spansOf(bed.traffic, NOON - days(3), NOON, chance);
    expect(spans(0)[1]!.from_ms).toBe(NOON - days(3));
    expect(spans(0.999)[1]!.to_ms).toBeLessThanOrEqual(NOON - hours(2));
    const kept = { ...bed.traffic, history: { ...bed.traffic.history, retention_ms: days(1) } };
    expect(spansOf(kept, NOON - days(3), NOON, 0)[1]!.from_ms).toBeGreaterThanOrEqual(NOON - days(1));
    const chances = Array.from({ length: 1_000 }, (_, i) => chanceOf(`traffic ${i}`));
    expect(chances.every((chance) => chance >= 0 && chance < 1)).toBe(true);
    expect(Math.abs(chances.reduce((a, b) => a + b) / 1_000 - 0.5)).toBeLessThan(0.05);
  });
});

describe("recount", () => {
  test("all rows are there; a row that was lost is told", async () => {
    expect(await recountStream(bed.traffic, history, signal)).toMatchObject({
      difference: 0,
      exact: true,
      words: null,
    });
    await sql`delete from traffic_data where event_id = ${`${run}-7`}`;
    const did = await recountStream(bed.traffic, history, signal);
    expect(did.difference).toBe(1);
    expect(did.words).toContain("the tables hold 1829 rows");
  });
});

describe("refresh and backfill", () => {
  test("a definition that is another begins its view anew, and says so", async () => {
    await sql`update frontiers set definition = 'of yesterday' where view = 'days'`;
    const did = await refreshViews({ batch, care, streams: [bed.traffic], clock, signal });
    expect(did.anew).toEqual(["traffic days"]);
    expect(refreshWords(did)).toContain("begun anew, because their definition");
    expect(await auditStream(bed.traffic, options())).toMatchObject({ found: 0 });
    expect((await state()).refreshed).toMatchObject({ redone: 0 });
  });

  const backfill = (
    from_ms: number,
    to_ms: number,
    over: { resume?: unknown; note?: (v: object) => Promise<void> } = {},
  ) =>
    backfillWindows(bed.traffic, {
      batch,
      from_ms,
      to_ms,
      now_ms: clock.now(),
      signal,
      resume: over.resume ?? null,
      note: over.note ?? (async () => {}),
      progress: () => {},
    });

  test("windows are made anew from raw rows, and an attempt that was cut off goes on where it was", async () => {
    const whole = (await sql`select count(*) as n from traffic_windows`)[0]!["n"] as number;
    await sql`delete from traffic_windows`;
    const notes: object[] = [];
    const died = backfill(NOON - days(2), NOON + days(1), {
      note: async (value) => {
        notes.push(value);
        if (notes.length === 2) throw new Error("killed");
      },
    });
    expect(died).rejects.toThrow("killed");
    await died.catch(() => {});
    const did = await backfill(NOON - days(2), NOON + days(1), { resume: notes.at(-1) });
    expect(did).toMatchObject({ added: whole, windows: whole, changed: 0, removed: 0 });
    expect(await backfill(NOON - days(2), NOON + days(1))).toMatchObject({ added: 0, windows: whole });
  });

  test("days without raw rows, and days to come, are told and nothing is touched", async () => {
    const kept = { ...bed.traffic, history: { ...bed.traffic.history, retention_ms: days(1) } };
    const before = await sql`select count(*) as n from traffic_windows`;
    const gone = backfillWindows(kept, {
      batch,
      from_ms: NOON - days(9),
      to_ms: NOON - days(5),
      now_ms: clock.now(),
      signal,
      resume: null,
      note: async () => {},
      progress: () => {},
    });
    expect(gone).rejects.toThrow("Raw rows of traffic are whole from 2026-07-14T15:00:00Z on");
    await gone.catch(() => {});
    expect(backfill(NOON + days(1), NOON + days(2))).rejects.toThrow("The span lies in the future");
    expect(await sql`select count(*) as n from traffic_windows`).toEqual(before);
  });
});
