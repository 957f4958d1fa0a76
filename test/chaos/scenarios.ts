/** The named runs: each with 200,000 records, 1 % of them repeats, 0.5 % malformed, half of one road. */
import { Random } from "./random.ts";
import type { Replica } from "./replica.ts";
import type { Report } from "./report.ts";
import { runOn, type Run } from "./run.ts";

export interface ScenarioOptions {
  seed: number;
  /** Records of each run. */
  records: number;
  say: (line: string) => void;
}

type Scenario = (options: ScenarioOptions) => Promise<Report>;

/** Most stand in the topic before anybody reads it: what is hurt is busy. The rest is sent meanwhile. */
const FILLED = 0.75;
const RATE_PER_S = 1_000;
const KILLS = 10;
const ZOMBIE_MS = 30_000;

/** Starts all replicas and the city, does the work, waits until all is sent, judges. */
function scenario(
  name: string,
  replicas: number,
  work: (run: Run, random: Random) => Promise<void>,
): Scenario {
  return ({ seed, records, say }) =>
    runOn({ name, say, bed: { replicas, traffic: { seed }, direct: true } }, async (run) => {
      const { bed } = run;
      const start_ms = Date.now();
      await bed.producer.fill(records * FILLED, (n) => start_ms - 240_000 + n);
      await Promise.all(bed.replicas.map((one) => one.start()));
      bed.producer.start(RATE_PER_S);
      bed.listen();
      await bed.moved();
      await work(run, new Random(seed));
      await bed.producer.stop();
      await bed.producer.fill(Math.max(0, records - bed.producer.made), () => Date.now());
      await Promise.all(bed.replicas.filter((one) => one.running).map((one) => one.ready()));
      await run.judge();
    });
}

const kill = scenario("case 1: kill -9 of the process, ten times", 1, async (run, random) => {
  const replica = first(run);
  for (let n = 0; n < KILLS; n++) {
    await Bun.sleep(random.between(100, 1_500));
    run.note("kill -9 of the process");
    await replica.kill();
    await replica.start();
    // Some of them in the middle of a start, or of a rebalance.
    if (n % 3 !== 2) await run.recovered(run.kill_stalls);
  }
  await run.recovered(run.kill_stalls);
});

const broker = scenario("case 9: the broker killed, and restarted", 1, async (run, random) => {
  const { kafka } = run.bed.servers;
  for (const end of ["kill", "stop"] as const) {
    await Bun.sleep(random.between(500, 2_000));
    run.note(`${end} of the broker`);
    await kafka[end]();
    await Bun.sleep(random.between(500, 2_500));
    await kafka.start();
    run.note("the broker is back");
    await run.recovered();
  }
});

const postgres = scenario(
  "case 28: PostgreSQL restarted (immediate) while it writes, five times",
  1,
  async (run, random) => {
    for (let n = 0; n < 5; n++) {
      await Bun.sleep(random.between(300, 1_500));
      run.note("immediate restart of PostgreSQL");
      await run.bed.servers.postgres.kill();
      await run.bed.servers.postgres.start();
      await run.recovered();
    }
  },
);

const zombie = scenario(
  "case 2: of three replicas one killed, one stopped for 30 s and woken",
  3,
  async (run, random) => {
    const [, doomed, sleeper] = run.bed.replicas as readonly [Replica, Replica, Replica];
    await Bun.sleep(random.between(500, 1_500));
    run.note("kill -9 of one replica");
    await doomed.kill();
    await run.recovered(run.kill_stalls);
    run.note("SIGSTOP of another");
    sleeper.pause();
    const until_ms = performance.now() + ZOMBIE_MS;
    await run.recovered();
    await Bun.sleep(Math.max(0, until_ms - performance.now()));
    run.note("SIGCONT: it wakes");
    sleeper.resume();
    await run.recovered();
  },
);

function first(run: Run): Replica {
  const [replica] = run.bed.replicas;
  if (replica === undefined) throw new RangeError("Cannot find a replica");
  return replica;
}

export const scenarios: Readonly<Record<string, Scenario>> = { kill, broker, postgres, zombie };
