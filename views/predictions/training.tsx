/** The job that trains a model: how far it is, what it did last, and the button that starts it. */
import { failureOf, type JobStatus } from "../../src/core/job.ts";
import { count, dateTime, span } from "../format.ts";

export const Training = ({ job, now_ms, zone }: { job: JobStatus | null; now_ms: number; zone: string }) => (
  <section class="training">
    <h2>
      Training{" "}
      <small>
        Sundays at 02:00, and by hand; all jobs are on <a href="/streams">Streams</a>
      </small>
    </h2>
    {job === null ? (
      <p class="empty">Not known yet: how the job does is read from the database.</p>
    ) : (
      <TrainingState status={job} now_ms={now_ms} zone={zone} />
    )}
    <p class="note" id="train-said" role="status" hx-morph-skip="true"></p>
    <form id="operator" hidden hx-morph-skip="true">
      <label>
        Operator token <input type="password" name="token" required autocomplete="off" />
      </label>{" "}
      <button>Go on with it</button>
    </form>
  </section>
);

const TrainingState = ({ status, now_ms, zone }: { status: JobStatus; now_ms: number; zone: string }) => {
  const { open, last, next_due_ms } = status;
  const failure = failureOf(status);
  if (open?.state === "running")
    return (
      <p class="progress">
        {open.progress === null ? null : (
          <>
            <progress
              aria-label="How far the training is"
              max={open.progress.total ?? undefined}
              value={
                open.progress.total === null ? undefined : Math.min(open.progress.done, open.progress.total)
              }
            ></progress>{" "}
            {open.progress.total === null || open.progress.total <= 0
              ? ""
              : `${Math.round((100 * open.progress.done) / open.progress.total)} % `}
            {open.progress.words}
          </>
        )}{" "}
        <small>running for {span(now_ms - (open.started_ms ?? now_ms))}</small>
      </p>
    );
  return (
    <>
      <p>
        {open === null ? null : "Waiting to begin. "}
        {failure !== null ? (
          <span class="fault">The last training failed: {failure.error ?? "it does not say why"}. </span>
        ) : last === null ? (
          "No training has run yet. "
        ) : (
          `Trained last at ${dateTime(last.ended_ms ?? last.scheduled_for_ms, zone)}: ${String(last.result?.["words"] ?? "done")}. `
        )}
        {next_due_ms === null ? "" : `Next at ${dateTime(next_due_ms, zone)}. `}
        <small>
          {count(status.done)} {status.done === 1 ? "training" : "trainings"} done in 30 days.
        </small>
      </p>
      {open === null ? (
        <button type="button" data-run="train">
          Train now
        </button>
      ) : null}
    </>
  );
};
