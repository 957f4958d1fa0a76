/**
 * `bun run chaos --seed N --minutes M`: the named runs on real servers, then M minutes of faults by chance from the
 * seed, each judged by the same oracle. `--only kill,broker,postgres,zombie,nemesis` runs some of them.
 */
import { parseArgs } from "node:util";
import { kafkaMissing } from "../kafka.ts";
import { redisMissing } from "../redis.ts";
import { nemesis } from "./nemesis.ts";
import { lineOf, type Report } from "./report.ts";
import { scenarios } from "./scenarios.ts";
import { spread } from "./until.ts";

const USAGE =
  "bun run chaos [--seed N] [--minutes M] [--records N] [--only kill,broker,postgres,zombie,nemesis]";
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function numberOf(name: string, text: string, min: number): number {
  const n = Number(text);
  return Number.isFinite(n) && n >= min
    ? n
    : fail(`--${name} is "${text}", but it must be a number from ${min} on\n${USAGE}`);
}

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seed: { type: "string", default: "1" },
        minutes: { type: "string", default: "2" },
        records: { type: "string", default: "200000" },
        only: { type: "string", default: [...Object.keys(scenarios), "nemesis"].join(",") },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

async function main(): Promise<void> {
  const asked = optionsOf(process.argv.slice(2));
  if (asked.help) return say(USAGE);
  const missing = kafkaMissing() ?? redisMissing;
  if (missing !== null) fail(missing);
  const seed = numberOf("seed", asked.seed, 0);
  const minutes = numberOf("minutes", asked.minutes, 0);
  const records = numberOf("records", asked.records, 1_000);
  const reports: Report[] = [];
  for (const name of asked.only.split(",")) {
    const scenario = scenarios[name];
    if (scenario === undefined && name !== "nemesis")
      fail(`--only names "${name}", which is no run\n${USAGE}`);
    if (scenario === undefined && minutes === 0) continue;
    say(`\n${name}, seed ${seed}`);
    const report = await (scenario?.({ seed, records, say }) ?? nemesis({ seed, minutes, say }));
    say(lineOf(report));
    for (const fault of report.faults) say(`     ${fault}`);
    reports.push(report);
  }
  process.exit(summary(reports, seed) ? 0 : 1);
}

function summary(reports: readonly Report[], seed: number): boolean {
  say("\nChaos:");
  for (const report of reports) say(`  ${lineOf(report)}`);
  const kills = spread(reports.flatMap((report) => report.kill_stalls));
  if (kills !== null)
    say(`  history goes on after kill -9: p50 ${kills.p50} ms, max ${kills.max} ms (aim 6,000 ms)`);
  for (const { name, left } of reports)
    for (const words of left) say(`  ended by itself in ${name}: ${words}`);
  const failed = reports.filter((report) => report.faults.length > 0);
  for (const { name, done, faults } of failed) {
    say(`\nFAIL ${name}, seed ${seed}. What was done:`);
    for (const step of done) say(`  ${step}`);
    for (const fault of faults) say(`  ${fault}`);
  }
  const records = reports.reduce((sum, { verdicts }) => sum + (verdicts.at(-1)?.records ?? 0), 0);
  const faults = reports.reduce((sum, { done }) => sum + done.length, 0);
  say(
    `${records} records, ${faults} faults, ${reports.length - failed.length} runs passed, ${failed.length} failed; seed ${seed}`,
  );
  return failed.length === 0;
}

await main();
