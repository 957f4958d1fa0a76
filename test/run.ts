/**
 * Runs every test, after looking whether the real servers that the suites need are here, and ends with one
 * line: `N passed, N failed`. PostgreSQL comes from npm; Chromium is Debian's.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const CHROMIUM = "/usr/bin/chromium";

/** Promises that an adapter does not make, by its declared features: there is no server to kill in memory. */
const WAIVED = /^\(skip\) log: in memory >/;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fetchChromium(): void {
  if (existsSync(CHROMIUM)) return;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    say(
      `The browser tests need ${CHROMIUM}, which is not here: sudo apt-get install chromium. They will be skipped.`,
    );
    return;
  }
  say("Installing Chromium from Debian for the browser tests …");
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
  ]) {
    Bun.spawnSync(["apt-get", ...args], {
      stdout: "ignore",
      stderr: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
}

async function main(): Promise<never> {
  fetchChromium();
  rmSync(join(ROOT, ".test"), { recursive: true, force: true });
  const filters = process.argv.slice(2);
  const run = Bun.spawn([process.execPath, "test", "--timeout", "30000", ...filters], {
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
