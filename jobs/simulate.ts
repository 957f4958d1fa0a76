/** The demo's feed: each road of the city reports about every 10 s, through the same door as everyone's events. */
import type { City } from "../src/core/city.ts";
import { LogUnavailableError } from "../src/core/errors.ts";
import type { Clock } from "../src/core/time.ts";
import type { Door, DoorOptions } from "../src/sources/door.ts";
import { createTraffic, REPORT_PERIOD_MS, reportsOf, SIMULATOR } from "../src/sources/simulator/index.ts";
import { traffic as stream } from "../src/streams/traffic.ts";
import { pause } from "../src/core/pause.ts";
import { type Service } from "./service.ts";

export interface SimulateOptions {
  city: City;
  door: Pick<Door, "accept">;
  clock: Clock;
  seed: number;
  /** 1: each road every 10 s; 10: ten times as often. */
  rate?: number;
  /** How often the reports that have come due are handed in, ms. */
  tick_ms?: number;
  /** The log was away; tried again after `wait_ms`. */
  onAway?: (error: LogUnavailableError, wait_ms: number) => void;
}

/** Events handed in at once: the rest of a burst follows at once, after others had their turn. */
const BATCH_MAX = 2_000;

export function simulate(options: SimulateOptions): Service {
  return { name: "simulate", run: (signal) => report(options, signal) };
}

async function report(options: SimulateOptions, signal: AbortSignal): Promise<void> {
  const { city, door, clock, rate = 1, tick_ms = 125 } = options;
  const reports = reportsOf(city, createTraffic(city, options.seed), rate);
  // It begins with the last report of every road, so that the map is whole at once.
  let next = reports.firstAt(clock.now() - REPORT_PERIOD_MS / rate);
  while (!signal.aborted) {
    const due = reports.firstAt(clock.now() + 1);
    // After a pause of the log, or a jump of the clock: the newest of each road, and no more.
    if (due - next > city.roads.length || next > due + city.roads.length) next = due - city.roads.length;
    while (next < due && !signal.aborted) {
      const until = Math.min(due, next + BATCH_MAX);
      const batch = Array.from({ length: until - next }, (_, k) => reports.make(next + k));
      await handIn(door, batch, { source: SIMULATOR }, signal, options.onAway);
      next = until;
    }
    await pause(tick_ms, signal);
  }
}

const WAIT_MS = 100;
const WAIT_MS_MAX = 5_000;

/**
 * Hands traffic events in until they are durable; while the log is away it tries again, later and later.
 * An event that got through already is a duplicate then.
 *
 * @returns false if the signal came first.
 */
export async function handIn(
  door: Pick<Door, "accept">,
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
