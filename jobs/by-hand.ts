/** A job by hand, as a command: its list, its help, its flags, its progress. */
import { parseArgs } from "node:util";
import {
  askedFault,
  type DeclaredJob,
  type JobAsked,
  type JobFlag,
  type JobProgress,
  type JobResult,
} from "../src/core/job.ts";
import { limits } from "../src/core/limits.ts";
import { instantOfLocal, parseInstant, startOfDay, type Clock } from "../src/core/time.ts";
import type { JobRuns } from "../src/history/job-runs.ts";
import type { Job } from "./job.ts";
import { runAttempt, type RunnerOptions } from "./runner.ts";

/** What to print, and the exit code. */
export interface Say {
  say: string;
  code: number;
}

export const listOf = (jobs: readonly DeclaredJob[]): string => {
  const rows = jobs.map(({ name, schedule, doc }) => [name, schedule?.words ?? "by hand", doc] as const);
  const [names, words] = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map(([name, when, doc]) => `  ${name.padEnd(names!)}  ${when.padEnd(words!)}  ${doc}`);
  return [
    "bun run job <name> [--flags]: one run of a job, now. --help after a name tells its flags.",
    "",
    ...lines,
  ].join("\n");
};

export function helpOf(job: DeclaredJob): string {
  const rows: (readonly [string, string])[] = Object.entries(job.flags).map(([name, flag]) => [
    flag.kind === "yes" ? `--${name}` : `--${name} ${flag.kind === "whole" ? "N" : "TEXT"}`,
    `${flag.doc}${boundsOf(flag)}`,
  ]);
  if (job.span !== null) {
    rows.unshift(["--to TIME", "its end, not included"]);
    rows.unshift([
      "--from TIME",
      "begin of the span: an instant like 2026-11-20T00:00:00Z, or a day of the city like 2026-11-20",
    ]);
  }
  rows.push(["--help", "this text"]);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  const when = job.schedule === null ? "run by hand only" : `${job.schedule.words}, in the city's zone`;
  return [
    `${job.name}: ${job.doc}`,
    `(${when})`,
    "",
    ...rows.map(([flag, doc]) => `  ${flag.padEnd(width)}  ${doc}`),
  ].join("\n");
}

function boundsOf(flag: JobFlag): string {
  if (flag.kind === "yes") return "";
  if (flag.kind === "whole") return `, ${flag.least} to ${flag.most}; ${flag.usual} without it`;
  const one_of = flag.one_of === undefined ? "" : `, one of ${flag.one_of.join(", ")}`;
  return `${one_of}${flag.usual === null ? "; must be given" : `; ${flag.usual} without it`}`;
}

/** What a command asks for, or what to print instead. @param zone The city's, for days. */
export function readCommand(job: DeclaredJob, argv: readonly string[], zone: string): JobAsked | Say {
  const options: Record<string, { type: "string" | "boolean" }> = { help: { type: "boolean" } };
  if (job.span !== null) options["from"] = options["to"] = { type: "string" };
  for (const [name, flag] of Object.entries(job.flags))
    options[name] = { type: flag.kind === "yes" ? "boolean" : "string" };
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({ args: [...argv], options }));
  } catch (error) {
    return refuse(String(error instanceof Error ? error.message : error).split(". ")[0]!);
  }
  if (values["help"] === true) return { say: helpOf(job), code: 0 };
  const ends: Record<"from" | "to", number | null> = { from: null, to: null };
  // A job without a span may have a flag of that name: a restore is from a file.
  for (const end of job.span === null ? [] : (["from", "to"] as const)) {
    const text = values[end];
    if (typeof text !== "string") continue;
    ends[end] = instantOf(text, zone);
    if (ends[end] === null)
      return refuse(
        `--${end} is "${text}"; wanted is an instant like 2026-11-20T00:00:00Z, or a day like 2026-11-20`,
      );
  }
  const flags: Record<string, string | number | boolean> = {};
  for (const [name, flag] of Object.entries(job.flags)) {
    const value = values[name];
    if (value === undefined) continue;
    flags[name] =
      flag.kind === "whole" && typeof value === "string" && /^-?\d{1,15}$/.test(value)
        ? Number(value)
        : value;
  }
  const asked: JobAsked = { from_ms: ends.from, to_ms: ends.to, flags };
  const fault = askedFault(job, asked);
  if (fault === null) return asked;
  return refuse(
    `--${fault.field}${fault.value === null ? "" : ` is ${JSON.stringify(values[fault.field])}, but it`} ${fault.rule}`,
  );
}

const refuse = (sentence: string): Say => ({ say: `${sentence}. See --help.`, code: 1 });

/** An instant with its offset, or the begin of a day of the zone. */
function instantOf(text: string, zone: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return parseInstant(text);
  const noon = parseInstant(`${text}T12:00:00Z`);
  const at = noon === null ? null : instantOfLocal(noon, zone);
  return at === null ? null : startOfDay(at, zone);
}

export interface ByHandOptions extends Pick<RunnerOptions, "lease_ms" | "beat_ms"> {
  runs: JobRuns;
  clock: Clock;
  /** Name of this process among all that run jobs. */
  holder: string;
  signal: AbortSignal;
  print: (line: string) => void;
}

const TELL_MS = 1_000;

/** @returns The exit code: 0 done, 1 failed or refused, 130 stopped. @throws {HistoryUnavailableError} */
export async function runByHand(job: Job, asked: JobAsked, options: ByHandOptions): Promise<number> {
  const { runs, clock, holder, signal, print } = options;
  const lease_ms = options.lease_ms ?? limits.job_lease_ms;
  const run = await runs.ask({ job: job.name, at_ms: clock.now(), asked, holder }, lease_ms);
  if (run === null) {
    print(`${job.name} runs already, or waits to; bun run job ${job.name} again when it has ended`);
    return 1;
  }
  let told_ms = -Infinity;
  const ended = await runAttempt(
    job,
    { run, holder, resume: null },
    {
      ...options,
      on_stop: "fail",
      onProgress(progress) {
        const now_ms = clock.monotonic();
        if (now_ms - told_ms < TELL_MS && progress.done !== progress.total) return;
        told_ms = now_ms;
        print(progressLine(progress));
      },
    },
  );
  if (ended.kind === "done") print(resultLine(ended.result));
  else if (ended.kind !== "handed-back") print(`${job.name} failed: ${ended.error}`);
  return ended.kind === "done" ? 0 : signal.aborted ? 130 : 1;
}

const count = (n: number): string => n.toLocaleString("en-US");

export function progressLine({ done, total, words }: JobProgress): string {
  const of = total === null ? count(done) : `${count(done)} of ${count(total)}`;
  const share = total === null || total === 0 ? "" : `${((100 * done) / total).toFixed(0).padStart(3)} %  `;
  return `${share}${of}${words === "" ? "" : ` ${words}`}`;
}

/** `rows 1,234 · late 3 · all is well` */
export function resultLine({ words, ...counts }: JobResult): string {
  const told = Object.entries(counts).map(
    ([name, value]) =>
      `${name.replaceAll("_", " ")} ${typeof value === "number" ? count(value) : String(value)}`,
  );
  return ["done", ...told, ...(words === undefined ? [] : [String(words)])].join(" · ");
}
