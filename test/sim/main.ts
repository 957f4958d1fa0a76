/**
 * The simulation from the command line: `bun run sim --seed N --runs M`. A seed that fails prints itself, and the
 * command that runs it again.
 */
import { faults } from "./planted.ts";
import { runSeed } from "./run.ts";

const USAGE = `bun run sim [--seed N] [--runs M] [--fault "…"] [--tell]
  --seed N     first seed, whole, from 0; 1 by default
  --runs M     how many seeds, one after the other; 100 by default
  --fault F    plants a fault, to see it found: ${Object.keys(faults).join(", ")}
  --tell       prints what happened, step by step
`;

function option(name: string): string | null {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? null : (process.argv[at + 1] ?? "");
}

function number(name: string, fallback: number): number {
  const text = option(name);
  if (text === null) return fallback;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} must be a whole number, not "${text}"\n${USAGE}`);
  return process.exit(1);
}

const first = number("seed", 1);
const runs = number("runs", 100);
const fault = option("fault");
const telling = process.argv.includes("--tell");
if (process.argv.includes("--help") || (fault !== null && faults[fault] === undefined)) {
  process.stdout.write(USAGE);
  process.exit(fault === null ? 0 : 1);
}

const began_ms = performance.now();
const sum = { events: 0, crashes: 0, failed: 0 };
for (let seed = first; seed < first + runs; seed++) {
  const result = runSeed(seed, { fault, telling });
  sum.events += result.events;
  sum.crashes += result.crashes;
  for (const line of result.said) process.stdout.write(`${line}\n`);
  if (result.faults.length === 0) continue;
  sum.failed++;
  process.stdout.write(`seed ${seed} failed:\n${result.faults.map((one) => `  ${one}\n`).join("")}`);
  const planted = fault === null ? "" : ` --fault "${fault}"`;
  process.stdout.write(`  again: bun run sim --seed ${seed} --runs 1${planted} --tell\n`);
}
const s = (performance.now() - began_ms) / 1_000;
const { user, system } = process.cpuUsage();
const cpu_ms = (user + system) / 1_000 / runs;
process.stdout.write(
  `${runs} runs in ${s.toFixed(1)} s (${(runs / s).toFixed(1)}/s, ${cpu_ms.toFixed(0)} ms of processor time each), ${sum.events} events (${Math.round(sum.events / s)}/s), ${sum.crashes} crashes, ${sum.failed} failed\n`,
);
process.exit(sum.failed === 0 ? 0 : 1);
