/** Models on trial, judged by scores as they are stored. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { limits } from "../src/core/limits.ts";
import { hours } from "../src/core/time.ts";
import type { NewModel } from "../src/history/models/model-store.ts";
import { postgresBed, type PostgresBed } from "../src/history/postgres-bed.fixture.ts";
import { measureNames } from "../src/history/scores/measures.ts";
import { openPostgresScores } from "../src/history/scores/postgres-scores.ts";
import type { ScoreStore } from "../src/history/scores/score-store.ts";
import { openSql, type Sql } from "../src/postgres.ts";
import { judgeModels } from "./judge-models.ts";
import { putDay, trainDeps } from "./training-bed.fixture.ts";

let bed: PostgresBed;
let open: ReturnType<typeof trainDeps>;
let scores: ScoreStore;
let sql: Sql;
let now_ms: number;
/** Begin of the first whole hour of the trial. */
let first_ms: number;
beforeEach(async () => {
  bed = await postgresBed();
  await bed.open();
  open = trainDeps(bed.url, () => now_ms);
  scores = openPostgresScores({ url: bed.url, zone: "Europe/Berlin" });
  sql = openSql(bed.url, { max: 1, application_name: "test" });
  await open.deps.models.save(model("old", "champion"), new Uint8Array([1]));
  await open.deps.models.save(model("new", "challenger"), new Uint8Array([2]));
  const { created_ms } = (await open.deps.models.one("new"))!;
  first_ms = Math.ceil(created_ms / hours(1)) * hours(1);
  now_ms = first_ms + hours(30);
});
afterEach(async () => {
  await Promise.all([open.close(), scores.close(), sql.end()]);
  await bed.drop();
});

const model = (model_version: string, state: NewModel["state"]): NewModel => ({
  model_version,
  kind: "quantile-net",
  state,
  reason: "test",
  trained_from_ms: 0,
  trained_to_ms: 1_000,
  seed: 1,
  code_version: "1",
  roads_n: 1,
  verdict: null,
  margins: null,
});

/** @param mae In km/h. */
async function put(
  model_version: string,
  trial: boolean,
  from: number,
  n: number,
  mae: number,
  either: number,
) {
  const given: Readonly<Record<string, number>> = {
    n: 1_000,
    abs_e: Math.round(mae * 100_000),
    either_n: 300,
    either_abs_e: Math.round(either * 30_000),
  };
  const values = measureNames.map((name) => given[name] ?? 0).join(", ");
  await sql.unsafe(
    `insert into prediction_scores_hours (hour, horizon_min, trial, model_version, regime, ${measureNames.join(", ")})
     select to_timestamp($1::float8 / 1000) + h * interval '1 hour', m, $2::boolean, $3, 'calm', ${values}
     from generate_series($4::int, $5::int) h, unnest(array[10, 20, 30]) m`,
    [first_ms, trial, model_version, from, from + n - 1],
  );
}

async function judged(): Promise<string> {
  const job = judgeModels({ ...open.deps, scores });
  const { words } = await job.run({
    from_ms: null,
    to_ms: null,
    scheduled_for_ms: now_ms,
    flags: { hours: limits.trial_hours_min },
    clock: open.deps.clock,
    signal: new AbortController().signal,
    progress: () => {},
    resume: null,
    note: async () => {},
  });
  return String(words);
}

const champion = async (): Promise<string | undefined> =>
  (await open.deps.models.roles()).champion?.model_version;

test("a day in which it was no worse makes it champion; hours before its trial are not counted", async () => {
  await put("old", false, -10, 40, 2, 7);
  await put("new", true, 0, 23, 1.9, 6.9);
  expect(await judged()).toContain("23 of 24 hours");
  expect(await champion()).toBe("old");
  await put("new", true, 23, 1, 1.9, 6.9);
  expect(await judged()).toStartWith(
    "new is champion: no worse than the champion: 1.90 against 2.00 km/h over all",
  );
  expect(await champion()).toBe("new");
  expect(await judged()).toBe("no model is on trial");
  expect((await open.deps.models.one("old"))!.state).toBe("retired");
});

test("worse on slow roads, it goes, and the champion stays", async () => {
  await put("old", false, 0, 24, 2, 7);
  await put("new", true, 0, 24, 1.5, 7.5);
  // What the same version was worth in another part is another matter.
  await put("new", false, 25, 3, 50, 50);
  expect(await judged()).toContain("new is rejected: worse than the champion");
  expect(await champion()).toBe("old");
  expect((await open.deps.models.one("new"))!.state).toBe("rejected");
});

test("shown for a share of the roads, it is compared on those alone that the champion predicts too", async () => {
  await put("old", false, 0, 24, 2, 7);
  await put("new", true, 0, 24, 1.9, 6.9);
  await put("new", false, 0, 24, 9, 9);
  expect(await judged()).toStartWith("new is champion: no worse than the champion: 1.90 against 2.00 km/h");
});

test("on a recording's time, long before its models were made, a trial is judged by what they had not learnt from", async () => {
  first_ms = Math.ceil((now_ms - hours(24 * 365)) / hours(1)) * hours(1);
  now_ms = first_ms + hours(30);
  await sql`update models set trained_to = to_timestamp(${first_ms / 1_000})`;
  await put("old", false, -10, 40, 2, 7);
  await put("new", true, 0, 24, 1.9, 6.9);
  expect(await judged()).toContain("in 24 hours as they came");
});

test("without a champion who is on trial is it at once; without any model a first training is asked for, once", async () => {
  await sql`update models set state = 'rejected', ended_at = clock_timestamp() where model_version = 'old'`;
  expect(await judged()).toContain("there was none");
  expect(await champion()).toBe("new");
  await sql`delete from models`;
  expect(await judged()).toBe(
    `no model is trained yet: ${limits.train_hours_min} hours of speeds are wanted`,
  );
  await putDay(bed.url);
  await sql`update traffic_windows set window_start = window_start + ${now_ms}::bigint * interval '1 ms'
    - interval '1 hour' - (select max(window_start) - timestamptz 'epoch' from traffic_windows)`;
  expect(await judged()).toBe("no model is trained yet: one is asked for");
  const [run] = await open.deps.duties.runs.list("train", 5);
  expect([run?.state, run?.trigger]).toEqual(["queued", "hand"]);
  expect(await judged()).toBe("no model is trained yet; a training was begun lately");
});
