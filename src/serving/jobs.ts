/** How the jobs do, wherever they run, and what an operator may ask of them. */
import { HistoryUnavailableError, ProblemError, shown } from "../core/errors.ts";
import { askedFault, type DeclaredJob, type JobAsked, type JobRun, type JobStatus } from "../core/job.ts";
import { limits } from "../core/limits.ts";
import { seconds, type Clock } from "../core/time.ts";
import type { JobRuns, RunsEnded } from "../history/job-runs.ts";

export interface JobsDesk {
  /** In the order of their list. @throws {HistoryUnavailableError} */
  now(): Promise<readonly JobStatus[]>;
  /** Newest first. @throws {ProblemError} not-found; {HistoryUnavailableError} */
  runs(name: string, limit: number): Promise<readonly JobRun[]>;
  /** @throws {ProblemError} not-found; {HistoryUnavailableError} */
  run(name: string, run_id: number): Promise<JobRun>;
  /**
   * Puts a run in the queue, for a process with the role jobs.
   *
   * @throws {ProblemError} not-found; invalid-body for what cannot be asked; conflict while one runs or waits, and for
   * jobs that only a command runs; {HistoryUnavailableError}
   */
  start(name: string, asked: JobAsked): Promise<JobRun>;
}

export interface JobsDeskOptions {
  jobs: readonly DeclaredJob[];
  runs: Pick<JobRuns, "now" | "ended" | "list" | "one" | "ask">;
  clock: Pick<Clock, "now" | "monotonic">;
}

/** A month of runs is counted no more often than this. */
const COUNTED_MS = seconds(15);

export function jobsDesk({ jobs, runs, clock }: JobsDeskOptions): JobsDesk {
  const by_name = new Map(jobs.map((job) => [job.name, job]));
  const names = [...by_name.keys()];
  const began_ms = clock.now();
  let counted: { at_ms: number; ended: ReadonlyMap<string, RunsEnded> } | null = null;
  /** A run that ended since the last count is in the next. */
  let newest = "";

  const known = (name: string): DeclaredJob => {
    const job = by_name.get(name);
    if (job === undefined)
      throw new ProblemError({
        name: "not-found",
        detail: `There is no job ${shown(name)}; there are ${names.join(", ")}`,
      });
    return job;
  };

  async function endedOf(last: readonly JobRun[]): Promise<ReadonlyMap<string, RunsEnded>> {
    const ids = last.map(({ run_id, attempts }) => `${run_id}/${attempts}`).join(" ");
    if (counted === null || ids !== newest || clock.monotonic() - counted.at_ms > COUNTED_MS) {
      counted = { at_ms: clock.monotonic(), ended: await runs.ended() };
      newest = ids;
    }
    return counted.ended;
  }

  return {
    async now() {
      const { open, last } = await runs.now(names);
      const ended = await endedOf(last);
      const now_ms = clock.now();
      return jobs.map((job) => {
        const status = {
          job,
          next_due_ms: job.schedule?.next(now_ms) ?? null,
          open: open.find((run) => run.job === job.name) ?? null,
          last: last.find((run) => run.job === job.name) ?? null,
          ...(ended.get(job.name) ?? { ended: 0, done: 0, last_done_ms: null }),
        };
        return { ...status, overdue_ms: overdueOf(status, now_ms, began_ms) };
      });
    },

    async runs(name, limit) {
      return runs.list(known(name).name, limit);
    },

    async run(name, run_id) {
      const run = await runs.one(known(name).name, run_id);
      if (run === null)
        throw new ProblemError({
          name: "not-found",
          detail: `The job ${name} has no run ${run_id}; runs are kept for 30 days`,
        });
      return run;
    },

    async start(name, asked) {
      const job = known(name);
      const fault = askedFault(job, asked);
      if (fault !== null) {
        const { field, value, rule } = fault;
        const pointer = field === "from" || field === "to" ? `/${field}` : `/flags/${field}`;
        const at = value === null ? {} : { value: shown(value) };
        throw new ProblemError({
          name: "invalid-body",
          detail: `${pointer}${value === null ? "" : ` = ${shown(value)}`} ${rule}`,
          errors: [{ pointer, ...at, rule }],
        });
      }
      if (job.command_only)
        throw new ProblemError({
          name: "conflict",
          detail: `The job ${name} is run by its command only: bun run job ${name}`,
        });
      const run = await runs.ask({ job: name, at_ms: clock.now(), asked, holder: null }, limits.job_lease_ms);
      if (run === null)
        throw new ProblemError({
          name: "conflict",
          detail: `The job ${name} runs already, or waits to; ask again when it has ended`,
        });
      return run;
    },
  };
}

/** Nobody knows jobs: for a process without the part, and for tests. */
export const noJobs: JobsDesk = jobsDesk({
  jobs: [],
  runs: {
    now: async () => ({ open: [], last: [] }),
    ended: async () => new Map(),
    list: async () => [],
    one: async () => null,
    ask: () => Promise.reject(new HistoryUnavailableError("There are no jobs here")),
  },
  clock: { now: () => 0, monotonic: () => 0 },
});

/** What was due before anybody looked, and never ran at all, was before this installation's time. */
function overdueOf(
  { job, open, last }: Pick<JobStatus, "job" | "open" | "last">,
  now_ms: number,
  began_ms: number,
): number {
  if (job.schedule === null || open?.state === "running") return 0;
  const due_ms = job.schedule.last(now_ms);
  if (open === null && last === null && due_ms < began_ms) return 0;
  const ran_ms = Math.max(
    last?.scheduled_for_ms ?? -Infinity,
    open !== null && open.attempts > 0 ? open.scheduled_for_ms : -Infinity,
  );
  return ran_ms >= due_ms ? 0 : Math.max(0, now_ms - due_ms);
}
