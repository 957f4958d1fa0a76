/** `/api/jobs` on a real PostgreSQL: as documented, and one clear answer for what cannot be asked. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { DeclaredJob, JobSchedule } from "../src/core/job.ts";
import { days, hours, systemClock } from "../src/core/time.ts";
import { openPostgresDuties, type Duties } from "../src/history/duties.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { jobsDesk, type JobsDesk } from "../src/serving/jobs.ts";
import { fixture } from "../test/api-fixture.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { jobSchema, runSchema } from "./schema/jobs.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 10, 20);
const clock = { now: () => NOW_MS, monotonic: () => performance.now() };
const hourly: JobSchedule = {
  cron: "0 * * * *",
  words: "every hour",
  next: (ms) => (Math.floor(ms / hours(1)) + 1) * hours(1),
  last: (ms) => Math.floor(ms / hours(1)) * hours(1),
};
const jobOf = (name: string, more: Partial<DeclaredJob> = {}): DeclaredJob => ({
  name,
  label: name,
  doc: "What it does.",
  schedule: null,
  span: null,
  flags: {},
  command_only: false,
  ...more,
});
const jobs = [
  jobOf("hourly", { schedule: hourly }),
  jobOf("backfill", {
    span: "day",
    flags: {
      stream: { kind: "text", usual: "traffic", one_of: ["traffic", "weather"], doc: "which" },
      rate: { kind: "whole", usual: 5, least: 1, most: 9, doc: "how fast" },
      dry: { kind: "yes", doc: "only tell" },
    },
  }),
  jobOf("restore", { command_only: true }),
];

let database: TestDatabase;
let duties: Duties;
let desk: JobsDesk;
let app: Awaited<ReturnType<typeof fixture>>["app"];

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  await history.close();
  duties = openPostgresDuties({ url: database.url });
  desk = jobsDesk({ jobs, runs: duties.runs, clock });
  ({ app } = await fixture({ jobs: desk, clock }));
});
afterAll(async () => {
  await duties.close();
  await database.drop();
});

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const listSchema = z.object({ data: z.array(jobSchema.strict()), meta: z.looseObject({}) });
const runsSchema = z.object({ data: z.array(runSchema.strict()), meta: z.looseObject({}) });
const listed = async () => {
  const { data } = listSchema.parse(await (await app.request("/api/jobs")).json());
  return new Map(data.map((one) => [one.job, one]));
};
const problemSchema = z.object({
  type: z.string(),
  detail: z.string(),
  errors: z.array(z.looseObject({})).optional(),
});

test("asked for, taken, done: the list, the history and the run tell it all the way", async () => {
  const before = (await listed()).get("hourly")!;
  expect(before).toMatchObject({
    schedule: "0 * * * *",
    schedule_words: "every hour",
    next_due: "2026-11-21T11:00:00Z",
    overdue_ms: 0,
    open: null,
    last: null,
    runs: 0,
    success_share: null,
  });
  const asked = await app.request("/api/jobs/hourly/runs", { method: "POST" });
  expect(asked.status).toBe(202);
  const { data: run } = z.object({ data: runSchema.strict() }).parse(await asked.json());
  expect(run).toMatchObject({
    state: "queued",
    trigger: "hand",
    scheduled_for: "2026-11-21T10:20:00Z",
    duration_ms: null,
  });
  const location = asked.headers.get("location")!;
  expect(location).toBe(`/api/jobs/hourly/runs/${run.run_id}`);

  const attempt = await duties.runs.take(["hourly"], [], "r1", 60_000);
  await duties.runs.beat(attempt!, 60_000, { done: 2, total: 8, words: "days" });
  expect((await listed()).get("hourly")!.open).toMatchObject({
    state: "running",
    progress_done: 2,
    progress_total: 8,
    progress_words: "days",
  });
  await duties.runs.end(attempt!, { kind: "done", result: { rows: 12, words: "all is well" } });
  const after = (await listed()).get("hourly")!;
  expect(after).toMatchObject({ open: null, runs: 1, runs_done: 1, success_share: 1 });
  expect(after.last).toMatchObject({ state: "done", result: { rows: 12, words: "all is well" } });
  const { data: history } = runsSchema.parse(
    await (await app.request("/api/jobs/hourly/runs?limit=5")).json(),
  );
  expect(history.map(({ run_id, state }) => [run_id, state])).toEqual([[run.run_id, "done"]]);
  const one = await app.request(location);
  expect(z.object({ data: runSchema.strict() }).parse(await one.json()).data).toEqual(history[0]!);
});

test("a span and flags reach whoever runs it", async () => {
  const body = {
    from: "2026-11-20T00:00:00+01:00",
    to: "2026-11-21T00:00:00Z",
    flags: { stream: "weather", rate: 9, dry: true },
  };
  const asked = await app.request("/api/jobs/backfill/runs", json(body));
  expect(asked.status).toBe(202);
  const attempt = await duties.runs.take(["backfill"], [], "r1", 60_000);
  expect(attempt!.run.asked).toEqual({
    from_ms: Date.UTC(2026, 10, 19, 23),
    to_ms: Date.UTC(2026, 10, 21),
    flags: { stream: "weather", rate: 9, dry: true },
  });
  await duties.runs.end(attempt!, { kind: "failed", error: "no such stream", again_ms: null });
  expect((await listed()).get("backfill")).toMatchObject({
    runs: 1,
    runs_done: 0,
    success_share: 0,
    last: { error: "no such stream" },
  });
});

test("two who start the same job at once: one is told 202, the other 409 in words", async () => {
  const answers = await Promise.all([1, 2].map(async () => app.request("/api/jobs/hourly/runs", json({}))));
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([202, 409]);
  const refused = answers.find(({ status }) => status === 409)!;
  expect(problemSchema.parse(await refused.json())).toMatchObject({
    type: "/problems/conflict",
    detail: "The job hourly runs already, or waits to; ask again when it has ended",
  });
  const attempt = await duties.runs.take(["hourly"], [], "r1", 60_000);
  expect((await app.request("/api/jobs/hourly/runs", { method: "POST" })).status).toBe(409);
  await duties.runs.end(attempt!, { kind: "done", result: {} });
});

describe("what cannot be is one clear answer", () => {
  const span = (from: string, to: string) => ({ from, to });
  const wrong: readonly (readonly [
    what: string,
    job: string,
    body: unknown,
    status: number,
    detail: string,
  ])[] = [
    [
      "a job that does not exist",
      "sonar",
      {},
      404,
      'There is no job "sonar"; there are hourly, backfill, restore',
    ],
    [
      "a job of the command alone",
      "restore",
      {},
      409,
      "The job restore is run by its command only: bun run job restore",
    ],
    [
      "from after to",
      "backfill",
      span("2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z"),
      422,
      '/from = "2026-11-21T00:00:00Z" must be before to, which is 2026-11-20T00:00:00Z',
    ],
    [
      "a span of ten years",
      "backfill",
      span("2016-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
      422,
      '/from = "2016-11-21T00:00:00Z" must not be more than 366 days before to',
    ],
    [
      "a span without its end",
      "backfill",
      { from: "2026-11-21T00:00:00Z" },
      422,
      "/to must be given: a span has both ends",
    ],
    [
      "a span for a job that takes none",
      "hourly",
      span("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
      422,
      '/from = "2026-11-20T00:00:00Z" must be left out: hourly takes no span',
    ],
    [
      "no instant",
      "backfill",
      span("yesterday", "2026-11-21T00:00:00Z"),
      422,
      '/from = "yesterday" must be an ISO 8601 instant with seconds and an offset or Z, like 2026-11-21T10:20:00Z',
    ],
    [
      "an instant of the last century",
      "backfill",
      span("1999-01-01T00:00:00Z", "2026-11-21T00:00:00Z"),
      422,
      '/from = "1999-01-01T00:00:00Z" must not be before 2000-01-01T00:00:00Z',
    ],
    [
      "a flag that it has not",
      "backfill",
      { flags: { toString: "x" } },
      422,
      '/flags/toString = "x" is no flag of backfill; there are stream, rate, dry',
    ],
    [
      "a flag out of bounds",
      "backfill",
      { flags: { rate: 10 } },
      422,
      "/flags/rate = 10 must be a whole number from 1 to 9",
    ],
    [
      "a flag of another kind",
      "backfill",
      { flags: { dry: "yes" } },
      422,
      '/flags/dry = "yes" must be true or false',
    ],
    [
      "a flag that is an object",
      "backfill",
      { flags: { dry: {} } },
      422,
      "/flags/dry = {} must be a text, a number, true or false",
    ],
    ["a field that is unknown", "backfill", { since: "x" }, 422, "/since is not known here"],
    ["no object", "backfill", [], 422, "the body = [] must be an object"],
  ];
  for (const [what, job, body, status, detail] of wrong)
    test(what, async () => {
      const answer = await app.request(`/api/jobs/${job}/runs`, json(body));
      expect([answer.status, problemSchema.parse(await answer.json()).detail]).toEqual([status, detail]);
    });

  test("nothing of it was queued", async () => {
    expect((await listed()).get("backfill")!.open).toBeNull();
    expect((await listed()).get("restore")!.last).toBeNull();
  });

  test("an address, a limit or a body that cannot be", async () => {
    const get = async (path: string): Promise<number> => (await app.request(path)).status;
    expect(await get("/api/jobs/sonar/runs")).toBe(404);
    expect(await get("/api/jobs/hourly/runs/999999")).toBe(404);
    expect(await get("/api/jobs/backfill/runs/1")).toBe(404);
    expect(await get("/api/jobs/hourly/runs/x")).toBe(400);
    expect(await get("/api/jobs/hourly/runs?limit=0")).toBe(400);
    expect(await get("/api/jobs/hourly/runs?limit=501")).toBe(400);
    expect(await get("/api/jobs?limit=1")).toBe(400);
    const post = async (init: RequestInit): Promise<number> =>
      (await app.request("/api/jobs/hourly/runs", { method: "POST", ...init })).status;
    const headers = { "content-type": "application/json" };
    expect(await post({ headers, body: "{" })).toBe(400);
    expect(await post({ headers, body: JSON.stringify({ flags: { a: "x".repeat(70_000) } }) })).toBe(413);
  });
});

test("to start a job wants the operator's token where one is set; to look does not", async () => {
  const { app: closed } = await fixture({ jobs: desk, clock, admin_token: "0123456789abcdef" });
  expect((await closed.request("/api/jobs/hourly/runs", json({}))).status).toBe(401);
  expect((await closed.request("/api/jobs")).status).toBe(200);
  expect(
    (await closed.request("/api/jobs/hourly/runs", json({}, { authorization: "Bearer 0123456789abcdef" })))
      .status,
  ).toBe(202);
});

test("what was due and nobody began is overdue, but not what was due before anybody looked", async () => {
  let now_ms = NOW_MS;
  const other = jobsDesk({
    jobs: [jobOf("late", { schedule: hourly }), jobOf("hourly", { schedule: hourly })],
    runs: duties.runs,
    clock: { now: () => now_ms, monotonic: () => performance.now() },
  });
  const overdue = async () => (await other.now()).map(({ overdue_ms }) => overdue_ms);
  expect((await overdue())[0]).toBe(0);
  now_ms += days(1);
  expect(await overdue()).toEqual([hours(1) / 3, hours(1) / 3]);
  await duties.runs.due({ job: "late", due_ms: hourly.last(now_ms), trigger: "schedule", at_first: false });
  expect((await overdue())[0]).toBe(hours(1) / 3);
  await duties.runs.take(["late"], [], "r1", 60_000);
  expect((await overdue())[0]).toBe(0);
});
