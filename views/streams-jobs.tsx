/** The jobs on the Streams page: a row each, and under it what it did, why it failed, or how far it is. */
import {
  failureOf,
  type DeclaredJob,
  successShare,
  type JobProgress,
  type JobResult,
  type JobStatus,
} from "../src/core/job.ts";
import { clockTime, count, dateTime, span } from "./format.ts";
import type { Moment } from "./streams-table.tsx";

type Look = readonly [state: string, sign: string, word: string];

/** What is wanted of each job, by the papers: the share of runs that are done. */
const WANTED = 0.99;

export const Jobs = ({ jobs, now }: { jobs: readonly JobStatus[]; now: Moment }) => (
  <section class="jobs" aria-label="Jobs">
    <h2>
      Jobs{" "}
      <small>
        what runs by itself at certain times, {now.city.zone}; <a href="/api/jobs">as JSON</a>
      </small>
    </h2>
    <p class="note" id="jobs-said" role="status" hx-morph-skip="true"></p>
    {jobs.length === 0 ? (
      <p class="empty">Not known yet: how the jobs do is read from the database.</p>
    ) : (
      <>
        <p class="note">{sharesOf(jobs)}</p>
        <div class="scroll" tabindex={0} role="region" aria-label="Jobs and how they do">
          <table>
            <thead>
              <tr>
                <th scope="col">Job</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span class="hidden">Action</span>
                </th>
                <th scope="col">Due</th>
                <th scope="col" class="n">
                  Last run
                </th>
                <th scope="col" class="n">
                  Took
                </th>
                <th scope="col" class="n">
                  Next
                </th>
                <th scope="col" class="n">
                  Done, 30 days
                </th>
              </tr>
            </thead>
            {jobs.map((status) => (
              <Job status={status} now={now} />
            ))}
          </table>
        </div>
      </>
    )}
  </section>
);

const COLUMNS = 8;

const Job = ({ status, now }: { status: JobStatus; now: Moment }) => {
  const { job, last, open, next_due_ms } = status;
  const [state, sign, word] = lookOf(status);
  const took =
    last === null || last.started_ms === null || last.ended_ms === null
      ? null
      : last.ended_ms - last.started_ms;
  return (
    <tbody id={`j-${job.name}`} data-state={state}>
      <tr>
        <th scope="row">
          {job.label} <small>{job.name}</small>
        </th>
        <td>
          <span class={`state ${state}`}>
            <span aria-hidden="true">{sign}</span> {word}
          </span>
        </td>
        <td>
          {open === null && canStart(job) ? (
            <button type="button" data-run={job.name} aria-label={`Run now: ${job.label}`}>
              Run now
            </button>
          ) : null}
        </td>
        <td>{job.schedule?.words ?? (canStart(job) ? "by hand" : "by command")}</td>
        <td class="n">{last === null ? "never" : momentOf(last.ended_ms ?? last.scheduled_for_ms, now)}</td>
        <td class="n">{took === null ? "–" : tookOf(took)}</td>
        <td class="n">{next_due_ms === null ? "–" : momentOf(next_due_ms, now)}</td>
        <td class="n">{shareOf(status)}</td>
      </tr>
      <tr class="about">
        <td colspan={COLUMNS}>
          <About status={status} now={now} />
          {canStart(job) ? null : (
            <small>
              <code>bun run job {job.name}</code>
            </small>
          )}
        </td>
      </tr>
    </tbody>
  );
};

/** Word and sign say it; colour only repeats it. */
function lookOf(status: JobStatus): Look {
  const { open, last, overdue_ms } = status;
  if (open?.state === "running") return ["running", "▶", "running"];
  if (open !== null && open.error !== null) return ["failed", "✕", "failed, tried again"];
  if (failureOf(status) !== null) return ["failed", "✕", "failed"];
  if (open !== null) return ["queued", "○", "waiting"];
  if (overdue_ms > LATE_MS) return ["failed", "◐", `due ${span(overdue_ms)} ago`];
  return last === null ? ["never", "○", "not run yet"] : ["done", "●", "done"];
}

const LATE_MS = 120_000;

/** A button asks for nothing: what wants a flag, or its own process, is a command. */
const canStart = ({ command_only, flags }: DeclaredJob): boolean =>
  !command_only && !Object.values(flags).some((flag) => flag.kind === "text" && flag.usual === null);

const About = ({ status, now }: { status: JobStatus; now: Moment }) => {
  const { job, open, last } = status;
  const failure = failureOf(status);
  if (open?.state === "running")
    return (
      <>
        {open.progress === null ? null : <Progress job={job.label} progress={open.progress} />}
        <small>
          running for {span(now.now_ms - (open.started_ms ?? now.now_ms))}
          {open.attempts > 1 ? `, attempt ${open.attempts}` : ""}
          {open.trigger === "schedule"
            ? ""
            : open.trigger === "hand"
              ? ", asked for by hand"
              : ", was missed"}
        </small>
      </>
    );
  if (failure !== null)
    return (
      <small>
        <span class="fault">{failure.error ?? "it does not say why"}</span>
        {failure.attempts > 1 ? ` · ${failure.attempts} attempts` : ""}
      </small>
    );
  if (last?.result !== null && last?.result !== undefined && last.state === "done")
    return <small>{resultOf(last.result)}</small>;
  return <small>{job.doc}</small>;
};

const Progress = ({ job, progress: { done, total, words } }: { job: string; progress: JobProgress }) => (
  <span class="progress">
    {total === null || total <= 0 ? (
      <progress aria-label={`${job}: how far nobody knows`}></progress>
    ) : (
      <progress aria-label={`${job}: how far`} max={total} value={Math.min(done, total)}></progress>
    )}{" "}
    <small>
      {count(done)}
      {total === null ? "" : ` of ${count(total)}`}
      {words === "" ? "" : ` ${words}`}
    </small>
  </span>
);

/** `rows 1,234 · late 3 · all is well` */
function resultOf({ words, ...counts }: JobResult): string {
  const told = Object.entries(counts).map(
    ([name, value]) =>
      `${name.replaceAll("_", " ")} ${typeof value === "number" ? count(value) : typeof value === "boolean" ? (value ? "yes" : "no") : (value ?? "–")}`,
  );
  return [...told, ...(words === undefined ? [] : [String(words)])].join(" · ");
}

/** `03:00, 8 h ago`, `03:00, in 16 h`; a day further away, with its date. */
function momentOf(ms: number, { now_ms, city }: Moment): string {
  const away_ms = Math.abs(now_ms - ms);
  const at = away_ms < 86_400_000 ? clockTime(ms, city.zone) : dateTime(ms, city.zone);
  return ms > now_ms ? `${at}, in ${span(away_ms)}` : `${at}, ${span(away_ms)} ago`;
}

const tookOf = (ms: number): string => (ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms));

/** Whole percents, but never 100 for less. */
const percent = (share: number): string => `${Math.floor(100 * share)} %`;

function shareOf(status: JobStatus): unknown {
  const share = successShare(status);
  if (share === null) return "–";
  const text = `${percent(share)} of ${count(status.ended)} ${status.ended === 1 ? "run" : "runs"}`;
  return share < WANTED ? <strong>{text}</strong> : text;
}

function sharesOf(jobs: readonly JobStatus[]): string {
  const ended = jobs.reduce((sum, job) => sum + job.ended, 0);
  const done = jobs.reduce((sum, job) => sum + job.done, 0);
  const share = successShare({ ended, done });
  if (share === null) return `No run has ended yet. Wanted is that ${percent(WANTED)} of them are done.`;
  return `${percent(share)} of ${count(ended)} ${ended === 1 ? "run" : "runs"} of the last 30 days ${ended === 1 ? "was" : "were"} done; wanted is ${percent(WANTED)}.`;
}
