/** Programs that the suites start, installed from Debian where that can be done, else said how to get them. */
import { existsSync } from "node:fs";

/** Each with Debian's package that brings it. */
const PROGRAMS: readonly (readonly [program: string, debian_package: string, what_for: string])[] = [
  ["chromium", "chromium", "the browser tests"],
  ["redis-server", "redis-server", "the suites on Redis"],
  ["java", "default-jre-headless", "the suites on Kafka"],
  ["mvn", "maven", "Kafka's own jars"],
  ["kcat", "kcat", "the test of other producers"],
  ["openssl", "openssl", "the tests of encrypted connections"],
  ["docker-compose", "docker-compose", "the test of docker-compose.yml"],
];

/** As root on Debian what is missing is installed; elsewhere its suites are skipped. */
export function fetchPrograms(say: (line: string) => void): void {
  const missing = PROGRAMS.filter(([program]) => Bun.which(program) === null);
  if (missing.length === 0) return;
  const packages = missing.map(([, debian_package]) => debian_package);
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    for (const [program, debian_package, what_for] of missing) {
      say(
        `For ${what_for} ${program} is wanted, which is not here: sudo apt-get install ${debian_package}. They will be skipped.`,
      );
    }
    return;
  }
  say(`Installing ${packages.join(", ")} from Debian for the suites that need them …`);
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
  ]) {
    Bun.spawnSync(["apt-get", ...args], {
      stdout: "ignore",
      stderr: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
}

if (import.meta.main) fetchPrograms((line) => void process.stdout.write(`${line}\n`));
