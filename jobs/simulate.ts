/** The demo's feed: what the city's roads, vehicles, shops and sensors report, through the same door as everyone's events. */
import { LogUnavailableError } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import type { Door, DoorOptions } from "../src/sources/door.ts";
import { newestOf, SIMULATOR, type Made, type Maker } from "../src/sources/simulator/index.ts";
import type { Service } from "./service.ts";

export interface SimulateOptions {
  /** In the order in which they begin. */
  makers: readonly Maker[];
  door: Pick<Door, "accept">;
  clock: Clock;
  /** How often what has come due is handed in, ms; each source's own unless said otherwise. */
  tick_ms?: number;
  /** The log was away; tried again after `wait_ms`. */
  onAway?: (error: LogUnavailableError, wait_ms: number) => void;
}

/** Events handed in at once: the rest of a burst follows at once, after others had their turn. */
const BATCH_MAX = 2_000;
/** So long events are made before others have their turn, ms. */
const TURN_MS = 8;

export function simulate(options: SimulateOptions): Service {
  return {
    name: "simulate",
    async run(signal) {
      const ended = new AbortController();
      const stop = AbortSignal.any([signal, ended.signal]);
      const running: Promise<void>[] = [];
      try {
        for (const maker of options.makers) {
          // The next begins when this one's keys are all there: what pages show first comes first.
          const begun = Promise.withResolvers<void>();
          const one = report(maker, options, stop, begun.resolve);
          running.push(one);
          await Promise.race([begun.promise, Promise.all(running)]);
        }
        await Promise.all(running);
      } finally {
        ended.abort();
        await Promise.allSettled(running);
      }
    },
  };
}

async function report(
  maker: Maker,
  options: SimulateOptions,
  signal: AbortSignal,
  onBegun: () => void,
): Promise<void> {
  const { door, clock, tick_ms = maker.tick_ms } = options;
  const { stream, look_back_ms, period_ms } = maker;
  // It begins with the last report of every key, so that lists and maps are whole at once.
  let next_ms = -Infinity;
  while (!signal.aborted) {
    const until_ms = clock.now() + 1;
    const gone_ms = until_ms - next_ms;
    // After a pause of the log, or a jump of the clock: the newest of each key, and no more.
    if (gone_ms > look_back_ms || gone_ms < -look_back_ms) next_ms = until_ms - look_back_ms;
    const events = await makeSlowly(maker, next_ms, until_ms, clock, signal);
    const due = stream.live !== null && gone_ms > period_ms ? newestOf(stream, events) : events;
    for (let i = 0; i < due.length && !signal.aborted; i += BATCH_MAX)
      await handIn(door, stream, due.slice(i, i + BATCH_MAX), { source: SIMULATOR }, signal, options.onAway);
    next_ms = Math.max(next_ms, until_ms);
    onBegun();
    await pause(tick_ms, signal);
  }
}

/** The events of a span, made in pieces, so that others have their turn. Fewer when the signal came first. */
export async function makeSlowly(
  maker: Maker,
  from_ms: number,
  to_ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Made[]> {
  let begun_ms = clock.monotonic();
  const out: Made[] = [];
  const turn = async (): Promise<void> => {
    if (clock.monotonic() - begun_ms < TURN_MS) return;
    await pause(0, signal);
    begun_ms = clock.monotonic();
  };
  for (let at_ms = from_ms; at_ms < to_ms && !signal.aborted; at_ms += maker.slice_ms) {
    const end_ms = Math.min(to_ms, at_ms + maker.slice_ms);
    for (const _ of maker.prepare?.(at_ms, end_ms) ?? []) {
      await turn();
      if (signal.aborted) return out;
    }
    for (const event of maker.between(at_ms, end_ms)) out.push(event);
    await turn();
  }
  return out;
}

const WAIT_MS = 100;
const WAIT_MS_MAX = 5_000;

/**
 * Hands events in until they are durable; while the log is away it tries again, later and later.
 * An event that got through already is a duplicate then.
 *
 * @returns false if the signal came first.
 */
export async function handIn(
  door: Pick<Door, "accept">,
  stream: Stream,
  events: readonly unknown[],
  options: DoorOptions,
  signal: AbortSignal,
  onAway: SimulateOptions["onAway"],
): Promise<boolean> {
  for (let wait_ms = WAIT_MS; !signal.aborted; wait_ms = Math.min(WAIT_MS_MAX, wait_ms * 2)) {
    try {
      await door.accept(stream, events, options);
      return true;
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
      onAway?.(error, wait_ms);
      await pause(wait_ms, signal);
    }
  }
  return false;
}
