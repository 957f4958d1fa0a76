/** Episodes and profiles in PostgreSQL against what the rules of core say of all windows. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { edgesOf, percentile } from "../../core/bins.ts";
import { episodeRule, foldEpisodes, openAt, roadWindow, type RoadFacts } from "../../core/episodes.ts";
import type { Stream } from "../../core/stream.ts";
import { openSql, type Sql } from "../../postgres.ts";
import { cameras } from "../../streams/cameras.ts";
import { speedEdges } from "../../streams/traffic.ts";
import type { BatchStore } from "../rollups/batch-store.ts";
import { ALL, CITY, days, hours, minutes, NOON, partOf, type Sent } from "../conformance-kit.ts";
import type { HistoryStore } from "../history-store.ts";
import type { Counting, EpisodesWanted, PatternStore, RoadEpisode } from "./pattern-store.ts";
import { openPostgresBatch } from "../rollups/postgres-batch.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";
import { openPostgresPatterns } from "./postgres-patterns.ts";

const { zone } = CITY;
const NOW = NOON + days(2);
const roads = new Map<string, RoadFacts>([
  ["road-1", { length_km: 1, free_flow_speed: 50 }],
  ["road-2", { length_km: null, free_flow_speed: null }],
]);

let bed: PostgresBed;
let history: HistoryStore;
let batch: BatchStore;
let patterns: PatternStore;
let sql: Sql;
let offset = 0;
let number = 0;

beforeAll(async () => {
  bed = await postgresBed();
  history = await bed.open();
  batch = openPostgresBatch({ url: bed.url, zone });
  patterns = openPostgresPatterns({ url: bed.url, zone, roads, edges: speedEdges });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
});
afterAll(async () => {
  await Promise.all([batch.close(), patterns.close(), sql.end()]);
  await bed.drop();
});
const empty = async (): Promise<void> => {
  await sql`truncate traffic_windows, traffic_data, traffic_hours, traffic_days, traffic_city_hours, frontiers, dirty_windows,
    congestion_episodes, episode_days, road_profiles, camera_windows, camera_hours`;
};
beforeEach(empty);

const put = async (events: readonly Sent[]): Promise<void> => {
  const outcome = await history.append(bed.traffic, [partOf(bed.traffic, 0, offset, events)]);
  expect(outcome.kind).toBe("stored");
  offset += events.length;
};
const refresh = () => batch.refresh(bed.traffic, { now_ms: NOW });
const rebuild = (counting: Counting | null = null) =>
  patterns.rebuildEpisodes(bed.traffic, { now_ms: NOW, counting });
const read = (over: Partial<EpisodesWanted> = {}) =>
  patterns.episodes(bed.traffic, {
    from_ms: ALL.from_ms,
    to_ms: ALL.to_ms,
    now_ms: NOW,
    counting: null,
    state: "all",
    sort: "started_at",
    limit: 5_000,
    ...over,
  });

/** What the rules say of all windows. */
async function folded(stream: Stream): Promise<RoadEpisode[]> {
  const windows = Map.groupBy(await history.windows(stream, ALL), ({ key }) => key);
  return [...windows].flatMap(([road_id, mine]) => {
    const facts = roads.get(road_id) ?? { length_km: null, free_flow_speed: null };
    const all = mine
      .map((w) => roadWindow(w.window_start_ms, w.kept, null, facts.free_flow_speed))
      .filter((w) => w !== null);
    const options = { rule: episodeRule, size_ms: minutes(5), length_km: facts.length_km };
    const { ended, open } = foldEpisodes(null, all, options);
    const last = open === null ? { ended: [], open } : openAt(open, NOW, episodeRule);
    return [...ended, ...last.ended, ...(last.open === null ? [] : [last.open])].map((e) => ({
      road_id,
      ...e,
    }));
  });
}
const sorted = (episodes: readonly RoadEpisode[]): RoadEpisode[] =>
  [...episodes].sort((a, b) => a.start_ms - b.start_ms || (a.road_id < b.road_id ? -1 : 1));

const event: fc.Arbitrary<Sent> = fc.record({
  key: fc.constantFrom("road-1", "road-2", "Straße Ω 東京"),
  // Around midnight, too, and up to now.
  at_ms: fc.oneof(
    fc.integer({ min: -hours(2), max: hours(2) }),
    fc.integer({ min: hours(9), max: hours(11) }),
    fc.integer({ min: hours(47), max: days(2) - 1 }),
  ),
  event_id: fc.uuid(),
  speed: fc.constantFrom(10, 24, 25, 30, 33, 45),
  free: fc.constantFrom(50, 50, null),
});
type Step =
  | { kind: "append"; events: Sent[] }
  | { kind: "refresh" }
  | { kind: "rebuild" }
  | { kind: "cut off" };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      events: fc.array(event, { minLength: 1, maxLength: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "refresh" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "rebuild" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "cut off" as const }) },
);

describe("episodes", () => {
  test("from their table and the windows after its frontier = folded from all windows, for any lateness and cut off run", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
        await empty();
        for (const one of steps) {
          if (one.kind === "append") await put(one.events);
          else if (one.kind === "refresh") await refresh();
          else if (one.kind === "rebuild") expect((await rebuild()).busy).toBe(false);
          else {
            const stop = new AbortController();
            const run = patterns.rebuildEpisodes(bed.traffic, {
              now_ms: NOW,
              counting: null,
              signal: stop.signal,
              onProgress: () => stop.abort(),
            });
            await run.catch((error: unknown) => expect(String(error)).toContain("abort"));
          }
        }
        // What came late below the frontier is seen after the next run; again changes nothing.
        await refresh();
        await rebuild();
        const merged = await read();
        expect(sorted(merged.episodes)).toEqual(sorted(await folded(bed.traffic)));
        await rebuild();
        expect((await read()).episodes).toEqual(merged.episodes);
      }),
      { numRuns: 15 },
    );
  });

  const slow = (key: string, from_ms: number, n: number, speed = 20): Sent[] =>
    Array.from({ length: n }, (_, i) => ({
      key,
      at_ms: from_ms + minutes(5) * i,
      event_id: `e${number++}`,
      speed,
      free: 50,
    }));
  /** Far enough on that all before is final. */
  const later = (at_ms: number): Sent[] => slow("later", at_ms, 1, 50);

  test("one over midnight is one, in the table as in the tail", async () => {
    // Midnight in Berlin is 22:00 UTC.
    await put([...slow("road-1", hours(9), 24), ...slow("road-1", hours(11), 1, 45), ...later(hours(40))]);
    await refresh();
    expect((await read()).frontier_ms).toBeNull();
    const before = (await read()).episodes;
    expect(before).toMatchObject([
      {
        road_id: "road-1",
        start_ms: NOON + hours(9),
        end_ms: NOON + hours(11),
        end: "recovered",
        windows_n: 24,
      },
    ]);
    expect((await rebuild()).rows).toBe(1);
    expect((await read()).episodes).toEqual(before);
  });

  test("what goes on at the frontier is told once, with what came since", async () => {
    await put(slow("road-1", hours(45), 36));
    await refresh();
    const { frontier_ms } = await rebuild();
    expect(frontier_ms).toBe(NOON + hours(47) + minutes(55));
    expect((await sql`select road_id from congestion_episodes where ended_at is null`).length).toBe(1);
    expect((await read({ state: "now" })).episodes).toMatchObject([
      { start_ms: NOON + hours(45), end_ms: null, windows_n: 36, last_ms: NOON + hours(48) },
    ]);
  });

  test("a day that changed late is made again with all after it", async () => {
    await put([...slow("road-1", hours(2), 6), ...slow("road-1", hours(3), 1, 45), ...later(hours(44))]);
    await refresh();
    await rebuild();
    expect((await read()).episodes).toMatchObject([{ windows_n: 6, end: "unknown" }]);
    await put(
      slow("road-1", hours(2) + minutes(30), 6, 20).map((one) => ({ ...one, event_id: `x${one.at_ms}` })),
    );
    await refresh();
    const again = await rebuild();
    expect(again.from_ms).toBe(NOON - hours(14));
    expect((await read()).episodes).toMatchObject([
      { windows_n: 12, end: "recovered", delay_ms: 12 * 108_000 },
    ]);
  });

  test("vehicle-hours: of a camera's counts in the same windows; of an hour's where those are gone; else none", async () => {
    await put([...slow("road-1", 0, 3), ...slow("road-1", minutes(15), 1, 45), ...later(hours(44))]);
    await refresh();
    const counting = { stream: cameras, column: "vehicles_n_sum", road_of: new Map([["cam", "road-1"]]) };
    expect((await read({ counting })).episodes[0]).toMatchObject({ counted_n: 0, vehicle_ms: null });
    // Ten vehicles a minute for five minutes; nobody counted in the others.
    for (let i = 0; i < 5; i++)
      await sql`insert into camera_windows (camera_id, window_start, n, vehicles_n_sum)
        values ('cam', ${new Date(NOON + minutes(i))}, 1, 10)`;
    expect((await read({ counting })).episodes[0]).toMatchObject({ counted_n: 1, vehicle_ms: 50 * 108_000 });
    await rebuild(counting);
    expect((await read()).episodes[0]).toMatchObject({ counted_n: 1, vehicle_ms: 50 * 108_000 });
    await sql`delete from camera_windows`;
    await sql`insert into camera_hours (camera_id, window_start, n, vehicles_n_sum, windows_n) values ('cam', ${new Date(NOON)}, 60, 1200, 60)`;
    await sql`insert into window_floors (stream, floor) values ('cameras', ${new Date(NOON + hours(1))})`;
    expect((await read({ counting, keys: ["road-1"] })).episodes[0]).toMatchObject({ counted_n: 1 });
    await sql`truncate frontiers`;
    expect((await read({ counting })).episodes[0]).toMatchObject({ counted_n: 3, vehicle_ms: 300 * 108_000 });
    await sql`truncate window_floors`;
  });

  test("new is what did not begin at that time of the day before, within an hour", async () => {
    await put([
      ...slow("road-1", -days(1), 2),
      ...slow("road-2", -days(1) + minutes(70), 2),
      ...slow("road-1", minutes(50), 2),
      ...slow("road-2", 0, 2),
      ...later(hours(44)),
    ]);
    await refresh();
    const unusual = async () =>
      (await read({ state: "new", from_ms: NOON - hours(12) })).episodes.map(({ road_id }) => road_id);
    expect(await unusual()).toEqual(["road-2"]);
    await rebuild();
    expect(await unusual()).toEqual(["road-2"]);
  });

  test("bottlenecks add up the episodes that began in a period, and in the one before", async () => {
    await put([
      ...slow("road-1", -days(1), 2),
      ...slow("road-1", 0, 2),
      ...slow("road-1", hours(3), 4),
      ...slow("road-2", hours(1), 6),
      ...later(hours(44)),
    ]);
    await refresh();
    const ask = () =>
      patterns.bottlenecks(bed.traffic, {
        from_ms: NOON - hours(6),
        to_ms: NOON + hours(18),
        now_ms: NOW,
        counting: null,
      });
    const { rows } = await ask();
    expect(
      [...rows].sort((a, b) => Number(a.before) - Number(b.before) || (a.road_id < b.road_id ? -1 : 1)),
    ).toMatchObject([
      {
        road_id: "road-1",
        before: false,
        episodes_n: 2,
        delay_ms: 648_000,
        minutes: 30,
        median_minutes: 15,
        longest_minutes: 20,
      },
      { road_id: "road-2", before: false, episodes_n: 1, delay_ms: null, minutes: 30, hours: [15] },
      { road_id: "road-1", before: true, episodes_n: 1, delay_ms: 216_000, minutes: 10 },
    ]);
    const first = rows.find((row) => row.road_id === "road-1" && !row.before)!;
    expect(new Set(first.hours)).toEqual(new Set([14, 17]));
    await rebuild();
    expect(new Set((await ask()).rows)).toEqual(new Set(rows));
  });
});

describe("profiles", () => {
  test("percentiles in SQL are those of core", async () => {
    const edges = edgesOf([6, 2], [12, 3]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5), { minLength: edges.length + 1, maxLength: edges.length + 1 }),
        fc.constantFrom(0, 0.05, 0.1, 0.5, 0.9, 1),
        async (bins, p) => {
          const [row] = await sql.unsafe<{ p: number | null }[]>(
            "select percentile_of_bins($1::integer[], $2::double precision[], $3::double precision) as p",
            [`{${bins.join(",")}}`, `{${edges.join(",")}}`, p],
          );
          expect(row!.p).toBe(percentile(bins, edges, p));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a road's week: hand-computed mean, spread, percentiles and coverage of an hour, in one swap", async () => {
    // Wednesday 10 o'clock in Berlin is 8:00 UTC: two windows of 40 and one of 20 km/h, each of one event.
    const at = (min: number, speed: number): Sent => ({
      key: "road-1",
      at_ms: -hours(4) + minutes(min),
      event_id: `p${min}`,
      speed,
      free: 50,
    });
    await put([at(0, 40), at(5, 40), at(10, 20), { ...at(0, 50), key: "later", at_ms: hours(40) }]);
    expect((await patterns.profile(bed.traffic, "road-1")).frontier_ms).toBeNull();
    await refresh();
    expect(await patterns.rebuildProfiles(bed.traffic, { now_ms: NOW })).toMatchObject({
      rows: 1,
      busy: false,
    });
    const { frontier_ms, rows } = await patterns.profile(bed.traffic, "road-1");
    // Midnight of Friday: what is final ends within it.
    expect(frontier_ms).toBe(NOON + hours(34));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      weekday: 3,
      hour: 10,
      n: 3,
      windows_n: 3,
      windows_expected: 48,
      congested_n: 1,
      free_flow_speed: 50,
    });
    const { mean_speed, spread, p10, p50, p90 } = rows[0]!;
    expect(mean_speed).toBeCloseTo(100 / 3, 9);
    // Variance of 40, 40, 20: mean of squares 1200 less 1111.1.
    expect(spread).toBeCloseTo(Math.sqrt(1200 - 10_000 / 9), 9);
    // 20 lies in the bin of 20 to 22, 40 in the one of 40 to 43.
    expect(p10).toBeCloseTo(20 + 2 * 0.3, 9);
    expect(p50).toBeCloseTo(40 + 3 * (0.5 / 2), 9);
    expect(p90).toBeCloseTo(40 + 3 * (1.7 / 2), 9);
  });
});

test("travel times over roads: lengths by speeds of each window, of those that have data", async () => {
  const at = (key: string, at_ms: number, speed: number): Sent => ({
    key,
    at_ms,
    event_id: "t",
    speed,
    free: 50,
  });
  await put([at("road-1", 0, 25), at("road-2", 0, 50), at("road-1", minutes(5), 0.5)]);
  const times = await patterns.times(bed.traffic, {
    from_ms: NOON,
    to_ms: NOON + hours(1),
    keys: ["road-1", "road-2", "none"],
    lengths_km: [1, 2, 3],
  });
  expect(times).toMatchObject([
    {
      start_ms: NOON,
      travel_ms: 288_000,
      free_ms: 216_000,
      covered_km: 3,
      windows_n: 2,
      n: 2,
      congested_n: 0,
    },
    { start_ms: NOON + minutes(5), travel_ms: 3_600_000, free_ms: 72_000, covered_km: 1, congested_n: 1 },
  ]);
  expect(
    await patterns.times(bed.traffic, {
      from_ms: NOON,
      to_ms: NOON + hours(1),
      keys: ["road-1"],
      lengths_km: [1],
      weekdays: [4],
    }),
  ).toEqual([]);
});
