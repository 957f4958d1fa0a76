/**
 * Writes the hours before now, so that nothing is blank: the simulator's own past, through the same door, marked
 * `backfill`, at a bounded rate, the newest hour first because that is what pages show first.
 */
import { parseArgs } from "node:util";
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, minutes, type Clock } from "../src/core/time.ts";
import type { Door } from "../src/sources/door.ts";
import { SIMULATOR, type Made, type Maker } from "../src/sources/simulator/index.ts";
import { planOf, withoutGone, type Piece, type PieceMark } from "./seed-plan.ts";
import { handIn, makeSlowly, type SimulateOptions } from "./simulate.ts";

export interface SeedProgress {
  /** Events written, and to be written in all, as far as that is known. */
  done: number;
  total: number;
  /** Seconds that the rest will take at the pace so far. */
  eta_s: number;
}

export interface SeedHistoryOptions {
  makers: readonly Maker[];
  door: Pick<Door, "accept">;
  clock: Clock;
  /** Half-open: `from_ms` ≤ event time < `to_ms`. Each source's `past` says how far of it, and beyond it, it goes. */
  from_ms: number;
  to_ms: number;
  /** One event per road and step, in place of what the sources say. */
  step_ms?: number;
  /** Events per second at most. Default 25,000. */
  rate_events_per_s?: number;
  signal: AbortSignal;
  /** What a run before this one began last, of the same plan. */
  begun?: PieceMark | null;
  /** The instant from which raw rows of a stream are there: before it, what was begun is not begun again. */
  rawFrom?: (stream: Stream) => number;
  /** A piece is about to be written. */
  onPiece?: (piece: Piece) => Promise<void>;
  onProgress?: (progress: SeedProgress) => void;
  /** How far the live view is behind, ms. While it is over 1 s, history waits. */
  lag?: () => number;
  onAway?: SimulateOptions["onAway"];
}

/** Events handed in together: two steps of a city of 1,247 roads. */
const BATCH = 2_400;
const LAG_MAX_MS = 1_000;
const LAG_LOOK_MS = 50;

/** @returns Events written; fewer than planned when the signal came first. */
export async function seedHistory(options: SeedHistoryOptions): Promise<number> {
  const { door, clock, signal, onProgress, lag = () => 0, onAway } = options;
  const per_event_ms = 1_000 / (options.rate_events_per_s ?? 25_000);
  const { begun = null, rawFrom = () => -Infinity } = options;
  const plan = withoutGone(planOf(options.makers, options), begun, rawFrom);
  const begun_ms = clock.monotonic();
  let left = plan.reduce((sum, piece) => sum + piece.events, 0);
  let done = 0;
  let free_at_ms = begun_ms;
  for (const piece of plan) {
    if (signal.aborted) return done;
    await options.onPiece?.(piece);
    let batch: Made[] = [];
    let planned = 0;
    for (const [from_ms, to_ms] of piece.spans) {
      if (batch.length === 0) await turn();
      if (signal.aborted) return done;
      batch.push(...(await makeSlowly(piece.maker, from_ms, to_ms, clock, signal)));
      planned += piece.events / piece.spans.length;
      if (batch.length < BATCH) continue;
      if (!(await write(piece, batch, planned))) return done;
      [batch, planned] = [[], 0];
    }
    if (!(await write(piece, batch, planned))) return done;
  }
  return done;

  /** Waits until it may go on: for the live view, and by its own rate. */
  async function turn(): Promise<void> {
    while (lag() > LAG_MAX_MS && !signal.aborted) await pause(LAG_LOOK_MS, signal);
    const now_ms = clock.monotonic();
    await pause(Math.max(0, free_at_ms - now_ms), signal);
    free_at_ms = Math.max(free_at_ms, now_ms);
  }

  /** @returns false when the signal came first. */
  async function write({ maker }: Piece, batch: readonly Made[], planned: number): Promise<boolean> {
    if (signal.aborted) return false;
    free_at_ms += batch.length * per_event_ms;
    const as = { source: SIMULATOR, backfill: true };
    if (batch.length > 0 && !(await handIn(door, maker.stream, batch, as, signal, onAway))) return false;
    done += batch.length;
    left = Math.max(0, left - planned);
    const gone_s = (clock.monotonic() - begun_ms) / 1_000;
    const rest = left < 1 ? 0 : Math.round(left);
    onProgress?.({ done, total: done + rest, eta_s: (gone_s * rest) / Math.max(1, done) });
    return true;
  }
}

const HELP = `seed-history: writes the simulator's past of the demo city, marked backfill

  bun run job seed-history [--days 1] [--step 5] [--rate 25000]

  --days N   how many days before now, 1 to 366
  --step N   minutes between two events of a road or sensor, 1 to 60
  --rate N   events per second at most, 100 to 1000000
  --help     this text

Events have the same ids each time: what the raw rows still hold is not counted twice.`;

export type SeedHistoryDeps = Pick<SeedHistoryOptions, "makers" | "door" | "clock" | "signal" | "lag"> & {
  print: (line: string) => void;
};

export interface SeedHistoryFlags {
  days: number;
  /** Minutes between two events of a road or sensor. */
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
