/** `/api/jobs`: what runs by itself at certain times, how it went, and asking for a run. */
import { z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { ProblemError, shown } from "../src/core/errors.ts";
import { successShare, type JobFlag, type JobRun, type JobStatus } from "../src/core/job.ts";
import { limits } from "../src/core/limits.ts";
import { formatInstant, parseInstant } from "../src/core/time.ts";
import type { JobsDesk } from "../src/serving/jobs.ts";
import { objectAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, limit, queryOf, wholeParameter } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { jobSchema, runSchema, startSchema } from "./schema/jobs.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";

export interface JobsDeps extends Pick<ReadDeps, "clock"> {
  serving: Pick<ReadDeps["serving"], "cursor">;
}

const RUNS = 50;
const BODY_BYTES_MAX = 64 * 1024;
const tags = ["Jobs"];
const name = key("Name of the job.", "retention");

export function jobRoutes({ serving, clock }: JobsDeps, desk: JobsDesk) {
  /** What jobs did is known as of the newest sign of any run. */
  const metaOf = async (runs: readonly (JobRun | null)[]) => {
    const now_ms = clock.now();
    const newest = Math.max(
      ...runs.map((run) => run?.ended_ms ?? run?.started_ms ?? run?.scheduled_for_ms ?? -Infinity),
    );
    const known = Number.isFinite(newest);
    return {
      cursor: await serving.cursor(),
      layer: "batch" as const,
      as_of: known ? formatInstant(newest) : null,
      age_ms: known ? Math.max(0, Math.round(now_ms - newest)) : null,
      // A job that is not due is not stale; each says for itself how long it is overdue.
      stale: false,
      coverage: 1,
    };
  };
  const told = (run: JobRun): z.output<typeof runSchema> => toldOf(run, clock.now());

  const list = newRoutes().openapi(
    route({
      method: "get",
      path: "/api/jobs",
      operationId: "jobs",
      summary: "The jobs: when they are due, what runs, how the last run went",
      tags,
      "x-scope": "read",
      request: { query: queryOf({}) },
      responses: { ...objectAnswer("The jobs.", answerOf(z.array(jobSchema))), ...problems(400, 503) },
    }),
    async (c) => {
      const jobs = await desk.now();
      const meta = await metaOf(jobs.flatMap(({ open, last }) => [open, last]));
      return presentJson(c, { data: jobs.map((job) => jobOf(job, told)), meta });
    },
  );

  const runs = list.openapi(
    route({
      method: "get",
      path: "/api/jobs/{name}/runs",
      operationId: "jobRuns",
      summary: "Runs of a job, newest first",
      description: "Of the last 30 days.",
      tags,
      "x-scope": "read",
      request: {
        params: z.object({ name }),
        query: queryOf({
          limit: limit(limits.job_runs_max).openapi({
            description: `Runs at most, 1 to ${limits.job_runs_max}; ${RUNS} without it.`,
          }),
        }),
      },
      responses: { ...objectAnswer("Its runs.", answerOf(z.array(runSchema))), ...problems(400, 404, 503) },
    }),
    async (c) => {
      const found = await desk.runs(c.req.valid("param").name, c.req.valid("query").limit ?? RUNS);
      return presentJson(c, { data: found.map(told), meta: await metaOf(found) });
    },
  );

  const one = runs.openapi(
    route({
      method: "get",
      path: "/api/jobs/{name}/runs/{run_id}",
      operationId: "jobRun",
      summary: "One run of a job: how far it is, or how it ended",
      tags,
      "x-scope": "read",
      request: {
        params: z.object({ name, run_id: wholeParameter(1, 999_999_999, "1", "Identifier of the run.") }),
        query: queryOf({}),
      },
      responses: { ...objectAnswer("The run.", answerOf(runSchema)), ...problems(400, 404, 503) },
    }),
    async (c) => {
      const asked = c.req.valid("param");
      const run = await desk.run(asked.name, asked.run_id);
      return presentJson(c, { data: told(run), meta: await metaOf([run]) });
    },
  );

  return one.openapi(
    route({
      method: "post",
      path: "/api/jobs/{name}/runs",
      operationId: "startJob",
      summary: "Run a job now",
      description:
        "A process with the role jobs begins it within seconds; Location tells how it does. 409 while one of the job runs or waits, and for a job that only a command runs.",
      tags,
      "x-scope": "operate",
      middleware: [bodyLimit({ maxSize: BODY_BYTES_MAX, onError: tooLarge })],
      request: {
        params: z.object({ name }),
        query: queryOf({}),
        body: { required: false, content: { "application/json": { schema: startSchema } } },
      },
      responses: {
        202: {
          ...objectAnswer("It waits to be begun.", z.object({ data: runSchema }), 202)[202]!,
          headers: { Location: { description: "The run.", schema: { type: "string" as const } } },
        },
        ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
      },
    }),
    async (c) => {
      const { name: job } = c.req.valid("param");
      // Without a body nothing is asked for; the validator hands out {} then.
      const { from, to, flags = {} } = c.req.valid("json");
      const run = await desk.start(job, {
        from_ms: instantAt("from", from),
        to_ms: instantAt("to", to),
        flags,
      });
      const answer = await presentJson(c, { data: told(run) }, "no-store", 202);
      answer.headers.set("location", `/api/jobs/${encodeURIComponent(run.job)}/runs/${run.run_id}`);
      return answer;
    },
  );
}

const tooLarge = (): never => {
  throw new ProblemError({ name: "too-large", detail: `The body must have at most ${BODY_BYTES_MAX} bytes` });
};

function instantAt(field: "from" | "to", text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseInstant(text);
  const rule =
    ms === null
      ? "must be an ISO 8601 instant with seconds and an offset or Z, like 2026-11-21T10:20:00Z"
      : ms < limits.event_time_min_ms
        ? `must not be before ${formatInstant(limits.event_time_min_ms)}`
        : null;
  if (rule === null) return ms;
  throw new ProblemError({
    name: "invalid-body",
    detail: `/${field} = ${shown(text)} ${rule}`,
    errors: [{ pointer: `/${field}`, value: shown(text), rule }],
  });
}

const instantOf = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));

const toldOf = (run: JobRun, now_ms: number): z.output<typeof runSchema> => ({
  run_id: run.run_id,
  job: run.job,
  state: run.state,
  trigger: run.trigger,
  scheduled_for: formatInstant(run.scheduled_for_ms),
  from: instantOf(run.asked.from_ms),
  to: instantOf(run.asked.to_ms),
  attempts: run.attempts,
  started: instantOf(run.started_ms),
  ended: instantOf(run.ended_ms),
  duration_ms:
    run.started_ms === null ? null : Math.max(0, Math.round((run.ended_ms ?? now_ms) - run.started_ms)),
  progress_done: run.progress?.done ?? null,
  progress_total: run.progress?.total ?? null,
  progress_words: run.progress?.words ?? null,
  result: run.result,
  error: run.error,
});

function jobOf(
  status: JobStatus,
  told: (run: JobRun) => z.output<typeof runSchema>,
): z.output<typeof jobSchema> {
  const { job, open, last } = status;
  return {
    job: job.name,
    label: job.label,
    doc: job.doc,
    schedule: job.schedule?.cron ?? null,
    schedule_words: job.schedule?.words ?? null,
    span: job.span,
    flags: Object.entries(job.flags).map(([flag, its]) => flagOf(flag, its)),
    command_only: job.command_only,
    next_due: instantOf(status.next_due_ms),
    overdue_ms: Math.round(status.overdue_ms),
    open: open === null ? null : told(open),
    last: last === null ? null : told(last),
    runs: status.ended,
    runs_done: status.done,
    success_share: successShare(status),
    last_success: instantOf(status.last_done_ms),
  };
}

const flagOf = (flag: string, its: JobFlag) => ({
  flag,
  kind: its.kind,
  doc: its.doc,
  one_of: its.kind === "text" && its.one_of !== undefined ? [...its.one_of] : null,
  least: its.kind === "whole" ? its.least : null,
  most: its.kind === "whole" ? its.most : null,
  required: its.kind === "text" && its.usual === null,
});
