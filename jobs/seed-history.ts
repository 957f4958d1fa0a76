/**
 * Writes the hours before now, so that nothing is blank: the simulator's own past, through the same door, marked
 * `backfill`, at a bounded rate, the newest hour first because that is what pages show first.
 */
import { parseArgs } from "node:util";
import type { City } from "../src/core/city.ts";
import { days, hours, minutes, type Clock } from "../src/core/time.ts";
import type { Door } from "../src/sources/door.ts";
import {
  createTraffic,
  REPORT_PERIOD_MS,
  reportsOf,
  SIMULATOR,
  type TrafficReport,
} from "../src/sources/simulator/index.ts";
import { handIn, type SimulateOptions } from "./simulate.ts";
import { pause } from "../src/core/pause.ts";

export interface SeedProgress {
  /** Events written, and to be written in all. */
  done: number;
  total: number;
  /** Seconds that the rest will take at the pace so far. */
  eta_s: number;
}

export interface SeedHistoryOptions {
  city: City;
  door: Pick<Door, "accept">;
  clock: Clock;
  seed: number;
  /** Half-open: `from_ms` ≤ event time < `to_ms`. */
  from_ms: number;
  to_ms: number;
  /** One event per road and step. Default 5 min. */
  step_ms?: number;
  /** Events per second at most. Default 25,000. */
  rate_events_per_s?: number;
  signal: AbortSignal;
  onProgress?: (progress: SeedProgress) => void;
  /** How far the live view is behind, ms. While it is over 1 s, history waits. */
  lag?: () => number;
  onAway?: SimulateOptions["onAway"];
}

/** Steps handed in together: about 2,500 events of a city of 1,247 roads. */
const STEPS_AT_ONCE = 2;
const LAG_MAX_MS = 1_000;
const LAG_LOOK_MS = 50;

/** @returns Events written; fewer than planned when the signal came first. */
export async function seedHistory(options: SeedHistoryOptions): Promise<number> {
  const { city, door, clock, from_ms, to_ms, signal, onProgress, lag = () => 0, onAway } = options;
  const step_ms = options.step_ms ?? minutes(5);
  const per_event_ms = 1_000 / (options.rate_events_per_s ?? 25_000);
  const reports = reportsOf(city, createTraffic(city, options.seed));
  const steps = stepsOf(from_ms, to_ms, step_ms);
  const total = steps.length * city.roads.length;
  const begun_ms = clock.monotonic();
  let done = 0;
  let steps_done = 0;
  let free_at_ms = begun_ms;
  for (let i = 0; i < steps.length && !signal.aborted; i += STEPS_AT_ONCE) {
    while (lag() > LAG_MAX_MS && !signal.aborted) await pause(LAG_LOOK_MS, signal);
    const now_ms = clock.monotonic();
    if (free_at_ms > now_ms) await pause(free_at_ms - now_ms, signal);
    const chosen = steps.slice(i, i + STEPS_AT_ONCE);
    const batch: TrafficReport[] = [];
    for (const at_ms of chosen) {
      batch.push(...reportsFrom(at_ms));
      // A step takes a few ms to make: others get their turn after each.
      await pause(0, signal);
    }
    free_at_ms = Math.max(free_at_ms, now_ms) + batch.length * per_event_ms;
    if (!(await handIn(door, batch, { source: SIMULATOR, backfill: true }, signal, onAway))) break;
    done += batch.length;
    steps_done += chosen.length;
    const gone_s = (clock.monotonic() - begun_ms) / 1_000;
    onProgress?.({ done, total, eta_s: (gone_s * (steps.length - steps_done)) / steps_done });
  }
  return done;

  /** The first report of every road from an instant on. */
  function reportsFrom(at_ms: number): TrafficReport[] {
    const first = reports.firstAt(at_ms);
    return Array.from({ length: city.roads.length }, (_, k) => reports.make(first + k));
  }
}

const hourOf = (ms: number): number => Math.floor(ms / hours(1));

/** Beginnings of steps, newest hour first, in order within an hour. Only steps in which every road has reported. */
function stepsOf(from_ms: number, to_ms: number, step_ms: number): number[] {
  const out: number[] = [];
  for (let at = Math.ceil(from_ms / step_ms) * step_ms; at + REPORT_PERIOD_MS <= to_ms; at += step_ms)
    out.push(at);
  return out.sort((a, b) => hourOf(b) - hourOf(a) || a - b);
}

const HELP = `seed-history: writes the simulator's past of the demo city, marked backfill

  bun run job seed-history [--days 1] [--step 5] [--rate 25000]

  --days N   how many days before now, 1 to 366
  --step N   minutes between two events of a road, 1 to 60
  --rate N   events per second at most, 100 to 1000000
  --help     this text

Events have the same ids each time: what the raw rows still hold is not counted twice.`;

export type SeedHistoryDeps = Pick<
  SeedHistoryOptions,
  "city" | "door" | "clock" | "seed" | "signal" | "lag"
> & {
  print: (line: string) => void;
};

export interface SeedHistoryFlags {
  days: number;
  /** Minutes between two events of a road. */
  step: number;
  /** Events per second at most. */
  rate: number;
}

/** The flags, or what to print instead and the exit code. */
export function seedHistoryFlags(argv: readonly string[]): SeedHistoryFlags | { say: string; code: number } {
  const flags = readFlags(argv);
  return typeof flags === "string" ? { say: flags, code: flags === HELP ? 0 : 1 } : flags;
}

/** @returns The exit code: 0 done, 130 stopped. */
export async function runSeedHistory(flags: SeedHistoryFlags, deps: SeedHistoryDeps): Promise<number> {
  const { print, ...rest } = deps;
  const to_ms = deps.clock.now();
  let told_ms = -Infinity;
  const written = await seedHistory({
    ...rest,
    from_ms: to_ms - days(flags.days),
    to_ms,
    step_ms: minutes(flags.step),
    rate_events_per_s: flags.rate,
    onProgress({ done, total, eta_s }) {
      const now_ms = deps.clock.monotonic();
      if (now_ms - told_ms < 1_000 && done < total) return;
      told_ms = now_ms;
      print(
        `${((100 * done) / total).toFixed(0).padStart(3)} %  ${count(done)} of ${count(total)} events, ${Math.ceil(eta_s)} s to go`,
      );
    },
    onAway: (error, wait_ms) => print(`the log is away (${error.message}); trying again in ${wait_ms} ms`),
  });
  print(`${count(written)} events written${deps.signal.aborted ? ", then stopped" : ""}`);
  return deps.signal.aborted ? 130 : 0;
}

const count = (n: number): string => n.toLocaleString("en-US");

const ranges = { days: [1, 1, 366], step: [5, 1, 60], rate: [25_000, 100, 1_000_000] } as const;

/** The flags, or what to print instead. */
function readFlags(argv: readonly string[]): SeedHistoryFlags | string {
  const text = { type: "string" } as const;
  let values: Partial<Record<keyof typeof ranges, string>> & { help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: { days: text, step: text, rate: text, help: { type: "boolean" } },
    }));
  } catch (error) {
    return `${String(error instanceof Error ? error.message : error).split(". ")[0]}. See --help.`;
  }
  if (values.help === true) return HELP;
  const read = (name: keyof typeof ranges): number => {
    const [usual, least, most] = ranges[name];
    const n = values[name] === undefined ? usual : Number(values[name]);
    return n >= least && n <= most ? n : Number.NaN;
  };
  const out = { days: read("days"), step: read("step"), rate: read("rate") };
  for (const name of ["days", "step", "rate"] as const) {
    const [, least, most] = ranges[name];
    if (Number.isNaN(out[name]))
      return `--${name} is "${values[name]}"; wanted is a number from ${least} to ${most}. See --help.`;
  }
  return out;
}
