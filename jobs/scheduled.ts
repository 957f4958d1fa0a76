/**
 * The jobs of a process with the role jobs: puts what is due in the queue, once over all replicas, and runs what waits there,
 * whoever asked for it. What was due while nobody ran is made up for once, by its last time. A job that fails stops no other.
 */
import { isAway } from "../src/core/errors.ts";
import type { JobRun, JobSchedule } from "../src/core/job.ts";
import { limits } from "../src/core/limits.ts";
import { pause } from "../src/core/pause.ts";
import type { Clock } from "../src/core/time.ts";
import type { JobRuns } from "../src/history/job-runs.ts";
import type { Job } from "./job.ts";
import { runAttempt, type Ended, type RunnerOptions } from "./runner.ts";
import { scheduleOf } from "./schedule.ts";
import type { Service } from "./service.ts";

export interface ScheduledOptions extends Pick<RunnerOptions, "lease_ms" | "beat_ms" | "again_ms"> {
  jobs: readonly Job[];
  runs: JobRuns;
  /** The city's. */
  zone: string;
  /** Name of this process among its replicas. */
  holder: string;
  clock: Clock;
  /** A run ended, well or not, or is to be tried again. */
  onEnded: (run: JobRun, ended: Ended) => void;
  /** The database is away: tried again in a while. */
  onAway: (message: string) => void;
  look_ms?: number;
}

interface Times {
  job: Job;
  schedule: JobSchedule;
  next_ms: number;
}

export function scheduled(options: ScheduledOptions): Service {
  const { jobs, runs, zone, holder, clock, onEnded, onAway, look_ms = limits.job_look_ms } = options;
  const { lease_ms = limits.job_lease_ms } = options;
  const by_name = new Map(jobs.map((job) => [job.name, job]));
  const names = jobs.filter(({ command_only }) => command_only !== true).map(({ name }) => name);
  const command_only = jobs.filter((job) => job.command_only === true).map(({ name }) => name);

  return {
    name: "scheduled-jobs",
    async run(signal) {
      const began_ms = clock.now();
      const times = jobs.flatMap((job): Times[] =>
        job.schedule === null ? [] : [{ job, schedule: scheduleOf(job.schedule, zone), next_ms: -Infinity }],
      );
      const running = new Set<Promise<void>>();
      let fault: unknown = null;
      try {
        while (!signal.aborted && fault === null) {
          try {
            await queueDue(times, began_ms);
            while (
              !signal.aborted &&
              running.size < limits.job_running_max &&
              (await takeNext(running, signal, (error) => (fault ??= error)))
            );
          } catch (error) {
            if (!isAway(error)) throw error;
            onAway(error.message);
          }
          await pause(look_ms, signal);
        }
      } finally {
        await Promise.all(running);
      }
      if (fault !== null) throw fault;
    },
  };

  async function queueDue(times: readonly Times[], began_ms: number): Promise<void> {
    for (const one of times) {
      const now_ms = clock.now();
      if (now_ms < one.next_ms) continue;
      const due_ms = one.schedule.last(now_ms);
      const trigger = due_ms < began_ms ? ("catch-up" as const) : ("schedule" as const);
      await runs.due({ job: one.job.name, due_ms, trigger, at_first: one.job.at_first === true });
      one.next_ms = one.schedule.next(now_ms);
    }
  }

  /** @returns false when nothing waits. */
  async function takeNext(
    running: Set<Promise<void>>,
    signal: AbortSignal,
    onFault: (error: unknown) => void,
  ): Promise<boolean> {
    const attempt = await runs.take(names, command_only, holder, lease_ms);
    const job = attempt === null ? undefined : by_name.get(attempt.run.job);
    if (attempt === null || job === undefined) return false;
    if (signal.aborted) {
      await runs.end(attempt, { kind: "handed-back" });
      return false;
    }
    const work = runAttempt(job, attempt, { ...options, signal, on_stop: "hand-back" })
      .then(
        (ended) => onEnded(attempt.run, ended),
        (error: unknown) => {
          if (!isAway(error)) onFault(error);
          else onAway(error.message);
        },
      )
      .finally(() => running.delete(work));
    running.add(work);
    return true;
  }
}
