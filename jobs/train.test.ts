/** Training as a job, on a real server: what it says on its way, what it keeps, and what it leaves when it ends in the middle. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { NOTHING_ASKED, type JobFlags } from "../src/core/job.ts";
import { limits } from "../src/core/limits.ts";
import { hours } from "../src/core/time.ts";
import { postgresBed, type PostgresBed } from "../src/history/postgres-bed.fixture.ts";
import { openModel } from "../src/prediction/open-model.ts";
import { marginsOf } from "../src/prediction/stored-margins.ts";
import { trainModel, type TrainModelOptions } from "../src/prediction/training/train-model.ts";
import { verdictOf } from "../src/prediction/training/verdict.ts";
import { traffic } from "../src/streams/traffic.ts";
import { runByHand } from "./by-hand.ts";
import { rollBackModel } from "./roll-back-model.ts";
import { runAttempt } from "./runner.ts";
import { train } from "./train.ts";
import { FIRST_ROWS, NOW_MS, putDay, putSpeeds, ROADS, trainDeps } from "./training-bed.fixture.ts";

let bed: PostgresBed;
let now_ms: number;
let open: ReturnType<typeof trainDeps>;
beforeEach(async () => {
  bed = await postgresBed();
  await bed.open();
  now_ms = NOW_MS;
  open = trainDeps(bed.url, () => now_ms);
});
afterEach(async () => {
  await open.close();
  await bed.drop();
});

/** As the command runs it. */
async function byHand(
  flags: JobFlags = {},
  signal: AbortSignal = new AbortController().signal,
  job = train(open.deps),
) {
  const lines: string[] = [];
  const code = await runByHand(
    job,
    { ...NOTHING_ASKED, flags },
    {
      runs: open.deps.duties.runs,
      clock: open.deps.clock,
      holder: `test ${Math.random()}`,
      signal,
      print: (line) => lines.push(line),
    },
  );
  return { code, lines, last: lines.at(-1) ?? "" };
}

const modelDeps = () => ({
  ...open.deps,
  stream: traffic,
  pool: open.deps.training.pool,
  code_version: "1.2.3",
});
const asked = (over: Partial<TrainModelOptions> = {}): TrainModelOptions => ({
  now_ms,
  weeks: 4,
  kind: "quantile-net",
  seed: 1,
  rows: FIRST_ROWS,
  signal: new AbortController().signal,
  onProgress: () => {},
  ...over,
});

test("a training says how far it is and what it loses, judges itself on the last fifth beside others, and the first good one is champion", async () => {
  await putDay(bed.url);
  const seen: [number, string][] = [];
  const trained = await trainModel(
    modelDeps(),
    asked({ onProgress: (done, words) => seen.push([done, words]) }),
  );
  const shares = seen.map(([done]) => done);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBeGreaterThan(0);
  expect(shares.at(-1)).toBeCloseTo(1, 5);
  const said = seen.map(([, words]) => words).join("\n");
  expect(said).toMatch(/reads speeds\n/);
  expect(said).toMatch(/learns from the first four fifths, pass 1 of \d+, loss [\d.]+\n/);
  expect(said).toMatch(/held out [\d.]+\n/);
  expect(said).toContain("judges on the last fifth");
  expect(said).toContain("learns from all, pass 1");

  const model = trained.model!;
  expect(model).toMatchObject({
    kind: "quantile-net",
    state: "champion",
    roads_n: ROADS,
    seed: 1,
    code_version: "1.2.3",
  });
  expect(model.model_version).toMatch(/^quantile-net-20260715-1200-[0-9a-f]{6}$/);
  expect(model.model_version).toEndWith(model.sha256.slice(0, 6));
  expect([model.trained_from_ms, model.trained_to_ms]).toEqual([NOW_MS - hours(24), NOW_MS - 5 * 60_000]);
  const verdict = verdictOf(model.verdict)!;
  expect(verdict.judged_from_ms).toBe(NOW_MS - hours(24) + Math.floor(287 * 0.8) * 300_000);
  expect(verdict.origins_n).toBe(287 - Math.floor(287 * 0.8) - 6);
  for (const [i, own] of verdict.own.entries()) {
    expect(own.n).toBe(verdict.origins_n * ROADS);
    expect(own.mae!).toBeLessThan(verdict.persistence[i]!.mae!);
  }
  expect(marginsOf(model.margins)).not.toBeNull();
  const about = (await openModel((await open.deps.models.artefact(model.model_version))!)).about;
  expect(about).toMatchObject({ kind: "quantile-net", roads_n: ROADS, trained_to_ms: model.trained_to_ms });
});

test("the same data and seed are the same file; who has learnt what it would be judged on is met on trial; who cannot be used is replaced at once", async () => {
  await putDay(bed.url);
  const first = (await trainModel(modelDeps(), asked())).model!;
  const second = (await trainModel(modelDeps(), asked({ seed: 2 }))).model!;
  expect(second.state).toBe("challenger");
  expect(second.sha256).not.toBe(first.sha256);
  // Byte for byte: it has the same name, and is the same model.
  expect((await trainModel(modelDeps(), asked())).model).toEqual(first);
  expect(verdictOf(second.verdict)!.champion).toEqual({
    model_version: first.model_version,
    on_unseen: null,
    fault: null,
  });

  now_ms += hours(12);
  await putSpeeds(bed.url, NOW_MS, now_ms);
  const stays = (await trainModel(modelDeps(), asked({ kind: "persistence" }))).model!;
  expect(stays.state).toBe("rejected");
  expect(stays.reason).toContain("no better than");
  const unseen = verdictOf(stays.verdict)!.champion!.on_unseen!;
  expect(unseen.from_ms).toBeGreaterThanOrEqual(first.trained_to_ms);
  expect(unseen.champion[2].mae!).toBeLessThan(unseen.own[2].mae!);

  expect((await open.deps.models.promote(second.model_version, "test")) && second.model_version).toBeString();
  const { deps } = open;
  const broken = { ...deps.models, artefact: async () => new TextEncoder().encode("cut off") };
  const third = (await trainModel({ ...modelDeps(), models: broken }, asked({ seed: 3 }))).model!;
  expect(third.state).toBe("champion");
  expect(third.reason).toContain("cannot be used");
  expect((await deps.models.roles()).champion!.model_version).toBe(third.model_version);
  expect((await deps.models.one(second.model_version))!.state).toBe("retired");

  const back = await byHand({ reason: "too slow at night" }, undefined, rollBackModel(deps));
  expect(back.last).toContain(`${second.model_version} is champion again`);
  expect((await deps.models.one(third.model_version))!.reason).toContain("too slow at night");
  const once = await byHand({}, undefined, rollBackModel(deps));
  expect(once.last).toContain(`${first.model_version} is champion again`);
  const none = await byHand({}, undefined, rollBackModel(deps));
  expect([none.code, none.last]).toEqual([1, expect.stringContaining("no other model was champion")]);
});

test("one hour of data, or none, ends with what is there and what is wanted, and nothing is kept", async () => {
  const none = await byHand();
  expect([none.code, none.last]).toEqual([
    0,
    `done · trained false · nothing was trained: there are 0 hours of speeds; ${limits.train_hours_min} at least are wanted`,
  ]);
  const minutes = (n: number): number => n * 60_000;
  await putSpeeds(bed.url, NOW_MS - minutes(55), NOW_MS - minutes(5));
  expect((await byHand()).last).toContain("there are 0.8 hours of speeds");
  // A day ago, and nothing since.
  await putSpeeds(bed.url, NOW_MS - hours(30), NOW_MS - hours(30) + minutes(5));
  expect((await byHand()).last).toContain(`there are ${11 * ROADS} means of five minutes`);
  // Enough to begin with, but not for what is trained.
  await putSpeeds(bed.url, NOW_MS - hours(29), NOW_MS - hours(29) + minutes(10));
  const little = await byHand();
  expect([little.code, little.last]).toEqual([0, expect.stringContaining("nothing was trained: Only 0.")]);
  expect(await open.deps.models.list(9)).toEqual([]);
});

test("two trainings at once: the second says so and ends; one that is stopped ends within a second and leaves nothing", async () => {
  await putDay(bed.url);
  const stop = new AbortController();
  let learns: () => void = () => {};
  const begun = new Promise<void>((done) => (learns = done));
  const job = train(open.deps);
  const watched = {
    ...job,
    run: (context: Parameters<typeof job.run>[0]) =>
      job.run({
        ...context,
        progress(done, total, words) {
          if (words?.startsWith("learns") === true) learns();
          context.progress(done, total, words);
        },
      }),
  };
  const first = byHand({}, stop.signal, watched);
  await begun;
  const second = await byHand();
  expect([second.code, second.last]).toEqual([1, expect.stringContaining("train runs already")]);
  const stopped_ms = performance.now();
  stop.abort();
  expect((await first).code).toBe(130);
  expect(performance.now() - stopped_ms).toBeLessThan(1_000);
  expect(await open.deps.models.list(9)).toEqual([]);
});

test("case 1: killed in the middle of a training, nothing is half done, and another process begins it again", async () => {
  await putDay(bed.url);
  const { runs } = open.deps.duties;
  await runs.ask({ job: "train", at_ms: NOW_MS, asked: NOTHING_ASKED, holder: null }, 1_000);
  const doomed = Bun.spawn(
    [process.execPath, fileURLToPath(new URL("./doomed-training.fixture.ts", import.meta.url)), bed.url],
    {
      stdout: "pipe",
    },
  );
  const { value } = await doomed.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("learns\n");
  doomed.kill("SIGKILL");
  await doomed.exited;
  expect(await open.deps.models.list(9)).toEqual([]);
  let attempt = null;
  while (attempt === null) {
    attempt = await runs.take(["train"], [], "heir", 10_000);
    if (attempt === null) await Bun.sleep(50);
  }
  const ended = await runAttempt(train(open.deps), attempt, {
    runs,
    clock: open.deps.clock,
    signal: new AbortController().signal,
    on_stop: "hand-back",
  });
  expect(ended).toMatchObject({ kind: "done", result: { trained: true, state: "champion" } });
  expect(await open.deps.models.list(9)).toHaveLength(1);
});
