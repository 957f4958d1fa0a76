/** `bun run job <name> [--flags]`: any job once, in this process, beside a running Arterial or by itself. */
import { randomUUID } from "node:crypto";
import { attach } from "./attach.ts";
import { cityOf } from "./cities/index.ts";
import { readConfig } from "./config.ts";
import { ConfigError, isAway } from "./core/errors.ts";
import { systemClock } from "./core/time.ts";
import { jobsUnattached } from "./jobs-here.ts";
import { runRestore } from "./restore.ts";
import { streams } from "./streams/index.ts";
import { listOf, readCommand, runByHand } from "../jobs/by-hand.ts";
import { declaredOf } from "../jobs/declared.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main([name, ...argv]: readonly string[]): Promise<number> {
  const config = readConfig();
  const city = cityOf(config.CITY);
  const declared = jobsUnattached(city, config).map((job) => declaredOf(job, city.zone));
  if (name === undefined || name === "--help") {
    print(listOf(declared));
    return 0;
  }
  const about = declared.find((job) => job.name === name);
  if (about === undefined)
    throw new ConfigError(
      `There is no job "${name}"; there are ${declared.map((job) => job.name).join(", ")}`,
    );
  const asked = readCommand(about, argv, city.zone);
  if ("say" in asked) {
    print(asked.say);
    return asked.code;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  // Nobody may be on the database then, not even this command.
  if (name === "restore")
    return runRestore(config, { flags: asked.flags, clock: systemClock, signal: stop.signal, print });
  const attached = await attach(city, config);
  try {
    return await runByHand(
      attached.jobs.find((job) => job.name === name)!,
      asked,
      {
        runs: attached.duties.runs,
        clock: attached.clock,
        holder: `command ${process.pid} ${randomUUID()}`,
        signal: stop.signal,
        print,
      },
    );
  } finally {
    await attached.close(streams);
  }
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ConfigError) && !isAway(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
