/** Metrics of each job, from its rows: every replica tells the same. `job` is Prometheus's own label, hence `job_name`. */
import { failureOf, successShare, type JobStatus } from "../core/job.ts";
import { gauge, toSeconds, type Metric, type Sample } from "./metric.ts";

/** A line per job; null where the value is not known. */
const perJob =
  (value: (status: JobStatus) => number | null): Metric["samples"] =>
  ({ jobs }) =>
    jobs.flatMap((status): Sample[] => {
      const number = value(status);
      return number === null ? [] : [[[status.job.name], number]];
    });

const JOB = ["job_name"] as const;

export const jobMetrics: readonly Metric[] = [
  gauge(
    "arterial_job_failed",
    JOB,
    "1 while the newest attempt of the job is one that failed.",
    perJob((status) => Number(failureOf(status) !== null)),
  ),
  gauge(
    "arterial_job_running",
    JOB,
    "1 while a run of the job is under way.",
    perJob(({ open }) => Number(open?.state === "running")),
  ),
  gauge(
    "arterial_job_overdue_seconds",
    JOB,
    "How long the last due time of the job has gone by without a run.",
    perJob(({ overdue_ms }) => toSeconds(overdue_ms)),
  ),
  gauge(
    "arterial_job_last_success_timestamp_seconds",
    JOB,
    "When the job was done last, Unix seconds.",
    perJob(({ last_done_ms }) => (last_done_ms === null ? null : toSeconds(last_done_ms))),
  ),
  gauge(
    "arterial_job_last_duration_seconds",
    JOB,
    "How long the newest run that ended took, its last attempt.",
    perJob(({ last }) =>
      last === null || last.started_ms === null || last.ended_ms === null
        ? null
        : toSeconds(Math.max(0, last.ended_ms - last.started_ms)),
    ),
  ),
  gauge(
    "arterial_job_success_ratio",
    JOB,
    "Share of the runs that ended in the last 30 days which were done.",
    perJob(successShare),
  ),
  gauge("arterial_job_runs", ["job_name", "outcome"], "Runs that ended in the last 30 days.", ({ jobs }) =>
    jobs.flatMap(({ job, ended, done }): Sample[] => [
      [[job.name, "done"], done],
      [[job.name, "failed"], ended - done],
    ]),
  ),
];
