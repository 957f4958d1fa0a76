/** One attempt of a run: it is kept alive by beats, told how far it is, stopped when it must, and ended with what it did. */
import { isAway } from "../src/core/errors.ts";
import type { JobProgress, JobResult } from "../src/core/job.ts";
import { limits } from "../src/core/limits.ts";
import { pause } from "../src/core/pause.ts";
import { seconds, type Clock } from "../src/core/time.ts";
import type { Attempt, Ending, JobRuns } from "../src/history/job-runs.ts";
import type { Job } from "./job.ts";

export interface RunnerOptions {
  runs: Pick<JobRuns, "beat" | "note" | "end">;
  clock: Clock;
  /** The process ends. */
  signal: AbortSignal;
  /** What the process's end makes of the run: another goes on with it, or, of one run by hand in a command, nobody. */
  on_stop: "hand-back" | "fail";
  onProgress?: (progress: JobProgress) => void;
  lease_ms?: number;
  beat_ms?: number;
  /** Wait before a run that failed is tried again. */
  again_ms?: number;
}

/** `lost`: another process has the run now, or nobody can know whether it has. */
export type Ended = Ending | { kind: "lost"; error: string };

/** Of the lease, the share in which an attempt works on without a word from the server. */
const SURE_SHARE = 3 / 4;
/** A job that goes on after it was told to stop is no longer waited for. */
const GRACE_MS = seconds(5);
/** How often the end is written again while the server is away. */
const END_TRIES = 10;

class LostError extends Error {
  override name = "LostError";
}

/** @throws {HistoryUnavailableError} where its end could not be written: another then begins it again. */
export async function runAttempt(job: Job, attempt: Attempt, options: RunnerOptions): Promise<Ended> {
  const { runs, signal } = options;
  const alive = new Alive(attempt, options);
  const stopped = new AbortController();
  const own = AbortSignal.any([signal, alive.signal, stopped.signal]);
  const longest = setTimeout(
    () => stopped.abort(new Error(`it took longer than ${words(job.longest_ms)}, and was stopped`)),
    job.longest_ms,
  );
  let ended: Ended;
  try {
    const result = await unlessDeaf(work(job, attempt, alive, own, options), [alive.signal, stopped.signal]);
    ended = alive.signal.aborted ? lost(alive.signal) : { kind: "done", result: kept(result) };
  } catch (error) {
    ended = alive.signal.aborted
      ? lost(alive.signal)
      : signal.aborted
        ? onStop(options)
        : failed(stopped.signal.aborted ? stopped.signal.reason : error, attempt, options);
  } finally {
    clearTimeout(longest);
    alive.stop();
  }
  if (ended.kind !== "lost") await write(runs, attempt, ended);
  return ended;
}

function work(
  job: Job,
  attempt: Attempt,
  alive: Alive,
  signal: AbortSignal,
  { runs, clock, onProgress }: RunnerOptions,
): Promise<JobResult> {
  const { run, resume } = attempt;
  const usual: Record<string, string | number | boolean> = {};
  for (const [name, flag] of Object.entries(job.flags ?? {})) {
    const value = flag.kind === "yes" ? false : flag.usual;
    if (value !== null) usual[name] = value;
  }
  return job.run({
    from_ms: run.asked.from_ms,
    to_ms: run.asked.to_ms,
    scheduled_for_ms: run.scheduled_for_ms,
    flags: { ...usual, ...run.asked.flags },
    clock,
    signal,
    resume,
    progress(done, total, text = "") {
      alive.progress = { done, total, words: text };
      onProgress?.(alive.progress);
    },
    async note(value) {
      const size = JSON.stringify(value).length;
      if (size > limits.job_note_chars_max)
        throw new RangeError(
          `a note has ${size} characters as JSON; at most ${limits.job_note_chars_max} are kept`,
        );
      if (!(await runs.note(attempt, value))) alive.lose("another process has this run now");
      signal.throwIfAborted();
    },
  });
}

/** Beats until it is stopped; its signal aborts as soon as the run is, or may be, another's. */
class Alive {
  progress: JobProgress | null = null;
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  readonly #lease_ms: number;
  #sure: ReturnType<typeof setTimeout>;

  constructor(
    attempt: Attempt,
    { runs, clock, lease_ms = limits.job_lease_ms, beat_ms = limits.job_beat_ms }: RunnerOptions,
  ) {
    this.#lease_ms = lease_ms;
    this.#sure = this.#arm(0);
    void this.#beat(attempt, runs, clock, beat_ms);
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  lose(why: string): void {
    this.#lost.abort(new LostError(why));
  }

  stop(): void {
    clearTimeout(this.#sure);
    this.#over.abort();
  }

  /** @param gone_ms How long ago it was asked whether the run is still this process's. */
  #arm(gone_ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(
      () => this.lose("the database was away for too long to know that nobody else has this run"),
      SURE_SHARE * this.#lease_ms - gone_ms,
    );
  }

  async #beat(attempt: Attempt, runs: RunnerOptions["runs"], clock: Clock, beat_ms: number): Promise<void> {
    const over = this.#over.signal;
    for (;;) {
      await pause(beat_ms, over);
      if (over.aborted) return;
      const asked_ms = clock.monotonic();
      try {
        const mine = await runs.beat(attempt, this.#lease_ms, this.progress);
        if (over.aborted) return;
        if (!mine) return this.lose("another process has this run now");
        clearTimeout(this.#sure);
        this.#sure = this.#arm(clock.monotonic() - asked_ms);
      } catch (error) {
        if (!isAway(error)) return this.lose(error instanceof Error ? error.message : String(error));
      }
    }
  }
}

/** What does not stop when it is told to is left to itself after a while. */
function unlessDeaf<T>(working: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((done, fail) => {
    working.then(done, fail);
    for (const signal of signals)
      signal.addEventListener(
        "abort",
        () => setTimeout(() => fail(signal.reason as Error), GRACE_MS).unref(),
        { once: true },
      );
  });
}

const lost = (signal: AbortSignal): Ended => ({ kind: "lost", error: textOf(signal.reason) });

const onStop = ({ on_stop }: RunnerOptions): Ending =>
  on_stop === "hand-back"
    ? { kind: "handed-back" }
    : { kind: "failed", error: "it was stopped by hand", again_ms: null };

const failed = (
  error: unknown,
  { run }: Attempt,
  { again_ms = limits.job_again_ms }: RunnerOptions,
): Ending => ({
  kind: "failed",
  error: textOf(error),
  // Who asked for it by hand sees why, and asks again.
  again_ms: run.trigger === "hand" ? null : again_ms,
});

const textOf = (error: unknown): string =>
  error instanceof Error && error.message !== "" ? error.message : String(error);

const kept = (result: JobResult): JobResult =>
  JSON.stringify(result).length <= limits.job_note_chars_max
    ? result
    : { words: "done; what it told is too long to be kept" };

const words = (ms: number): string => (ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${ms / 1_000} s`);

async function write(runs: RunnerOptions["runs"], attempt: Attempt, ending: Ending): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await runs.end(attempt, ending);
      return;
    } catch (error) {
      if (!isAway(error) || tries === END_TRIES) throw error;
      await pause(seconds(1), new AbortController().signal);
    }
  }
}
