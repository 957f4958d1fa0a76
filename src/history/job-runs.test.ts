/** Runs of jobs over several replicas, on a real PostgreSQL and by its clock. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { NOTHING_ASKED } from "../core/job.ts";
import { limits } from "../core/limits.ts";
import { days, hours, systemClock } from "../core/time.ts";
import { openSql, type Sql } from "../postgres.ts";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { openPostgresDuties, type Duties } from "./duties.ts";
import type { Attempt, JobRuns } from "./job-runs.ts";
import { openPostgresHistory } from "./postgres-history.ts";

let database: TestDatabase;
let replicas: Duties[];
let sql: Sql;

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  await history.close();
  replicas = Array.from({ length: 4 }, () => openPostgresDuties({ url: database.url }));
  sql = openSql(database.url, { max: 1, application_name: "test", statement_timeout_ms: 5_000 });
});
afterAll(async () => {
  await Promise.all(replicas.map((one) => one.close()));
  await sql.end();
  await database.drop();
});

const LEASE_MS = 60_000;
const runsOf = (i: number): JobRuns => replicas[i]!.runs;
const due = (job: string, due_ms: number) => ({ job, due_ms, trigger: "schedule" as const, at_first: false });
const take = (
  i: number,
  job: string,
  lease_ms = LEASE_MS,
  command_only: string[] = [],
): Promise<Attempt | null> => runsOf(i).take([job], command_only, `r${i}`, lease_ms);
const done = { kind: "done", result: { rows: 1 } } as const;
const ask = (i: number, job: string, holder: string | null = null) =>
  runsOf(i).ask({ job, at_ms: Date.now(), asked: NOTHING_ASKED, holder }, LEASE_MS);

/** Its lease ends without a beat, as when its process was killed. */
async function die({ run }: Attempt): Promise<void> {
  await sql`update job_runs set until = clock_timestamp() - interval '1 ms' where run_id = ${run.run_id}`;
}

test("what is due is queued once and taken once, however many replicas ask, and never again once it is done", async () => {
  await Promise.all(replicas.map(({ runs }) => runs.due(due("daily", 0))));
  const taken = await Promise.all(replicas.map((_, i) => take(i, "daily")));
  const mine = taken.find((one) => one !== null);
  expect(taken.filter((one) => one !== null)).toHaveLength(1);
  expect(mine!.run).toMatchObject({
    state: "running",
    trigger: "schedule",
    scheduled_for_ms: 0,
    attempts: 1,
  });
  await runsOf(0).end(mine!, done);
  // A replica that comes late, or whose clock is behind.
  await runsOf(1).due(due("daily", 0));
  await runsOf(1).due(due("daily", -days(1)));
  expect(await take(1, "daily")).toBeNull();
  await runsOf(2).due(due("daily", days(1)));
  expect((await take(3, "daily"))!.run.scheduled_for_ms).toBe(days(1));
});

test("one run of a job at a time: the next waits; of several that were due meanwhile only the last is made up for", async () => {
  await runsOf(0).due(due("slow", 0));
  const first = await take(0, "slow");
  for (const n of [1, 2, 3]) await runsOf(1).due(due("slow", hours(n)));
  expect(await take(1, "slow")).toBeNull();
  await runsOf(0).end(first!, done);
  expect((await take(1, "slow"))!.run.scheduled_for_ms).toBe(hours(3));
  expect((await runsOf(0).list("slow", 10)).map(({ scheduled_for_ms }) => scheduled_for_ms)).toEqual([
    hours(3),
    0,
  ]);
});

test("what was due before this installation was there was not missed, unless it is for its beginning too", async () => {
  const missed = (job: string, due_ms: number, at_first = false) =>
    runsOf(0).due({ job, due_ms, trigger: "catch-up", at_first });
  await missed("yesterday", Date.now() - days(1));
  expect(await take(0, "yesterday")).toBeNull();
  await missed("yesterday", Date.now() + 1_000);
  expect((await take(0, "yesterday"))!.run.trigger).toBe("catch-up");
  await missed("at-first", Date.now() - days(1), true);
  expect(await take(0, "at-first")).not.toBeNull();
});

test("a run that fails is tried again after its wait, a few times in all, and remembers why", async () => {
  await runsOf(0).due(due("full", 0));
  for (let n = 1; n <= limits.job_attempts_max; n++) {
    const attempt = await take(n % 4, "full");
    expect(attempt!.run.attempts).toBe(n);
    await runsOf(n % 4).end(attempt!, {
      kind: "failed",
      error: "the disk is full",
      again_ms: n === 1 ? hours(1) : 0,
    });
    if (n > 1) continue;
    const [waiting] = await runsOf(0).list("full", 1);
    expect(waiting).toMatchObject({ state: "queued", error: "the disk is full", attempts: 1 });
    expect(await take(0, "full")).toBeNull();
    await sql`update job_runs set until = clock_timestamp() where job = 'full'`;
  }
  expect(await take(0, "full")).toBeNull();
  const { open, last } = await runsOf(0).now(["full"]);
  expect([open.filter(({ job }) => job === "full"), last]).toMatchObject([
    [],
    [{ state: "failed", error: "the disk is full" }],
  ]);
});

test("a run whose process died is taken over from its note; what the dead one says when it wakes up counts no longer", async () => {
  await runsOf(0).due(due("long", 0));
  const first = await take(0, "long");
  expect(await runsOf(0).note(first!, { at: "b" })).toBe(true);
  expect(await runsOf(0).beat(first!, LEASE_MS, { done: 2, total: 4, words: "days" })).toBe(true);
  expect((await runsOf(1).now([])).open.find(({ job }) => job === "long")?.progress).toEqual({
    done: 2,
    total: 4,
    words: "days",
  });
  expect(await take(1, "long")).toBeNull();
  await die(first!);
  const second = await take(1, "long");
  expect([second!.run.attempts, second!.resume]).toEqual([2, { at: "b" }]);
  expect(await runsOf(0).beat(first!, LEASE_MS, null)).toBe(false);
  expect(await runsOf(0).note(first!, { at: "z" })).toBe(false);
  await runsOf(0).end(first!, { kind: "failed", error: "late", again_ms: 0 });
  await runsOf(1).end(second!, done);
  expect(await runsOf(0).one("long", first!.run.run_id)).toMatchObject({
    state: "done",
    error: null,
    result: { rows: 1 },
  });
});

test("also under the same name: a process that was started anew is not the one that died", async () => {
  await runsOf(0).due(due("again", 0));
  const first = await take(0, "again");
  await die(first!);
  await take(0, "again");
  expect(await runsOf(0).beat(first!, LEASE_MS, null)).toBe(false);
});

test("a run that dies each time has failed at last; one of a command has failed at once", async () => {
  await runsOf(0).due(due("deadly", 0));
  for (let n = 0; n < limits.job_attempts_max; n++) await die((await take(0, "deadly"))!);
  expect(await take(0, "deadly")).toBeNull();
  expect((await runsOf(0).list("deadly", 1))[0]).toMatchObject({
    state: "failed",
    error: "its process ended in the middle of it",
  });
  const command = await ask(0, "restore", "command 1");
  await die({ run: command!, holder: "command 1", resume: null });
  await runsOf(1).take(["deadly"], ["restore"], "r1", LEASE_MS);
  expect((await runsOf(0).list("restore", 1))[0]!.state).toBe("failed");
});

test("handed back by a process that ends, a run goes on elsewhere at once, and no attempt is used up", async () => {
  await runsOf(0).due(due("moved", 0));
  for (let n = 0; n < 2 * limits.job_attempts_max; n++) {
    const attempt = await take(n % 4, "moved");
    expect(attempt!.run.attempts).toBe(1);
    await runsOf(n % 4).end(attempt!, { kind: "handed-back" });
  }
});

test("two who ask for the same job at once: one gets a run, the other none, whoever runs it", async () => {
  const asked = await Promise.all(
    replicas.map((_, i) => ask(i, "by-hand", i % 2 === 0 ? null : `command ${i}`)),
  );
  expect(asked.filter((one) => one !== null).length).toBeGreaterThanOrEqual(1);
  // One may wait in the queue while another has begun at the same moment; two never run at once, nor wait.
  const states = (await runsOf(0).list("by-hand", 10)).map(({ state }) => state);
  expect(new Set(states).size).toBe(states.length);
  expect(await ask(0, "by-hand")).toBeNull();
  expect(await ask(0, "by-hand", "command 9")).toBeNull();
});

test("what is asked for by hand is taken before what is due, and with what it was asked for", async () => {
  await runsOf(0).due(due("both", 0));
  const asked = { from_ms: 0, to_ms: days(1), flags: { stream: "traffic", dry: true, n: 3 } };
  const run = await runsOf(1).ask({ job: "both", at_ms: hours(5), asked, holder: null }, LEASE_MS);
  expect(run).toMatchObject({ state: "queued", trigger: "hand", asked, attempts: 0, started_ms: null });
  expect((await take(2, "both"))!.run).toMatchObject({ run_id: run!.run_id, asked, state: "running" });
});

test("a command begins anew what another command's death left behind", async () => {
  const first = await ask(0, "import", "command 1");
  expect(await ask(1, "import", "command 2")).toBeNull();
  await die({ run: first!, holder: "command 1", resume: null });
  expect(await ask(1, "import", "command 2")).toMatchObject({ state: "running", attempts: 1 });
});

test("a command does not wait for a run that nobody takes: a process that is not there would", async () => {
  const waiting = await ask(0, "untaken");
  expect(await ask(1, "untaken", "command 1")).toBeNull();
  await sql`update job_runs set until = clock_timestamp() - interval '61 s' where run_id = ${waiting!.run_id}`;
  expect(await ask(1, "untaken")).toBeNull();
  expect(await ask(1, "untaken", "command 1")).not.toBeNull();
  expect(await runsOf(0).one("untaken", waiting!.run_id)).toMatchObject({
    state: "failed",
    error: "no process took it, and a command began anew",
  });
});

test("words that a database cannot hold keep no run from its end", async () => {
  const odd = "a\0b\ud800c";
  await runsOf(0).due(due("odd", 0));
  const attempt = (await take(0, "odd"))!;
  expect(await runsOf(0).beat(attempt, LEASE_MS, { done: 1, total: NaN, words: odd })).toBe(true);
  expect(await runsOf(0).note(attempt, { odd })).toBe(true);
  await runsOf(0).end(attempt, { kind: "failed", error: odd, again_ms: 0 });
  const again = (await take(0, "odd"))!;
  expect(again.resume).toEqual({ odd: "a\ufffdb\ufffdc" });
  await runsOf(0).end(again, { kind: "done", result: { words: odd, n: Infinity } });
  expect((await runsOf(0).list("odd", 1))[0]!.result).toEqual({ words: "a\ufffdb\ufffdc", n: null });
});

test("the share of runs that were done counts what has ended, and no longer what is a month old", async () => {
  for (const [i, ending] of (
    [done, done, { kind: "failed", error: "x", again_ms: null }] as const
  ).entries()) {
    await runsOf(0).due(due("share", hours(i)));
    await runsOf(0).end((await take(0, "share"))!, ending);
  }
  expect((await runsOf(1).ended()).get("share")).toMatchObject({ ended: 3, done: 2 });
  await sql`update job_runs set ended_at = ended_at - interval '31 days' where job = 'share' and scheduled_for = to_timestamp(0)`;
  expect((await runsOf(1).ended()).get("share")).toMatchObject({ ended: 2, done: 1 });
  // The next end forgets it.
  await runsOf(0).due(due("share", hours(9)));
  await runsOf(0).end((await take(0, "share"))!, done);
  expect(await runsOf(0).list("share", 10)).toHaveLength(3);
});
