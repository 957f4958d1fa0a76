/**
 * Runs every test, after looking whether the real servers that the suites need are here, and ends with one
 * line: `N passed, N failed`. PostgreSQL comes from npm, Kafka from Maven Central, all else from Debian.
 */
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { kafkaMissing, prepareKafka } from "./kafka.ts";
import { fetchPrograms } from "./programs.ts";

const ROOT = join(import.meta.dir, "..");

/**
 * Promises that an adapter does not make, by its declared features: in memory there is no server to kill, and Kafka drops
 * old records itself and shows no offset before its record.
 */
const WAIVED = /^\(skip\) log: (in memory >|Kafka > (?!The Kafka suites need))/;

/** Each worker runs a PostgreSQL, a Kafka and a Redis of its own. */
const WORKERS_MAX = 4;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<never> {
  fetchPrograms(say);
  if (kafkaMissing() === null) await prepareKafka();
  rmSync(join(ROOT, ".test"), { recursive: true, force: true });
  const filters = process.argv.slice(2);
  // A worker keeps its servers over all its files; much of a suite's time is waiting for them.
  const workers = Math.min(WORKERS_MAX, availableParallelism());
  // The slowest begin first, so that the workers end together; after a change of weight: --update-timings.
  const how = [`--parallel=${workers}`, "--no-isolate", "--timings=test/timings.json", "--timeout", "30000"];
  const run = Bun.spawn([process.execPath, "test", ...how, ...filters], {
    cwd: ROOT,
    stdout: "inherit",
    stderr: "pipe",
    stdin: "ignore",
  });
  let tail = "";
  let unmet = 0;
  const decoder = new TextDecoder();
  for await (const chunk of run.stderr) {
    process.stderr.write(chunk);
    const text = decoder.decode(chunk, { stream: true });
    unmet += text.split("\n").filter((line) => line.startsWith("(skip)") && !WAIVED.test(line)).length;
    tail = (tail + text).slice(-4_000);
  }
  const code = await run.exited;
  const count = (word: string): number =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(tail)?.[1] ?? 0);
  const [passed, failed] = [count("pass"), count("fail")];
  if (unmet > 0)
    say(`${unmet} skipped: a server or recorded data was not at hand; the lines above say which`);
  const crashed = code !== 0 && failed === 0;
  say(`${passed} passed, ${crashed ? 1 : failed} failed`);
  // In CI a skipped suite is a failed one: a green run must have met the real servers.
  process.exit(code !== 0 ? code : unmet > 0 && process.env["CI"] === "true" ? 1 : 0);
}

await main();
