/** The jars of Apache Kafka, fetched once from Maven Central into `.cache/`, and whether that can be done here. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const CACHE = join(import.meta.dir, "..", "..", ".cache");
const HOME = join(CACHE, "kafka-4.1.0");
const LIBS = join(HOME, "libs");

/** What is missing for a real broker, as one sentence, or null when it can be started. */
export function kafkaMissing(): string | null {
  const wanted = existsSync(LIBS) ? ["java"] : ["java", "mvn"];
  const missing = wanted.filter((name) => Bun.which(name) === null);
  if (missing.length === 0) return null;
  return `The Kafka suites need ${missing.join(" and ")}, not found on the PATH: sudo apt-get install default-jre-headless maven. They are skipped.`;
}

/** Classes as the JVM wants them, written by the first broker of a checkout: the next ones start in half the time. */
export const CLASS_ARCHIVE = join(HOME, "classes.jsa");

/**
 * The class path of the broker; on first use it is fetched (43 MB).
 *
 * @throws {Error} if Maven fails, with its last lines.
 */
export async function kafkaClassPath(): Promise<string> {
  if (!existsSync(LIBS)) await fetchJars();
  return join(LIBS, "*");
}

async function fetchJars(): Promise<void> {
  // Made beside and then renamed: several processes may be at it, and one may be killed.
  const making = join(CACHE, `kafka.making-${process.pid}`);
  mkdirSync(making, { recursive: true });
  const pom = join(import.meta.dir, "pom.xml");
  const maven = Bun.spawn(
    [
      "mvn",
      "-q",
      "-B",
      "-f",
      pom,
      "dependency:copy-dependencies",
      `-DoutputDirectory=${join(making, "libs")}`,
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  );
  const said = await new Response(maven.stdout).text();
  if ((await maven.exited) !== 0) {
    rmSync(making, { recursive: true, force: true });
    throw new Error(
      `Maven could not fetch the jars of Kafka: ${said.trim().split("\n").slice(-3).join(" ")}`,
    );
  }
  if (!existsSync(LIBS)) {
    rmSync(HOME, { recursive: true, force: true });
    try {
      renameSync(making, HOME);
    } catch (error) {
      if (!existsSync(LIBS)) throw error;
    }
  }
  rmSync(making, { recursive: true, force: true });
}
