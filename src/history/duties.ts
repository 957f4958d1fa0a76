/**
 * Who does what only one replica may do: leases for work without end, runs for scheduled work. Kept in the database
 * that all replicas share, by its clock, so that nobody's own clock can make two do the same.
 */
import { limits } from "../core/limits.ts";
import { openSql } from "../postgres.ts";
import { Reader } from "./reader.ts";

export interface Duties {
  /**
   * Takes the lease, or prolongs it for who holds it already.
   *
   * @returns false while another holds it.
   * @throws {HistoryUnavailableError} it may be held nevertheless.
   */
  lease(name: string, holder: string, ttl_ms: number): Promise<boolean>;
  /** Gives a lease up at once. @throws {HistoryUnavailableError} then it ends by itself. */
  release(name: string, holder: string): Promise<void>;
  /**
   * Begins the run of a job that was due at a time: true for one caller only. A run that failed, or whose holder has not
   * ended it within `ttl_ms`, may be begun again, `limits.job_attempts_max` times in all.
   *
   * @throws {HistoryUnavailableError} it may have begun nevertheless: it is then begun again when `ttl_ms` are over.
   */
  begin(run: JobRun, ttl_ms: number): Promise<boolean>;
  /** Ends a run; `error` says why it failed. What is older than `limits.job_runs_kept_ms` is forgotten. */
  end(run: JobRun, error: string | null): Promise<void>;
  /** What was begun under this name and has not ended, as it was noted; null for nothing. @throws {HistoryUnavailableError} */
  begun(name: string): Promise<unknown>;
  /** The same of all names that begin with this, by name. @throws {HistoryUnavailableError} */
  allBegun(prefix: string): Promise<readonly { name: string; value: unknown }[]>;
  /** Notes what is begun, or with null that it has ended. @throws {HistoryUnavailableError} */
  note(name: string, value: object | null): Promise<void>;
  /** The salt of this installation, the same for all its processes. @throws {HistoryUnavailableError} */
  salt(): Promise<string>;
  close(): Promise<void>;
}

export interface JobRun {
  job: string;
  /** When it was due, ms since the epoch. */
  scheduled_for_ms: number;
  holder: string;
}

export function openPostgresDuties({ url }: { url: string }): Duties {
  const reader = new Reader(() =>
    openSql(url, { max: 1, application_name: "arterial-duties", statement_timeout_ms: 5_000 }),
  );
  return {
    async lease(name, holder, ttl_ms) {
      const rows = await reader.rows(
        `take the lease ${name}`,
        `insert into leases as l (name, holder, until)
         values ($1, $2, clock_timestamp() + $3::float8 * interval '1 ms')
         on conflict (name) do update set holder = excluded.holder, until = excluded.until
         where l.holder = excluded.holder or l.until < clock_timestamp()
         returning 1 as held`,
        [name, holder, ttl_ms],
      );
      return rows.length === 1;
    },

    async release(name, holder) {
      await reader.rows(
        `release the lease ${name}`,
        "delete from leases where name = $1 and holder = $2 returning 1 as released",
        [name, holder],
      );
    },

    begin: ({ job, scheduled_for_ms, holder }, ttl_ms) =>
      // Asked once: a repeat after a lost answer would find its own run, and take it for another's.
      reader.use(`begin ${job}`, async (sql) => {
        const rows = await sql.unsafe(
          `insert into job_runs as r (job, scheduled_for, holder, started_at, until)
           values ($1, to_timestamp($2::float8 / 1000), $3, clock_timestamp(), clock_timestamp() + $4::float8 * interval '1 ms')
           on conflict (job, scheduled_for) do update
             set holder = excluded.holder, state = 'running', attempts = r.attempts + 1, error = null, ended_at = null,
                 started_at = excluded.started_at, until = excluded.until
           where r.attempts < $5::int and (r.state = 'failed' or (r.state = 'running' and r.until < clock_timestamp()))
           returning 1 as begun`,
          [job, scheduled_for_ms, holder, ttl_ms, limits.job_attempts_max],
        );
        return rows.length === 1;
      }),

    async end({ job, scheduled_for_ms, holder }, error) {
      await reader.rows(
        `end ${job}`,
        `with old as (
           delete from job_runs where job = $1 and scheduled_for < to_timestamp($2::float8 / 1000) - $5::float8 * interval '1 ms')
         update job_runs set state = case when $4::text is null then 'done' else 'failed' end, error = left($4::text, 500),
           ended_at = clock_timestamp()
         where job = $1 and scheduled_for = to_timestamp($2::float8 / 1000) and holder = $3 and state = 'running'
         returning 1 as ended`,
        [job, scheduled_for_ms, holder, error, limits.job_runs_kept_ms],
      );
    },

    async begun(name) {
      const [row] = await reader.rows<{ value: unknown }>(
        `read what ${name} has begun`,
        "select value from begun where name = $1",
        [name],
      );
      return row?.value ?? null;
    },

    allBegun: (prefix) =>
      reader.rows(
        `read what is begun as ${prefix}`,
        "select name, value from begun where starts_with(name, $1) order by name",
        [prefix],
      ),

    async salt() {
      const rows = await reader.rows<{ salt: string }>("read the salt", "select salt from installation", []);
      return rows[0]!.salt;
    },

    async note(name, value) {
      const what = `note what ${name} has begun`;
      if (value === null)
        await reader.rows(what, "delete from begun where name = $1 returning 1 as ended", [name]);
      else
        await reader.rows(
          what,
          `insert into begun as b (name, value) values ($1, $2::text::jsonb)
           on conflict (name) do update set value = excluded.value returning 1 as noted`,
          [name, JSON.stringify(value)],
        );
    },

    close: () => reader.close(),
  };
}
