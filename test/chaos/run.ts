/** A run on a bed of its own: what is done is written down, what breaks it is a fault, and everything is closed after it. */
import { openBed, type Bed, type BedOptions } from "./bed.ts";
import type { Verdict } from "./oracle.ts";
import type { Report } from "./report.ts";
import { messageOf } from "./until.ts";

export class Run {
  readonly bed: Bed;
  readonly done: string[] = [];
  readonly stalls: number[] = [];
  readonly kill_stalls: number[] = [];
  readonly verdicts: Verdict[] = [];
  readonly faults: string[] = [];
  readonly #begun_ms = performance.now();
  readonly #say: (line: string) => void;

  constructor(bed: Bed, say: (line: string) => void) {
    this.bed = bed;
    this.#say = say;
  }

  /** Writes down that something is done to somebody. */
  note(what: string): void {
    const at_s = ((performance.now() - this.#begun_ms) / 1_000).toFixed(1);
    this.done.push(`${at_s} s: ${what}`);
    this.#say(`  ${at_s.padStart(6)} s  ${what}`);
  }

  /** Waits until history goes on. */
  async recovered(times: number[] = this.stalls): Promise<void> {
    times.push(await this.bed.moved());
  }

  async judge(): Promise<void> {
    const verdict = await this.bed.judge();
    this.verdicts.push(verdict);
    this.faults.push(...verdict.faults);
  }
}

export interface RunOptions {
  name: string;
  bed: BedOptions;
  say: (line: string) => void;
}

export async function runOn(
  { name, bed: options, say }: RunOptions,
  work: (run: Run) => Promise<void>,
): Promise<Report> {
  const start_ms = performance.now();
  const bed = await openBed(options);
  const run = new Run(bed, say);
  try {
    await work(run);
  } catch (error) {
    run.faults.push(messageOf(error));
  }
  if (run.faults.length > 0)
    for (const replica of bed.replicas) say(`--- ${replica.url}\n${replica.output().slice(-2_000)}`);
  const left = bed.replicas.flatMap((one) => one.ends);
  await bed.close();
  const { faults, verdicts, done, stalls, kill_stalls } = run;
  const seconds = (performance.now() - start_ms) / 1_000;
  return { name, faults, verdicts, done, stalls, kill_stalls, left, seconds };
}
