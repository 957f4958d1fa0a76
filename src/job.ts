/** `bun run job <name> [--flags]`: any job once, beside a running Arterial or by itself. */
import { attach } from "./attach.ts";
import { cityOf } from "./cities/index.ts";
import { readConfig } from "./config.ts";
import { ConfigError } from "./core/errors.ts";
import { days, systemClock } from "./core/time.ts";
import { streams } from "./streams/index.ts";
import { makersOf } from "./sources/simulator/index.ts";
import { runSeedHistory, seedHistoryFlags } from "../jobs/seed-history.ts";
import { spanOf } from "../jobs/seed-plan.ts";

const HELP = `bun run job <name> [--flags]

  seed-history   writes the simulator's past of the demo city; --help tells its flags
`;

/** Events in the log that history has not stored: above it, a job that writes waits. */
const BEHIND_MAX = 200_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function seed(argv: readonly string[]): Promise<number> {
  const flags = seedHistoryFlags(argv);
  if ("say" in flags) {
    print(flags.say);
    return flags.code;
  }
  const config = readConfig();
  const city = cityOf(config.CITY);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const makers = makersOf(city, config.SIMULATOR_SEED);
  const attached = await attach(city, config);
  let behind = 0;
  const look = setInterval(() => {
    Promise.all(makers.map(({ stream }) => attached.behind(stream))).then(
      (n) => (behind = n.reduce((a, b) => a + b, 0)),
      () => (behind = Infinity),
    );
  }, 500);
  try {
    const now_ms = systemClock.now();
    const span = { from_ms: now_ms - days(flags.days), to_ms: now_ms };
    for (const maker of makers) await attached.ensurePartitions(maker.stream, ...spanOf(maker, span));
    return await runSeedHistory(flags, {
      makers,
      door: attached.door,
      clock: systemClock,
      signal: stop.signal,
      lag: () => (behind > BEHIND_MAX ? Infinity : 0),
      print,
    });
  } finally {
    clearInterval(look);
    await attached.close(streams);
  }
}

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === "seed-history") return seed(argv);
  if (name === undefined || name === "--help") {
    print(HELP);
    return name === undefined ? 1 : 0;
  }
  throw new ConfigError(`There is no job "${name}"; there is seed-history`);
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
