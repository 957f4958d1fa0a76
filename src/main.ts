/** `npm start`: reads the configuration, starts everything, prints one page, and stops cleanly. */
import { version } from "../package.json";
import { readConfig, type Config } from "./config.ts";
import { ConfigError } from "./core/errors.ts";
import { systemClock } from "./core/time.ts";
import { createLogger } from "./logger.ts";
import { startPlatform, type Platform } from "./platform.ts";
import { progressLine, startPage } from "./start-page.ts";

/** The watchdog of the embedded server goes on where this ends. */
const STOP_MS_MAX = 2_700;

const print = (text: string): void => void process.stdout.write(text);

/** One sentence and exit code 1: a user's mistake is not a crash. */
function giveUp(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Says once what is waited for, and once that it is there. */
function teller(): (part: string, reason: string | null) => void {
  const waited = new Set<string>();
  return (part, reason) => {
    if (reason === null) {
      if (waited.delete(part)) print(`  ${part} is there\n`);
    } else if (!waited.has(part)) {
      waited.add(part);
      print(`  Waiting for ${part}: ${reason}\n`);
    }
  };
}

async function start(config: Config, signal: AbortSignal): Promise<Platform> {
  const logger = createLogger(config.LOG_LEVEL);
  const live = process.stdout.isTTY;
  const platform = await startPlatform(config, {
    clock: systemClock,
    logger,
    version,
    signal,
    onWait: teller(),
    onSeeding({ hours, done, total, eta_s }) {
      const line = progressLine(hours, { done, total, eta_s });
      // A terminal sees one line that counts; a file or a pipe sees its end only.
      if (live) print(`\r${line.padEnd(64)}${done === total ? "\n" : ""}`);
      else if (done === total) print(`${line}\n`);
    },
  });
  print(startPage({ version, city: platform.city_name, url: platform.url, parts: platform.parts }));
  return platform;
}

async function main(): Promise<void> {
  let starting: Promise<Platform> | null = null;
  let stopping = false;
  const cancel = new AbortController();
  const stop = (code: number): void => {
    if (stopping) return;
    stopping = true;
    cancel.abort();
    setTimeout(() => process.exit(code), STOP_MS_MAX).unref();
    // Also what is only being started is stopped: it would be left behind.
    void (starting ?? Promise.resolve(null))
      .catch(() => null)
      .then((platform) => platform?.stop())
      .then(
        () => process.exit(code),
        () => process.exit(1),
      );
  };
  process.on("SIGINT", () => stop(0));
  process.on("SIGTERM", () => stop(0));
  process.on("SIGHUP", () => stop(0));
  // A promise that nobody awaited is a fault of ours: it ends the process, but for a connection that was cut, which is
  // told to whoever used it and which the driver may tell once more to nobody.
  process.on("unhandledRejection", (error: unknown) => {
    if (String((error as { code?: unknown } | null)?.code).startsWith("CONNECT")) return;
    process.stderr.write(
      `Arterial ends: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    stop(1);
  });
  let platform: Platform;
  try {
    starting = start(readConfig(), cancel.signal);
    platform = await starting;
  } catch (error) {
    if (error instanceof ConfigError) giveUp(error.message);
    // Told to stop while it was still waiting: the one who told it ends the process.
    if (stopping) return;
    throw error;
  }
  // A part that can no longer do its work ends the process: whoever runs it sees that, and starts it anew.
  platform.failed.catch((error: unknown) => {
    process.stderr.write(`Arterial ends: ${error instanceof Error ? error.message : String(error)}\n`);
    stop(1);
  });
}

await main();
