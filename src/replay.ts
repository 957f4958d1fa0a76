/** `bun run replay <file> …`: a recording into a running Arterial, or a whole instance on the recording's own time. */
import { join } from "node:path";
import { rmSync } from "node:fs";
import { version } from "../package.json";
import { attach } from "./attach.ts";
import { behindOf } from "./batch/behind.ts";
import { cityOf } from "./cities/index.ts";
import { readConfig, type Config } from "./config.ts";
import type { City } from "./core/city.ts";
import { ConfigError } from "./core/errors.ts";
import { formatInstant, systemClock } from "./core/time.ts";
import { createLogger } from "./logger.ts";
import { startPlatform } from "./platform.ts";
import { parseReplayArgs, type ReplayArgs } from "./sources/replay/args.ts";
import { replayClock } from "./sources/replay/clock.ts";
import { openRecording, type Recording, type Span } from "./sources/replay/recording.ts";
import { replay, shiftToNow, type ReplayProgress } from "./sources/replay/replay.ts";
import type { Stream } from "./core/stream.ts";
import { startPage } from "./start-page.ts";
import { streams } from "./streams/index.ts";

/** Events in the log that history has not stored: above it, a backfill waits. */
const BEHIND_MAX = 200_000;
const TELL_MS = 1_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const count = (n: number): string => n.toLocaleString("en-US");

function teller(span: Span): (progress: Readonly<ReplayProgress>) => void {
  let told_ms = -Infinity;
  return ({ events, refused, recorded_ms }) => {
    const now_ms = performance.now();
    if (now_ms - told_ms < TELL_MS) return;
    told_ms = now_ms;
    const share = Math.floor((100 * events) / span.events);
    print(
      `${String(share).padStart(3)} %  ${count(events)} of ${count(span.events)} events, ${count(refused)} refused, at ${formatInstant(recorded_ms)}`,
    );
  };
}

/** Into what runs on this folder or database, shifted to end before now, as a backfill. */
async function intoRunning(
  config: Config,
  args: ReplayArgs,
  recording: Recording,
  span: Span,
): Promise<void> {
  const attached = await attach(cityOf(config.CITY), config);
  const now_ms = systemClock.now();
  const shift_ms = shiftToNow(span.end_ms, now_ms);
  await attached.ensurePartitions(recording.stream, span.start_ms + shift_ms, span.end_ms + shift_ms);
  const result = await replay({
    recording,
    span,
    door: attached.door,
    speed: args.speed,
    time: { kind: "shift", now_ms },
    async beforeBatch() {
      while ((await attached.behind(recording.stream)) > BEHIND_MAX) await Bun.sleep(100);
    },
    onProgress: teller(span),
  });
  await attached.close(streams);
  tell(result);
}

/** A whole instance on the recording's own time, in a folder of its own that begins empty each time. */
async function onItsOwnTime(
  config: Config,
  args: ReplayArgs,
  recording: Recording,
  span: Span,
): Promise<void> {
  const clock = replayClock(span.start_ms, args.speed);
  const dir = join(config.DATA_DIR, "replay");
  rmSync(dir, { recursive: true, force: true });
  const city = cityOfRecording(recording, span);
  const platform = await startPlatform(
    // All of the recording stays, whatever the demo keeps.
    { ...config, DATA_DIR: dir, FEEDS: [], SEED_HOURS: 0, HISTORY_DAYS: config.HISTORY_DAYS ?? 3_650 },
    {
      clock,
      logger: createLogger(config.LOG_LEVEL),
      version,
      city,
      streams: { streams: atItsPace(span), migrations: [] },
    },
  );
  print(startPage({ version, city: platform.city_name, url: platform.url, parts: platform.parts }));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  await platform.history.ensurePartitions(recording.stream, span.start_ms, span.end_ms);
  const done = replay({
    recording,
    span,
    door: platform.door,
    speed: args.speed,
    time: { kind: "clock", clock },
    async beforeBatch() {
      while ((await behindOf(platform.log, platform.history, recording.stream)) > BEHIND_MAX)
        await Bun.sleep(100);
    },
    onProgress: teller(span),
    signal: stop.signal,
  });
  const stopped = new Promise<void>((end) =>
    stop.signal.addEventListener("abort", () => end(), { once: true }),
  );
  try {
    await Promise.race([done.then(tell), platform.failed]);
    print("The recording is at its end; its city stands still until Ctrl-C.");
    await Promise.race([stopped, platform.failed]);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await platform.stop();
  }
}

/** What is stale is judged by how often the recording reports, not by how often the city's own feeds do. */
const atItsPace = (span: Span): readonly Stream[] =>
  streams.map((stream) => ({
    ...stream,
    expected_period_ms: Math.max(stream.expected_period_ms, Math.round(span.period_ms)),
  }));

const tell = ({ accepted, rejected, refused }: Readonly<ReplayProgress>): void =>
  print(
    `${count(accepted)} events accepted, ${count(rejected + refused)} refused; the reasons are at /streams`,
  );

/** A city that only its recording knows: no network, the zone and the places of its sensors. */
function cityOfRecording(recording: Recording, span: Span): City {
  const [west, south, east, north] = span.bounds ?? [-1, -1, 1, 1];
  const [pad_lng, pad_lat] = [(east - west) * 0.05 + 0.005, (north - south) * 0.05 + 0.005];
  return {
    city_id: "recording",
    name: recording.file.split(/[/\\]/).at(-1) ?? "Recording",
    zone: recording.zone,
    centre: [(west + east) / 2, (south + north) / 2],
    bounds: [west - pad_lng, south - pad_lat, east + pad_lng, north + pad_lat],
    rush_hours: [
      [7, 9],
      [17, 19],
    ],
    peak_hours: [
      [6, 10],
      [16, 20],
    ],
    holidays: [],
    roads: [],
    hospitals: [],
    background: [],
    attribution: [],
  };
}

async function main(): Promise<void> {
  const args = parseReplayArgs(process.argv.slice(2));
  if ("help" in args) return print(args.help);
  const stream = streams.find(({ name }) => name === args.stream);
  if (stream === undefined) {
    throw new ConfigError(
      `--stream is "${args.stream}"; it must be one of ${streams.map(({ name }) => name).join(", ")}`,
    );
  }
  const config = readConfig();
  const recording = await openRecording(args.file, args.mapping, stream);
  const span = await recording.scan();
  await (args.clock ? onItsOwnTime : intoRunning)(config, args, recording, span);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
