/** What a run has done, and what it found. */
import type { Verdict } from "./oracle.ts";
import { spread } from "./until.ts";

export interface Report {
  name: string;
  faults: readonly string[];
  verdicts: readonly Verdict[];
  /** What was done to whom, in order. */
  done: readonly string[];
  /** From each fault, or its end, until history had gone past what stood in the log then, ms. */
  stalls: readonly number[];
  /** From `kill -9` of a process on, ms. */
  kill_stalls: readonly number[];
  /** Replicas that ended by themselves, with their last words. */
  left: readonly string[];
  seconds: number;
}

const times = (what: string, ms: readonly number[]): string => {
  const all = spread(ms);
  return all === null ? "" : `; ${what} p50 ${all.p50} ms, max ${all.max} ms (${ms.length})`;
};

/** One line for people. */
export function lineOf(report: Report): string {
  const last = report.verdicts.at(-1);
  const terms =
    last === undefined
      ? "not judged"
      : `${last.records} records: ${last.stored} stored, ${last.duplicate} repeats, ${last.dead} dead`;
  const left = report.left.length === 0 ? "" : `; ${report.left.length} ended by themselves`;
  return `${report.faults.length === 0 ? "ok  " : "FAIL"} ${report.name}: ${terms}; ${report.done.length} faults${times("after kill -9", report.kill_stalls)}${times("after others", report.stalls)}${left}; ${report.seconds.toFixed(0)} s`;
}
