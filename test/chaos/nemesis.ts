/** Faults by chance, from a seed, until the time is up; after every few of them all is quiet, and judged. */
import { anyFault, type Fault } from "./faults.ts";
import { Random } from "./random.ts";
import type { Report } from "./report.ts";
import { runOn, type Run } from "./run.ts";

export interface NemesisOptions {
  seed: number;
  minutes: number;
  say: (line: string) => void;
}

export interface Step {
  fault: Fault;
  /** After the one before is over, ms. */
  wait_ms: number;
  hold_ms: number;
  /** It begins while the one before still holds. */
  overlaps: boolean;
}

const REPLICAS = 3;
const RATE_PER_S = 1_000;
const STEPS_PER_ROUND = 6;

/** The endless schedule of a seed. */
export function* scheduleOf(seed: number): Generator<Step, never> {
  const random = new Random(seed);
  for (;;) {
    const fault = anyFault(REPLICAS, random);
    yield {
      fault,
      wait_ms: Math.round(random.between(0, 1_500)),
      hold_ms: Math.round(random.between(0, fault.hold_ms_max)),
      overlaps: random.next() < 0.25,
    };
  }
}

export function nemesis({ seed, minutes, say }: NemesisOptions): Promise<Report> {
  const bed = { replicas: REPLICAS, traffic: { seed, late: 0.02, keyless: 0.05 } };
  return runOn({ name: `nemesis, seed ${seed}, ${minutes} min`, say, bed }, async (run) => {
    const { replicas, producer } = run.bed;
    await Promise.all(replicas.map((one) => one.start()));
    await Promise.all(replicas.map((one) => one.ready()));
    run.bed.listen();
    const end_ms = performance.now() + minutes * 60_000;
    const schedule = scheduleOf(seed);
    while (performance.now() < end_ms && run.faults.length === 0) {
      producer.start(RATE_PER_S);
      await round(run, schedule, end_ms);
      await producer.stop();
      await Promise.all(replicas.map((one) => one.ready()));
      await run.judge();
    }
  });
}

async function round(run: Run, schedule: Generator<Step, never>, end_ms: number): Promise<void> {
  let held: Fault | null = null;
  const release = async (): Promise<void> => {
    await held?.end(run.bed);
    held = null;
  };
  for (let n = 0; n < STEPS_PER_ROUND && performance.now() < end_ms; n++) {
    const { fault, wait_ms, hold_ms, overlaps } = schedule.next().value;
    await Bun.sleep(wait_ms);
    if (held?.target === fault.target) await release();
    const alone = held === null;
    run.note(`${fault.name}, for ${hold_ms} ms${alone ? "" : ", beside it"}`);
    await fault.begin(run.bed);
    // The others take over: that is measured before the killed one is back.
    if (fault.kill === true && alone) await run.recovered(run.kill_stalls);
    else await Bun.sleep(hold_ms);
    if (alone && overlaps) {
      held = fault;
      continue;
    }
    await release();
    await fault.end(run.bed);
    await revive(run);
    await run.recovered();
  }
  await release();
  await revive(run);
}

/** As whoever runs them does: who has ended is started again. */
async function revive(run: Run): Promise<void> {
  await Promise.all(run.bed.replicas.map((one) => one.start()));
}
