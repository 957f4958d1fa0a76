/** Jobs over several processes, on one real PostgreSQL: once per time, one at a time, and on with it when one dies. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { NOTHING_ASKED, type JobRun } from "../src/core/job.ts";
import { HistoryUnavailableError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { hours, minutes, systemClock, type Clock } from "../src/core/time.ts";
import { openPostgresDuties, type Duties } from "../src/history/duties.ts";
import type { JobRuns } from "../src/history/job-runs.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { runByHand } from "./by-hand.ts";
import type { Job, JobContext, JobResult } from "./job.ts";
import { runAttempt } from "./runner.ts";
import { scheduled, type ScheduledOptions } from "./scheduled.ts";

let database: TestDatabase;
let duties: Duties;
let runs: JobRuns;

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  await history.close();
  duties = openPostgresDuties({ url: database.url });
  runs = duties.runs;
});
afterAll(async () => {
  await duties.close();
  await database.drop();
});

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await what()); tries++) {
    expect(tries).toBeLessThan(1_000);
    await Bun.sleep(5);
  }
}

const jobOf = (
  name: string,
  run: (context: JobContext) => Promise<JobResult>,
  more: Partial<Job> = {},
): Job => ({
  name,
  label: name,
  doc: "",
  schedule: null,
  longest_ms: minutes(1),
  run,
  ...more,
});

const QUICK = { look_ms: 5, lease_ms: 400, beat_ms: 20, again_ms: 1 };

/** A process with the role jobs. */
function replica(holder: string, jobs: readonly Job[], more: Partial<ScheduledOptions> = {}) {
  const stop = new AbortController();
  const said: string[] = [];
  const service = scheduled({
    jobs,
    runs,
    zone: "Europe/Berlin",
    holder,
    clock: systemClock,
    onEnded: ({ job }, ended) => said.push(`${job} ${ended.kind}`),
    onAway: (message) => said.push(message),
    ...QUICK,
    ...more,
  });
  const running = service.run(stop.signal);
  return {
    said,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

const clockAt = (start_ms: number) => {
  let now_ms = start_ms;
  const clock: Clock = { now: () => now_ms, monotonic: () => performance.now() };
  return { clock, to: (ms: number) => (now_ms = ms) };
};
const newest = async (job: string): Promise<JobRun> => (await runs.list(job, 1))[0]!;
const askFor = (job: string) => runs.ask({ job, at_ms: Date.now(), asked: NOTHING_ASKED, holder: null }, 400);

test("case 5: due once per time over four replicas, also when a clock jumps ahead and back", async () => {
  const { clock, to } = clockAt(Date.UTC(2027, 0, 1, 10, 30));
  const ran: number[] = [];
  const job = jobOf("hourly", async ({ scheduled_for_ms }) => (ran.push(scheduled_for_ms), {}), {
    schedule: "0 * * * *",
  });
  const replicas = ["a", "b", "c", "d"].map((holder) => replica(holder, [job], { clock }));
  const due = (h: number): number => Date.UTC(2027, 0, 1, h);
  await until(() => ran.length === 1);
  to(due(13) + 1);
  await until(() => ran.length === 2);
  to(due(11) + 1);
  replicas.push(replica("late", [job], { clock }));
  to(due(14) + 1);
  await until(() => ran.length === 3);
  await Promise.all(replicas.map((one) => one.stop()));
  expect(ran).toEqual([due(10), due(13), due(14)]);
  expect((await runs.list("hourly", 9)).map(({ state, trigger }) => `${state} ${trigger}`)).toEqual([
    "done schedule",
    "done schedule",
    "done catch-up",
  ]);
});

test("00:00 and 02:30 run once each on days of 23 and of 25 hours in Europe/Berlin, looked at every minute", async () => {
  for (const [day, first_ms, last_ms] of [
    ["short", Date.UTC(2027, 2, 27, 22, 30), Date.UTC(2027, 2, 28, 21, 30)],
    ["long", Date.UTC(2027, 9, 30, 21, 30), Date.UTC(2027, 9, 31, 22, 30)],
  ] as const) {
    const { clock, to } = clockAt(first_ms);
    const ran: string[] = [];
    const jobs = ["0 0 * * *", "30 2 * * *"].map((schedule, i) =>
      jobOf(
        `${day}-${i}`,
        async ({ scheduled_for_ms }) => (
          ran.push(`${schedule} ${new Date(scheduled_for_ms).toISOString()}`),
          {}
        ),
        { schedule },
      ),
    );
    // What was due the day before has been done.
    for (const { name } of jobs)
      await runs
        .due({ job: name, due_ms: first_ms - 1, trigger: "schedule", at_first: false })
        .then(async () =>
          runs.end((await runs.take([name], [], "before", 400))!, { kind: "done", result: {} }),
        );
    let looks = 0;
    const counting: JobRuns = { ...runs, take: (...args) => (looks++, runs.take(...args)) };
    const one = replica("a", jobs, { clock, runs: counting });
    for (let ms = first_ms; ms < last_ms; ms += minutes(30)) {
      to(ms);
      const seen = looks;
      await until(() => looks > seen + 1);
    }
    await one.stop();
    expect(ran).toEqual(
      day === "short"
        ? ["0 0 * * * 2027-03-27T23:00:00.000Z", "30 2 * * * 2027-03-28T01:00:00.000Z"]
        : ["0 0 * * * 2027-10-30T22:00:00.000Z", "30 2 * * * 2027-10-31T00:30:00.000Z"],
    );
  }
});

test("a job that fails is tried again a few times, says why, and stops no other", async () => {
  let tries = 0;
  const bad = jobOf("bad", () => (tries++, Promise.reject(new Error("no room left"))), {
    schedule: "* * * * *",
  });
  const good = jobOf("good", async () => ({ rows: 3 }), { schedule: "* * * * *" });
  const { clock } = clockAt(Date.UTC(2027, 5, 1));
  const one = replica("a", [bad, good], { clock });
  await until(async () => (await runs.list("bad", 1))[0]?.state === "failed");
  await until(async () => (await runs.list("good", 1))[0]?.state === "done");
  await one.stop();
  expect(tries).toBe(limits.job_attempts_max);
  expect(one.said.filter((text) => text === "bad failed")).toHaveLength(limits.job_attempts_max);
  expect(await newest("bad")).toMatchObject({ error: "no room left", attempts: 3 });
  expect((await newest("good")).result).toEqual({ rows: 3 });
});

test("a process that is killed in the middle of a job: another takes the run over from its note", async () => {
  await askFor("killed");
  const child = Bun.spawn(
    [process.execPath, fileURLToPath(import.meta.resolve("./doomed-job.fixture.ts")), database.url, "killed"],
    { stdout: "pipe" },
  );
  for await (const chunk of child.stdout) if (new TextDecoder().decode(chunk).includes("noted")) break;
  await until(async () => (await newest("killed")).progress?.done === 3);
  const seen: unknown[] = [];
  const job = jobOf("killed", async ({ resume }) => (seen.push(resume), { ok: true }));
  const one = replica("a", [job]);
  // Alive: its beats keep it.
  await Bun.sleep(1_200);
  expect((await newest("killed")).attempts).toBe(1);
  child.kill("SIGKILL");
  await until(async () => (await newest("killed")).state === "done");
  await one.stop();
  expect([seen, (await newest("killed")).attempts]).toEqual([[{ next: "fourth" }], 2]);
});

test("a process that is told to stop hands its run back, and the next one goes on at once", async () => {
  await askFor("moved");
  let began = 0;
  const job = jobOf("moved", async ({ note, resume, signal }) => {
    began++;
    if (resume !== null) return { from: JSON.stringify(resume) };
    await note({ at: 1 });
    await new Promise((done) => signal.addEventListener("abort", done));
    signal.throwIfAborted();
    return {};
  });
  const first = replica("a", [job]);
  await until(() => began === 1);
  await first.stop();
  expect(await newest("moved")).toMatchObject({ state: "queued", attempts: 0 });
  const second = replica("b", [job]);
  await until(async () => (await newest("moved")).state === "done");
  await second.stop();
  expect((await newest("moved")).result).toEqual({ from: '{"at":1}' });
});

test("whose beats are not heard stops before the run can be another's", async () => {
  await askFor("mute");
  const mute = { ...runs, beat: () => Promise.reject(new HistoryUnavailableError("cut off")) };
  const began_ms = performance.now();
  let stopped_ms = Infinity;
  const job = jobOf("mute", async ({ signal }) => {
    await new Promise((done) => signal.addEventListener("abort", done));
    stopped_ms = performance.now();
    throw signal.reason;
  });
  const attempt = await runs.take(["mute"], [], "mute", 400);
  const ended = await runAttempt(job, attempt!, {
    runs: mute,
    clock: systemClock,
    signal: new AbortController().signal,
    on_stop: "hand-back",
    ...QUICK,
  });
  expect(ended.kind).toBe("lost");
  expect(stopped_ms - began_ms).toBeLessThan(400);
  const second = replica("b", [jobOf("mute", async () => ({ ok: true }))]);
  await until(async () => (await newest("mute")).state === "done");
  await second.stop();
});

test("a run that takes too long is stopped and has failed; so has one that throws nothing but a text", async () => {
  const slow = jobOf(
    "slow",
    ({ signal }) =>
      new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason as Error))),
    { longest_ms: 30 },
  );
  const odd = jobOf("odd", async () => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what other people's code may do
    throw "a text";
  });
  await askFor("slow");
  await askFor("odd");
  const one = replica("a", [slow, odd]);
  await until(
    async () => (await newest("slow")).state === "failed" && (await newest("odd")).state === "failed",
  );
  await one.stop();
  // By hand: not tried again.
  expect([
    (await newest("slow")).error,
    (await newest("slow")).attempts,
    (await newest("odd")).error,
  ]).toEqual(["it took longer than 0.03 s, and was stopped", 1, "a text"]);
});

test("a note that is too long is refused, and a result that is too long is not kept", async () => {
  const long = "x".repeat(limits.job_note_chars_max);
  const noting = jobOf("noting", async ({ note }) => (await note({ long }), {}));
  const telling = jobOf("telling", async () => ({ long }));
  await askFor("noting");
  await askFor("telling");
  const one = replica("a", [noting, telling]);
  await until(
    async () => (await newest("noting")).state === "failed" && (await newest("telling")).state === "done",
  );
  await one.stop();
  expect((await newest("noting")).error).toStartWith("a note has 16011 characters");
  expect((await newest("telling")).result).toEqual({ words: "done; what it told is too long to be kept" });
});

test("a command runs it itself, tells its progress, and is refused while another runs it", async () => {
  const go = Promise.withResolvers<void>();
  const job = jobOf(
    "import",
    async ({ from_ms, to_ms, flags, progress }) => {
      progress(1, 4, "days");
      await go.promise;
      progress(4, 4, "days");
      return { rows: 1_234, words: `${from_ms} ${to_ms} ${flags["stream"]} ${flags["rate"]}` };
    },
    {
      flags: {
        stream: { kind: "text", usual: "traffic", doc: "" },
        rate: { kind: "whole", usual: 5, least: 1, most: 9, doc: "" },
      },
    },
  );
  const command = (lines: string[], signal = new AbortController().signal) =>
    runByHand(
      job,
      { from_ms: 0, to_ms: hours(1), flags: { rate: 7 } },
      {
        runs,
        clock: systemClock,
        holder: `command ${Math.random()}`,
        signal,
        print: (line) => lines.push(line),
        ...QUICK,
      },
    );
  const [lines, refused]: [string[], string[]] = [[], []];
  const first = command(lines);
  await until(() => lines.length > 0);
  expect(await command(refused)).toBe(1);
  go.resolve();
  expect(await first).toBe(0);
  expect(lines).toEqual([
    " 25 %  1 of 4 days",
    "100 %  4 of 4 days",
    "done · rows 1,234 · 0 3600000 traffic 7",
  ]);
  expect(refused).toEqual(["import runs already, or waits to; bun run job import again when it has ended"]);
  expect(await newest("import")).toMatchObject({
    trigger: "hand",
    state: "done",
    asked: { from_ms: 0, to_ms: hours(1), flags: { rate: 7 } },
  });
});

test("a command that is stopped has failed, and nobody goes on with it", async () => {
  const stop = new AbortController();
  const job = jobOf(
    "stopped",
    ({ signal }) =>
      new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason as Error))),
  );
  const lines: string[] = [];
  const code = runByHand(job, NOTHING_ASKED, {
    runs,
    clock: systemClock,
    holder: "command 2",
    signal: stop.signal,
    print: (line) => lines.push(line),
    ...QUICK,
  });
  await until(async () => (await runs.list("stopped", 1)).length === 1);
  stop.abort();
  expect([await code, lines]).toEqual([130, ["stopped failed: it was stopped by hand"]]);
  expect(await newest("stopped")).toMatchObject({ state: "failed", error: "it was stopped by hand" });
});
