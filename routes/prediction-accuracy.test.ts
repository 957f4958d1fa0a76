/** How good predictions were over HTTP, on a real PostgreSQL: figures of pairs that are known, drift, formats, and what is asked badly. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { hours, minutes } from "../src/core/time.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import { openPostgresModels } from "../src/history/models/postgres-models.ts";
import { postgresBed, type PostgresBed } from "../src/history/postgres-bed.fixture.ts";
import { openPostgresScores } from "../src/history/scores/postgres-scores.ts";
import { storeScene, type Said } from "../src/history/scores/scene.fixture.ts";
import { measureNames } from "../src/history/scores/measures.ts";
import type { ScoreStore } from "../src/history/scores/score-store.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openSql, type Sql } from "../src/postgres.ts";
import type { PredictionAccuracy } from "../src/serving/predictions/answer.ts";
import { driftOf } from "../src/serving/predictions/drift.ts";
import { predictionFacts } from "../src/serving/predictions/facts.ts";
import { createServing } from "../src/serving/serving.ts";
import { streams } from "../src/streams/index.ts";
import { city as fixtureCity, fixture } from "../test/api-fixture.ts";
import { faultsIn } from "../test/schema-check.ts";

/** 11:20 in Berlin. */
const NOW_MS = Date.UTC(2026, 10, 21, 10, 20);
const city = { ...fixtureCity, zone: "Europe/Berlin" };
let bed: PostgresBed;
let sql: Sql;
let scores: ScoreStore;
let models: ReturnType<typeof openPostgresModels>;
let app: OpenAPIHono;
let ticks = 0;

beforeAll(async () => {
  bed = await postgresBed();
  await bed.open();
  sql = openSql(bed.url, { max: 1, application_name: "test" });
  scores = openPostgresScores({ url: bed.url, zone: city.zone });
  models = openPostgresModels({ url: bed.url });
  // Each look at the clock is a minute later: nothing is kept from the question before.
  const clock = { now: () => NOW_MS, monotonic: () => (ticks += minutes(1)) };
  const serving = createServing({
    streams,
    live: openMemoryLive({ clock }),
    history: openMemoryHistory({ clock }),
    log: openMemoryLog({ clock }),
    accuracy: { scores, models },
    city,
    clock,
  });
  ({ app } = await fixture({ serving, city, clock }));
});
beforeEach(async () => {
  await sql.unsafe(`truncate traffic_data, predictions, shadow_predictions, offsets, models, prediction_scores_frontier,
    prediction_scores_hours, prediction_scores_bins, prediction_scores_roads`);
});
afterAll(async () => {
  await Promise.all([scores.close(), models.close(), sql.end()]);
  await bed.drop();
});

const get = (query = "", headers: Record<string, string> = {}) =>
  Promise.resolve(app.request(`/api/analytics/prediction-accuracy${query}`, { headers }));
interface Body {
  data: PredictionAccuracy;
  meta: { as_of: string | null; stale: boolean; coverage: number; layer: string };
}
const json = async (query = ""): Promise<Body> => {
  const answer = await get(query);
  expect([query, answer.status]).toEqual([query, 200]);
  return (await answer.json()) as Body;
};
async function faultsOf(body: unknown): Promise<unknown> {
  const document = (await (await app.request("/openapi.json")).json()) as {
    components?: unknown;
    paths: Record<
      string,
      { get: { responses: Record<string, { content: Record<string, { schema: Record<string, unknown> }> }> } }
    >;
  };
  const said = document.paths["/api/analytics/prediction-accuracy"]!.get.responses["200"]!;
  return faultsIn(document, said.content["application/json"]!.schema, body);
}

/** One road, a prediction each minute from 09:00 UTC on; measured 40, then 20 from 09:40 on. Free flow is 50. */
async function oneHour(): Promise<void> {
  const from_ms = Date.UTC(2026, 10, 21, 9);
  const at = (i: number): number => from_ms + i * minutes(1);
  const each = Array.from({ length: 60 }, (_, i) => i);
  const said = (trial: boolean, model_version: string, speed: number): Said[] =>
    each.map((i) => {
      const one = { speed, band_50: [35, 45], band_90: [15, 60], chance: 0.4 } as const;
      return {
        trial,
        road_id: "r1",
        at_ms: at(i),
        model_version,
        regime: "calm",
        current_speed: i < 40 ? 40 : 20,
        confidence: 0.95,
        ahead: { 10: one, 20: one, 30: one },
      };
    });
  await storeScene(
    sql,
    {
      measured: each.map((i) => ({
        road_id: "r1",
        at_ms: at(i),
        current_speed: i < 40 ? 40 : 20,
        free_flow_speed: 50,
      })),
      said: [...said(false, "m1", 40), ...said(true, "m2", 38)],
    },
    NOW_MS,
  );
  for (let more = true; more;) ({ more } = await scores.score(NOW_MS));
}

test("before anything is scored there is nothing, and no number", async () => {
  const body = await json();
  expect(await faultsOf(body)).toEqual([]);
  expect(body.meta).toMatchObject({ as_of: null, stale: true, coverage: 0, layer: "batch" });
  expect(body.data).toMatchObject({ scored_to: null, models: [], by_model: [], series: [], worst_roads: [] });
  expect(body.data.overall.map(({ horizon_min, n, mae, skill }) => [horizon_min, n, mae, skill])).toEqual([
    [10, 0, null, null],
    [20, 0, null, null],
    [30, 0, null, null],
  ]);
  expect(body.data.drift).toMatchObject({ drifting: false, until: null });
});

test("figures are those of the pairs, champion and trial side by side", async () => {
  await oneHour();
  await models.save(
    {
      model_version: "m1",
      kind: "profile",
      state: "champion",
      reason: "there was none",
      trained_from_ms: NOW_MS - hours(30),
      trained_to_ms: NOW_MS - hours(2),
      seed: 7,
      code_version: "test",
      roads_n: 1,
      verdict: { of: "another release" },
      margins: null,
    },
    new Uint8Array([1]),
  );
  const body = await json();
  expect(await faultsOf(body)).toEqual([]);
  const [ten] = body.data.overall;
  // Targets 09:10 to 10:03 have traffic in their five minutes: 30 minutes of 40, 4 between, 20 of 20; later ones have none.
  expect(ten).toMatchObject({ n: 54, unscored_n: 6 });
  expect(ten!.mae).toBeCloseTo((20 * 20 + 4 + 8 + 12 + 16) / 54, 3);
  expect(ten!.either).toMatchObject({ n: 21, mape_percent: 98.41 });
  expect(ten!.either.mae).toBeCloseTo((20 * 20 + 16) / 21, 3);
  expect(ten!.within_15).toBeCloseTo(31 / 54, 4);
  expect(ten!.covered_90).toBe(1);
  // Slow at 09:43 for the first time, and expected from what was still fast until 09:39.
  expect(ten!.onsets).toEqual({ n: 7, called_n: 40, right_n: 7 });
  expect(
    body.data.by_model.map(({ model_version, trial, horizon_min }) => [model_version, trial, horizon_min]),
  ).toEqual([
    ["m1", false, 10],
    ["m1", false, 20],
    ["m1", false, 30],
    ["m2", true, 10],
    ["m2", true, 20],
    ["m2", true, 30],
  ]);
  expect(body.data.models).toMatchObject([
    {
      model_version: "m1",
      state: "champion",
      kind: "profile",
      verdict: null,
      served_n: 54 + 44 + 34,
      trial_n: 0,
    },
    { model_version: "m2", state: null, served_n: 0, trial_n: 54 + 44 + 34 },
  ]);
  expect(body.data.by_hour.map(({ hour, horizon_min }) => [hour, horizon_min])).toEqual([
    [10, 10],
    [10, 20],
    [10, 30],
    [11, 10],
    [11, 20],
    [11, 30],
  ]);
  expect(body.data.series[0]).toMatchObject({ start: "2026-11-21T09:00:00Z", end: "2026-11-21T10:00:00Z" });
  const bins = body.data.calibration.confidence;
  expect(bins[9]).toMatchObject({
    from: 0.9,
    to: 1,
    n: 54,
    said: 0.95,
    came_true: Math.round((31 / 54) * 1e4) / 1e4,
  });
  expect(bins[0]).toMatchObject({ n: 0, said: null, came_true: null });
  expect(
    body.data.worst_roads.map(({ rank, road_id, road_name, horizon_min }) => [
      rank,
      road_id,
      road_name,
      horizon_min,
    ]),
  ).toEqual([
    [1, "r1", "High Street", 30],
    [2, "r1", "High Street", 20],
    [3, "r1", "High Street", 10],
  ]);

  const trial = await json("?model_version=m2&horizon_min=30");
  expect(trial.data).toMatchObject({ model_version: "m2", overall: [{ horizon_min: 30, n: 34 }] });
  expect(trial.data.calibration.congestion).toHaveLength(1);
  const before = await json("?from=2026-11-20T00:00:00Z&to=2026-11-21T09:00:00Z");
  expect(before.data.overall.map(({ n }) => n)).toEqual([0, 0, 0]);
});

test("formats hold the tables, and the tag is that of what is said", async () => {
  await oneHour();
  const csv = await get("?table=models", { accept: "text/csv" });
  const lines = (await csv.text()).split("\r\n");
  expect(lines[0]).toStartWith("model_version,trial,horizon_min,n,unscored_n,mae,rmse,bias,r2");
  expect(lines).toHaveLength(6 + 2);
  expect(lines[1]).toStartWith("m1,false,10,54,6,8.148,");
  for (const [table, rows] of [
    ["horizons", 3],
    ["regimes", 3],
    ["hours", 6],
    ["series", 6],
    ["confidence", 10],
    ["congestion", 30],
    ["roads", 3],
  ] as const) {
    const text = await (await get(`?format=ndjson&table=${table}`)).text();
    expect([table, text.trim().split("\n").length]).toEqual([table, rows]);
  }
  const first = await get();
  const again = await get("", { "if-none-match": first.headers.get("etag")! });
  expect(again.status).toBe(304);
});

test("drift is more error than before while skill falls: not a day that is hard for everybody", async () => {
  const cut_ms = Date.UTC(2026, 10, 20, 11);
  await sql`insert into prediction_scores_frontier (scored_to) values (${new Date(NOW_MS).toISOString()})`;
  /** Hours of 100 pairs each, with a mean error of so many km/h, and persistence's. */
  const put = (from_ms: number, n: number, h: number, [mae, stay]: readonly [number, number]) =>
    sql.unsafe(
      `insert into prediction_scores_hours (hour, trial, model_version, horizon_min, regime, ${measureNames.join(", ")})
       select $1::timestamptz + i * interval '1 hour', false, 'm1', $2, 'calm', ${measureNames
         .map((name) =>
           name === "n" || name === "paired_n"
             ? "100"
             : name === "abs_e" || name === "paired_abs_e"
               ? "$4::bigint"
               : name === "stay_abs_e"
                 ? "$5::bigint"
                 : "0",
         )
         .join(", ")} from generate_series(0, $3 - 1) i`,
      [new Date(from_ms).toISOString(), h, n, mae * 10_000, stay * 10_000],
    );
  for (const [h, late] of [
    [10, [4, 6]],
    [20, [4, 8]],
    [30, [3.2, 3.2]],
  ] as const) {
    await put(cut_ms - hours(24 * 7), 24 * 7, h, [3, 6]);
    await put(cut_ms, 24, h, late);
  }
  const { data } = await json();
  expect(data.drift.drifting).toBe(true);
  expect(data.drift.horizons).toMatchObject([
    {
      horizon_min: 10,
      mae: 4,
      before_mae: 3,
      ratio: 1.333,
      skill: 0.3333,
      before_skill: 0.5,
      n: 2_400,
      before_n: 16_800,
      drifting: true,
    },
    { horizon_min: 20, skill: 0.5, drifting: false },
    { horizon_min: 30, skill: 0, ratio: 1.067, drifting: false },
  ]);
  expect(await predictionFacts(scores, city.zone)).toEqual({
    scored_to_ms: NOW_MS,
    last_hour: [
      { horizon_min: 10, mae: 4, n: 200 },
      { horizon_min: 20, mae: 4, n: 200 },
      { horizon_min: 30, mae: 3.2, n: 200 },
    ],
    drift: [...data.drift.horizons],
  });
  // Less than a day before: its hours may have been easier ones.
  await sql`delete from prediction_scores_hours where hour < ${new Date(cut_ms - hours(23)).toISOString()}`;
  const young = (await driftOf(scores, city.zone)).horizons[0]!;
  expect(young).toMatchObject({ before_n: 2_300, ratio: 1.333, drifting: false });
  await put(cut_ms - hours(24), 1, 10, [3, 6]);
  expect((await driftOf(scores, city.zone)).horizons[0]).toMatchObject({ before_n: 2_400, drifting: true });
});

test.each([
  ["?horizon_min=15", "horizon_min"],
  ["?horizon_min=10.0", "horizon_min"],
  ["?limit=0", "limit"],
  ["?limit=201", "limit"],
  ["?table=nothing", "table"],
  ["?tz=Asia/Jakarta", "tz"],
  ["?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "from"],
  ["?from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"],
  ["?model_version=", "model_version"],
  ["?days=3", "days"],
])("%s is refused with its parameter's name", async (query, parameter) => {
  const answer = await get(query);
  const { errors } = (await answer.json()) as { errors: { parameter: string }[] };
  expect([answer.status, errors[0]!.parameter]).toEqual([400, parameter]);
});

test("a model that nobody knows is not found", async () => {
  expect((await get("?model_version=nobody")).status).toBe(404);
});
