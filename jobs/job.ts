/** A job: scheduled work, declared as data beside what it does. One short file each, listed in `index.ts`. */
import type { JobFlag, JobFlags, JobResult } from "../src/core/job.ts";
import type { Clock } from "../src/core/time.ts";

export type { JobResult } from "../src/core/job.ts";

export interface Job {
  /** In addresses, commands and tables: lower case, with hyphens. It stays for ever. */
  name: string;
  /** For people, in a table's first column: `Daily report`. */
  label: string;
  /** What it does, in a sentence. */
  doc: string;
  /**
   * When it is due, as cron in the city's zone (five fields); null for a job that is only run by hand. A run that was
   * missed is made up for once, by its last time.
   */
  schedule: string | null;
  /** A run that takes longer is stopped and has failed, ms. */
  longest_ms: number;
  /** What a span given by hand (`--from`, `--to`) is cut into; left out or null: it takes none. */
  span?: "day" | "hour" | null;
  /** Flags of its own, by name. */
  flags?: Readonly<Record<string, JobFlag>>;
  /** Run at once on an installation that is new, instead of when it is first due. */
  at_first?: boolean;
  /** Run by `bun run job` alone: not in the page, and nobody goes on with it when its process dies. */
  command_only?: boolean;
  /**
   * One run. Must bear to be run twice, also at the same time for a moment: whoever was taken for dead may wake up.
   * What it throws is the reason why it failed; it is tried again, `limits.job_attempts_max` times in all. When
   * `signal` aborts it must throw (`signal.throwIfAborted()`): what returns counts as done.
   */
  run(context: JobContext): Promise<JobResult>;
}

export interface JobContext {
  /** Half-open span that was given by hand; null where none was. */
  from_ms: number | null;
  to_ms: number | null;
  /** When the run was due (`00:00` of the city for a daily one), or when it was asked for by hand. */
  scheduled_for_ms: number;
  /** Its own flags, with what they are where they were not given. */
  flags: JobFlags;
  clock: Clock;
  /** The process ends, the run took too long, or another process has it now. */
  signal: AbortSignal;
  /** May be called often: it is written down every `limits.job_beat_ms`. `total` null: nobody knows. */
  progress: (done: number, total: number | null, words?: string) => void;
  /** What an earlier attempt of this very run noted last; null where there is none. */
  resume: unknown;
  /**
   * Written down at once, for the attempt after this one, should this be interrupted. At most `limits.job_note_chars_max` as JSON.
   *
   * @throws {HistoryUnavailableError}; the signal's reason where the run is another's by now.
   */
  note: (value: object) => Promise<void>;
}
