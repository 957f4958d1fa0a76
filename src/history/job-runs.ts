/**
 * Runs of jobs, in the database that all replicas share and by its clock: who asks for one, who takes it, and who
 * takes it over from a process that died. One run of a job at a time, and one per time it was due.
 */
import type { JobAsked, JobProgress, JobResult, JobRun } from "../core/job.ts";
import { limits } from "../core/limits.ts";
import { sqlState } from "../postgres.ts";
import { runColumns, runOf, type RunRow } from "./job-run-row.ts";
import type { Reader } from "./reader.ts";
import { storable } from "./letter-json.ts";

/** One attempt of a run, held by this process. */
export interface Attempt {
  run: JobRun;
  holder: string;
  /** What the attempt before this one noted last; null for nothing. */
  resume: unknown;
}

export interface Due {
  job: string;
  due_ms: number;
  trigger: "schedule" | "catch-up";
  /** Begun also where the installation is younger than the time it was due. */
  at_first: boolean;
}

export interface Asking {
  job: string;
  /** When it is asked for, by the caller's clock. */
  at_ms: number;
  asked: JobAsked;
  /** Who runs it himself, at once; null: a process with the role jobs is to. */
  holder: string | null;
}

/** How an attempt ended. */
export type Ending =
  | { kind: "done"; result: JobResult }
  /** Tried again after `again_ms`, while attempts are left; null: never. */
  | { kind: "failed"; error: string; again_ms: number | null }
  /** Its process ends: another goes on at once, and it does not count as an attempt. */
  | { kind: "handed-back" };

/** Of all ended runs of a job that are remembered. */
export interface RunsEnded {
  ended: number;
  done: number;
  /** When the newest of those that were done ended; null where none was. */
  last_done_ms: number | null;
}

/** Each throws {HistoryUnavailableError}; what was to be written may be written nevertheless. */
export interface JobRuns {
  /** Puts a run in the queue, once per time it is due; one that still waits for an earlier time gives way to it. */
  due(due: Due): Promise<void>;
  /** @returns The run, or null while one of the job runs, or waits because somebody asked for it. */
  ask(asking: Asking, lease_ms: number): Promise<JobRun | null>;
  /**
   * Takes the next run that waits, or one whose process died, of the jobs named.
   *
   * @param command_only Jobs among them that nobody goes on with: those of dead processes have failed.
   */
  take(
    jobs: readonly string[],
    command_only: readonly string[],
    holder: string,
    lease_ms: number,
  ): Promise<Attempt | null>;
  /** A sign of life. @returns false once the run is another's, or ended. */
  beat(attempt: Attempt, lease_ms: number, progress: JobProgress | null): Promise<boolean>;
  /** Writes down what the next attempt goes on from. @returns false once the run is another's. */
  note(attempt: Attempt, value: object): Promise<boolean>;
  /** What is older than `limits.job_runs_kept_ms` is forgotten. */
  end(attempt: Attempt, ending: Ending): Promise<void>;
  /** What runs and waits, running ones first; and of each job the newest that ended. */
  now(jobs: readonly string[]): Promise<{ open: readonly JobRun[]; last: readonly JobRun[] }>;
  ended(): Promise<ReadonlyMap<string, RunsEnded>>;
  /** Newest first. */
  list(job: string, limit: number): Promise<readonly JobRun[]>;
  one(job: string, run_id: number): Promise<JobRun | null>;
}

/** Another won a race that the constraints decide. */
const UNIQUE_VIOLATION = "23505";

const DIED = "its process ended in the middle of it";
const UNTAKEN = "no process took it, and a command began anew";

/** Texts may come from strangers, as an error's words do: what the server cannot hold must not keep a run from its end. */
const jsonOf = (value: object): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === "string" ? storable(inner) : inner));

export function jobRuns(reader: Reader): JobRuns {
  /** Not repeated after a lost answer: a repeat would find its own run, and take it for another's. */
  const once = <T extends object>(
    what: string,
    text: string,
    parameters: (string | number | boolean | null)[],
  ): Promise<T[]> => reader.use(what, async (sql) => [...(await sql.unsafe<T[]>(text, parameters))]);

  async function unlessTaken(rows: Promise<RunRow[]>): Promise<RunRow | null> {
    try {
      return (await rows)[0] ?? null;
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) return null;
      throw error;
    }
  }

  /** Of an attempt that is still this process's. */
  const mine = (from: number): string =>
    `run_id = $${from}::bigint and holder = $${from + 1} and attempts = $${from + 2}::int and state = 'running'`;
  const me = ({ run, holder }: Attempt): [number, string, number] => [run.run_id, holder, run.attempts];

  return {
    async due({ job, due_ms, trigger, at_first }) {
      await once(
        `queue ${job}`,
        `with at as (select to_timestamp($2::float8 / 1000) as due),
         new as (
           insert into job_runs (job, scheduled_for, holder, state, attempts, until, trigger)
           select $1, due, '', 'queued', 0, clock_timestamp(), $3 from at
           where not exists (select 1 from job_runs where job = $1 and scheduled_for >= due and trigger is distinct from 'hand')
             and (due > (select since from installation) or $3 = 'schedule'
               or ($4::boolean and not exists (select 1 from job_runs where job = $1)))
           on conflict do nothing returning 1 as queued),
         late as (
           delete from job_runs using at where job = $1 and state = 'queued' and trigger <> 'hand' and attempts = 0
             and scheduled_for < due and exists (select 1 from new)),
         failed as (
           update job_runs set state = 'failed', ended_at = clock_timestamp() from at
           where job = $1 and state = 'queued' and trigger <> 'hand' and attempts > 0 and scheduled_for < due
             and exists (select 1 from new))
         select queued from new`,
        [job, due_ms, trigger, at_first],
      );
    },

    async ask({ job, at_ms, asked, holder }, lease_ms) {
      // Who runs it himself begins anew; else whoever takes the queue goes on with what died.
      if (holder !== null)
        await once(
          `end the run of ${job} that died`,
          `update job_runs set state = 'failed', error = $2, ended_at = clock_timestamp()
           where job = $1 and state = 'running' and trigger is not null and until < clock_timestamp() returning 1 as ended`,
          [job, DIED],
        );
      // What nobody has taken for so long waits for a process that is not there.
      if (holder !== null)
        await once(
          `end the run of ${job} that nobody took`,
          `update job_runs set state = 'failed', error = $2, ended_at = clock_timestamp()
           where job = $1 and state = 'queued' and trigger = 'hand' and until < clock_timestamp() - $3::float8 * interval '1 ms'
             and not exists (select 1 from job_runs o where o.job = $1 and o.state = 'running' and o.trigger is not null)
           returning 1 as ended`,
          [job, UNTAKEN, lease_ms],
        );
      const row = await unlessTaken(
        once<RunRow>(
          `ask for ${job}`,
          `insert into job_runs (job, scheduled_for, holder, state, attempts, started_at, until, trigger, asked)
           select $1, coalesce(
               -- A clock that stands still asks twice at the same time.
               (select max(scheduled_for) + interval '1 ms' from job_runs where job = $1
                 and scheduled_for between to_timestamp($2::float8 / 1000) and to_timestamp($2::float8 / 1000) + interval '1 s'),
               to_timestamp($2::float8 / 1000)),
             coalesce($3, ''), case when $3::text is null then 'queued' else 'running' end, case when $3::text is null then 0 else 1 end,
             case when $3::text is null then null else clock_timestamp() end,
             clock_timestamp() + case when $3::text is null then 0 else $4::float8 end * interval '1 ms', 'hand', $5::text::jsonb
           where not exists (
             select 1 from job_runs where job = $1 and trigger is not null
               and (state = 'running' or (state = 'queued' and trigger = 'hand')))
           returning ${runColumns}`,
          [job, at_ms, holder, lease_ms, jsonOf(asked)],
        ),
      );
      return row === null ? null : runOf(row);
    },

    async take(jobs, command_only, holder, lease_ms) {
      await once(
        "end the runs that died",
        `update job_runs set state = 'failed', error = $3, ended_at = clock_timestamp()
         where state = 'running' and trigger is not null and until < clock_timestamp()
           and (attempts >= $1::int or job = any (string_to_array($2, ',')))
         returning 1 as ended`,
        [limits.job_attempts_max, command_only.join(","), DIED],
      );
      const row = await unlessTaken(
        once<RunRow & { resume: unknown }>(
          "take a run",
          `with next (id) as (
             select run_id from job_runs c
             where trigger is not null and job = any (string_to_array($1, ',')) and until < clock_timestamp()
               and (state = 'running' or (state = 'queued' and not exists (
                 select 1 from job_runs o where o.job = c.job and o.state = 'running' and o.trigger is not null)))
             order by state desc, trigger = 'hand' desc, scheduled_for
             limit 1 for update skip locked)
           update job_runs r set state = 'running', holder = $2, attempts = r.attempts + 1, started_at = clock_timestamp(),
             ended_at = null, until = clock_timestamp() + $3::float8 * interval '1 ms', progress = null, error = null
           from next where r.run_id = next.id
           returning ${runColumns}`,
          [jobs.join(","), holder, lease_ms],
        ),
      );
      return row === null ? null : { run: runOf(row), holder, resume: row.resume };
    },

    async beat(attempt, lease_ms, progress) {
      const rows = await reader.rows(
        `prolong ${attempt.run.job}`,
        `update job_runs set until = clock_timestamp() + $1::float8 * interval '1 ms', progress = coalesce($2::text::jsonb, progress)
         where ${mine(3)} returning 1 as mine`,
        [lease_ms, progress === null ? null : jsonOf(progress), ...me(attempt)],
      );
      return rows.length === 1;
    },

    async note(attempt, value) {
      const rows = await reader.rows(
        `note what ${attempt.run.job} has done`,
        `update job_runs set resume = $1::text::jsonb where ${mine(2)} returning 1 as mine`,
        [jsonOf(value), ...me(attempt)],
      );
      return rows.length === 1;
    },

    async end(attempt, ending) {
      const { job } = attempt.run;
      if (ending.kind === "handed-back") {
        await reader.rows(
          `hand ${job} back`,
          `update job_runs set state = 'queued', attempts = attempts - 1, until = clock_timestamp() where ${mine(1)} returning 1 as ended`,
          me(attempt),
        );
        return;
      }
      const [result, error, again_ms] =
        ending.kind === "done"
          ? [jsonOf(ending.result), null, null]
          : [null, storable(ending.error), ending.again_ms];
      await reader.rows(
        `end ${job}`,
        `with old as (
           delete from job_runs where state in ('done', 'failed')
             and ended_at < clock_timestamp() - $1::float8 * interval '1 ms')
         update job_runs set result = $2::text::jsonb, error = left($3::text, 500), ended_at = clock_timestamp(),
           state = case when $3::text is null then 'done' when $4::float8 is null or attempts >= $5::int then 'failed' else 'queued' end,
           until = clock_timestamp() + coalesce($4::float8, 0) * interval '1 ms'
         where ${mine(6)} returning 1 as ended`,
        [limits.job_runs_kept_ms, result, error, again_ms, limits.job_attempts_max, ...me(attempt)],
      );
    },

    async now(jobs) {
      const rows = await reader.rows<RunRow>(
        "read what jobs do",
        `select ${runColumns} from (
           (select * from job_runs where state in ('queued', 'running') and trigger is not null)
           union all
           (select last.* from unnest(string_to_array($1, ',')) as n (job), lateral (
              select * from job_runs r where r.job = n.job and state in ('done', 'failed') and trigger is not null
              order by run_id desc limit 1) as last)
         ) as runs order by state desc, trigger = 'hand' desc, scheduled_for`,
        [jobs.join(",")],
      );
      const runs = rows.map(runOf);
      const isOpen = ({ state }: JobRun): boolean => state === "queued" || state === "running";
      return { open: runs.filter(isOpen), last: runs.filter((run) => !isOpen(run)) };
    },

    async ended() {
      const rows = await reader.rows<{
        job: string;
        ended: string;
        done: string;
        last_done_ms: number | null;
      }>(
        "count the runs of jobs",
        `select job, count(*) as ended, count(*) filter (where state = 'done') as done,
           (extract(epoch from max(ended_at) filter (where state = 'done')) * 1000)::float8 as last_done_ms
         from job_runs
         where state in ('done', 'failed') and trigger is not null and ended_at >= clock_timestamp() - $1::float8 * interval '1 ms'
         group by job`,
        [limits.job_runs_kept_ms],
      );
      return new Map(
        rows.map(({ job, ended, done, last_done_ms }) => [
          job,
          {
            ended: Number(ended),
            done: Number(done),
            last_done_ms: last_done_ms === null ? null : Math.round(last_done_ms),
          },
        ]),
      );
    },

    async list(job, limit) {
      const rows = await reader.rows<RunRow>(
        `read the runs of ${job}`,
        `select ${runColumns} from job_runs where job = $1 and trigger is not null order by run_id desc limit $2::int`,
        [job, limit],
      );
      return rows.map(runOf);
    },

    async one(job, run_id) {
      const [row] = await reader.rows<RunRow>(
        `read a run of ${job}`,
        `select ${runColumns} from job_runs where job = $1 and run_id = $2::bigint and trigger is not null`,
        [job, run_id],
      );
      return row === undefined ? null : runOf(row);
    },
  };
}
