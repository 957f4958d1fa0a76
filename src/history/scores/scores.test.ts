/** The law of scores on a real PostgreSQL: a plain loop over the raw rows gives the same, once, whoever scores and whenever. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { binOf } from "../../core/bins.ts";
import { days, hours, minutes } from "../../core/time.ts";
import { openSql, type Sql } from "../../postgres.ts";
import { postgresBed, type PostgresBed } from "../postgres-bed.fixture.ts";
import { OUTSIDE_EDGES } from "./bins.ts";
import { openPostgresScores } from "./postgres-scores.ts";
import {
  moveWatermark,
  plainScores,
  randomOf,
  randomScene,
  storeScene,
  type Said,
  type Scene,
} from "./scene.fixture.ts";
import type { ScoreStep, ScoreStore } from "./score-store.ts";

const FROM_MS = Date.parse("2026-11-20T22:50:00Z");
const ALL = [0, Date.parse("2100-01-01T00:00:00Z")] as const;

let bed: PostgresBed;
let sql: Sql;
let stores: ScoreStore[];
const open = (zone = "UTC"): ScoreStore => {
  const store = openPostgresScores({ url: bed.url, zone });
  stores.push(store);
  return store;
};
beforeAll(async () => {
  bed = await postgresBed();
  await bed.open();
  sql = openSql(bed.url, { max: 4, application_name: "test" });
});
beforeEach(async () => {
  stores = [];
  await sql.unsafe(`truncate traffic_data, predictions, shadow_predictions, offsets, prediction_scores_frontier,
    prediction_scores_hours, prediction_scores_bins, prediction_scores_roads`);
});
afterEach(() => Promise.all(stores.map((store) => store.close())));
afterAll(async () => {
  await sql.end();
  await bed.drop();
});

/** Scores all that is final. */
async function drain(store: ScoreStore, now_ms: number): Promise<ScoreStep[]> {
  const steps: ScoreStep[] = [];
  do steps.push(await store.score(now_ms));
  while (steps.at(-1)!.more || steps.at(-1)!.busy);
  return steps;
}

async function keptGroups(store: ScoreStore): Promise<Map<string, object>> {
  const groups = await store.groups(...ALL);
  return new Map(
    groups.map((g) => [`${g.model_version} ${g.trial} ${g.horizon_min} ${g.regime}`, g.sums as object]),
  );
}
const keptRoads = async (): Promise<Map<string, [number, number]>> => {
  const rows = await sql<
    { key: string; n: number; abs_e: number }[]
  >`select concat_ws(' ', model_version, trial::text, horizon_min, road_id, day - date '1970-01-01') as key, n, abs_e from prediction_scores_roads`;
  return new Map(
    rows.map(({ key, n, abs_e }) => [key.replace(" f ", " false ").replace(" t ", " true "), [n, abs_e]]),
  );
};
const sorted = (map: ReadonlyMap<string, unknown>): unknown =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

describe("the law", () => {
  test.each([1, 2, 3])("scores are those of a plain loop, however the time is cut, seed %d", async (seed) => {
    const random = randomOf(seed);
    const scene = randomScene(seed, FROM_MS, 60, 8);
    const end_ms = FROM_MS + minutes(105);
    await storeScene(sql, scene, FROM_MS + minutes(10));
    let now_ms = FROM_MS + minutes(10);
    while (now_ms < end_ms) {
      now_ms = Math.min(end_ms, now_ms + Math.ceil(random() * 25 * minutes(1)));
      await moveWatermark(sql, now_ms);
      // Another store each time: as after a restart.
      await drain(open(), now_ms + Math.floor(random() * minutes(1)));
    }
    const store = open();
    const to_ms = (await store.scoredTo())!;
    expect(to_ms).toBe(end_ms - minutes(2));
    const plain = plainScores(scene, FROM_MS, to_ms);
    expect(sorted(await keptGroups(store))).toEqual(sorted(plain.groups));
    expect(sorted(await keptRoads())).toEqual(sorted(plain.roads));
  });

  test("only what is final is scored: no minute before its traffic and its lateness are over", async () => {
    const scene = randomScene(4, FROM_MS, 40, 3);
    await storeScene(sql, scene, FROM_MS + minutes(30));
    const store = open();
    await drain(store, FROM_MS + days(1));
    expect(await store.scoredTo()).toBe(FROM_MS + minutes(28));
    expect(sorted(await keptGroups(store))).toEqual(
      sorted(plainScores(scene, FROM_MS, FROM_MS + minutes(28)).groups),
    );
    // One of the partitions is behind, and so is what is final; a clock that is behind holds it up, too.
    await moveWatermark(sql, FROM_MS + minutes(50));
    await sql`update offsets set watermark = ${new Date(FROM_MS + minutes(35)).toISOString()} where partition = 2`;
    await drain(store, FROM_MS + days(1));
    expect(await store.scoredTo()).toBe(FROM_MS + minutes(33));
    await moveWatermark(sql, FROM_MS + minutes(60));
    await drain(store, FROM_MS + minutes(40));
    expect(await store.scoredTo()).toBe(FROM_MS + minutes(38));
    // A clock that jumps back changes nothing.
    expect(await store.score(FROM_MS)).toMatchObject({ scored: 0, unscored: 0, more: false });
    expect(await store.scoredTo()).toBe(FROM_MS + minutes(38));
  });

  test("scored by several at once, and by some that are cut off: each pair is counted once", async () => {
    const scene = randomScene(5, FROM_MS, 90, 6);
    await storeScene(sql, scene, FROM_MS + minutes(140));
    const now_ms = FROM_MS + minutes(140);
    // Most are cut off while they count, and one or the other after it.
    let left = 8;
    const killing = (async () => {
      while (left > 0)
        left -= (
          await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
            and application_name = 'arterial-scores' and xact_start is not null limit 1`
        ).length;
    })();
    const one = async (store: ScoreStore): Promise<void> => {
      for (let tries = 0; tries < 500; tries++) {
        const step = await store.score(now_ms).catch(() => null);
        if (step !== null && !step.more && !step.busy) return;
      }
      throw new Error("It never came to its end");
    };
    await Promise.all([one(open()), one(open()), one(open())]);
    left = 0;
    await killing;
    const store = open();
    expect(await store.scoredTo()).toBe(now_ms - minutes(2));
    expect(sorted(await keptGroups(store))).toEqual(sorted(plainScores(scene, FROM_MS, now_ms).groups));
    expect(sorted(await keptRoads())).toEqual(sorted(plainScores(scene, FROM_MS, now_ms).roads));
  });

  test("a step that fails midway leaves nothing behind", async () => {
    await storeScene(sql, randomScene(6, FROM_MS, 30, 3), FROM_MS + minutes(60));
    await sql.unsafe("alter table prediction_scores_roads add constraint never check (n < 0)");
    const store = open();
    // Of the first ten minutes nothing was predicted.
    const failed = await drain(store, FROM_MS + minutes(60)).catch((error: unknown) => error);
    expect(String(failed)).toContain("never");
    expect(await store.scoredTo()).toBe(FROM_MS + minutes(10));
    expect(await store.groups(...ALL)).toEqual([]);
    await sql.unsafe("alter table prediction_scores_roads drop constraint never");
    expect((await store.score(FROM_MS + minutes(60))).scored).toBeGreaterThan(0);
  });
});

describe("single pairs", () => {
  const said = (over: Partial<Said> = {}, ahead: Partial<Said["ahead"][10]> = {}): Said => {
    const one = { speed: 40, band_50: [38, 42], band_90: [30, 50], chance: 0.1, ...ahead } as const;
    return {
      trial: false,
      road_id: "a",
      at_ms: FROM_MS,
      model_version: "m1",
      regime: "calm",
      current_speed: 40,
      confidence: 0.8,
      ahead: { 10: one, 20: one, 30: one },
      ...over,
    };
  };
  const score = async (scene: Scene, zone = "UTC", from_ms = FROM_MS): Promise<ScoreStore> => {
    await storeScene(sql, scene, from_ms + hours(2));
    const store = open(zone);
    await drain(store, from_ms + hours(3));
    return store;
  };

  test("how far what came lay outside an interval is counted in the bin of its km/h", async () => {
    const came = (current_speed: number) => ({
      measured: [{ road_id: "a", at_ms: FROM_MS + minutes(10), current_speed, free_flow_speed: 50 }],
      said: [said()],
    });
    const store = await score(came(45.25));
    const counts = await store.outside("m1", "2026-11-20", "2026-11-21");
    expect(counts.map(({ kind, bin, n, day }) => [kind, bin, n, day])).toEqual([
      ["outside_50", binOf(3.25, OUTSIDE_EDGES), 1, "2026-11-20"],
      ["outside_90", binOf(-4.75, OUTSIDE_EDGES), 1, "2026-11-20"],
    ]);
    const [sure, chance] = await store.bins("2026-11-20", "2026-11-20", ["confidence", "congestion"], {
      model_version: null,
    });
    expect([sure, chance]).toMatchObject([
      { kind: "confidence", bin: 8, n: 1, hits: 1, said: 8_000 },
      { kind: "congestion", bin: 1, n: 1, hits: 0, said: 1_000 },
    ]);
  });

  test("case 27: absurd values count as what they are: standstill has no percentage, an interval turned round covers nothing", async () => {
    const store = await score({
      measured: [{ road_id: "a", at_ms: FROM_MS + minutes(10), current_speed: 0, free_flow_speed: 50 }],
      said: [said({}, { speed: 300, band_50: [42, 38], band_90: [0, 300], chance: 1 })],
    });
    const ten = (await store.groups(...ALL)).find(({ horizon_min }) => horizon_min === 10)!;
    expect(ten.sums).toMatchObject({
      n: 1,
      abs_e: 30_000,
      e2: 9e8,
      ape_n: 0,
      ape: 0,
      band_50_n: 0,
      width_50: 0,
      covered_90_n: 1,
      brier: 0,
      slow_n: 1,
      onset_n: 1,
      called_n: 1,
      right_n: 1,
    });
  });

  test("a prediction of whose minute nothing was measured is counted as such, and as nothing else", async () => {
    const store = await score({
      measured: [{ road_id: "b", at_ms: FROM_MS, current_speed: 50, free_flow_speed: 50 }],
      said: [said()],
    });
    const groups = await store.groups(...ALL);
    expect(groups).toHaveLength(3);
    for (const { sums } of groups)
      expect(Object.values(sums).reduce((all, one) => all + one, 0)).toBe(sums.unscored_n);
    expect(
      await store.worstRoads("2026-11-20", "2026-11-21", {
        model_version: null,
        horizon_min: null,
        n_min: 1,
        limit: 9,
      }),
    ).toEqual([]);
  });

  test("nothing final, nothing predicted: no frontier, no scores", async () => {
    const store = open();
    expect(await store.score(FROM_MS)).toMatchObject({ scored: 0, busy: false, more: false });
    await moveWatermark(sql, FROM_MS);
    expect(await store.score(FROM_MS)).toMatchObject({ scored: 0, busy: false, more: false });
    expect(await store.scoredTo()).toBeNull();
  });

  test.each([
    ["2026-10-25T00:00:00+02:00", [0, 1, 2, 3, 4], [2, 2]],
    ["2026-03-29T00:00:00+01:00", [0, 1, 3, 4, 5, 6], [3, 1]],
  ])("six hours of the night of %s are told by the city's clocks: %j", async (from, hours_of_day, one) => {
    const from_ms = Date.parse(from);
    const each = Array.from({ length: 6 }, (_, i) => from_ms + i * hours(1));
    await sql`insert into prediction_scores_frontier (scored_to) values (${new Date(from_ms).toISOString()})`;
    await storeScene(
      sql,
      {
        measured: each.map((at_ms) => ({
          road_id: "a",
          at_ms: at_ms + minutes(10),
          current_speed: 40,
          free_flow_speed: 50,
        })),
        said: each.map((at_ms) => said({ at_ms })),
      },
      from_ms + hours(6) + minutes(2),
    );
    const store = open("Europe/Berlin");
    await drain(store, from_ms + days(2));
    const whose = { model_version: null };
    const pairs = (rows: readonly { horizon_min: number; at: number; sums: { n: number } }[]) =>
      rows.filter(({ horizon_min }) => horizon_min === 10).map(({ at, sums }) => [at, sums.n]);
    const ofDay = pairs(await store.steps(...ALL, "hour_of_day", whose));
    expect(ofDay.map(([at]) => at)).toEqual(hours_of_day);
    expect(ofDay.find(([at]) => at === one[0])).toEqual(one);
    expect(pairs(await store.steps(...ALL, "hour", whose))).toHaveLength(6);
    expect(pairs(await store.steps(...ALL, "day", whose)).map(([, n]) => n)).toEqual([6]);
  });
});
