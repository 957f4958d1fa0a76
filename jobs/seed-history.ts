/**
 * Writes the hours before now, so that nothing is blank: the simulator's own past, through the same door, marked
 * `backfill`, at a bounded rate, the newest hour first because that is what pages show first.
 */
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
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
