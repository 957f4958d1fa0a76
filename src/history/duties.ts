/**
 * Who does what only one replica may do: leases for work without end, runs for scheduled work. Kept in the database
 * that all replicas share, by its clock, so that nobody's own clock can make two do the same.
 */
import { openSql } from "../postgres.ts";
import { jobRuns, type JobRuns } from "./job-runs.ts";
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
  /** What was begun under this name and has not ended, as it was noted; null for nothing. @throws {HistoryUnavailableError} */
  begun(name: string): Promise<unknown>;
  /** The same of all names that begin with this, by name. @throws {HistoryUnavailableError} */
  allBegun(prefix: string): Promise<readonly { name: string; value: unknown }[]>;
  /** Notes what is begun, or with null that it has ended. @throws {HistoryUnavailableError} */
  note(name: string, value: object | null): Promise<void>;
  /** The salt of this installation, the same for all its processes. @throws {HistoryUnavailableError} */
  salt(): Promise<string>;
  /** Runs of jobs. */
  readonly runs: JobRuns;
  close(): Promise<void>;
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

    runs: jobRuns(reader),

    close: () => reader.close(),
  };
}
