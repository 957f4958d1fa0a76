/** The clock of an instance that lives in a recording's own time. */
import { systemClock, type Clock } from "../../core/time.ts";

export type Speed = number | "max";

export interface ReplayClock extends Clock {
  /** Brings a clock that follows the recording to an event's time; it never goes back. No effect on one that runs. */
  advance(to_ms: number): void;
}

/**
 * @param start_ms Time of the recording's first event.
 * @param speed Recorded seconds per real second; at "max" the clock stands until `advance` moves it, so that now is
 *   always the last event's time.
 * @returns Its `monotonic` is real time: deadlines and ticks do not run faster because the city does.
 */
export function replayClock(start_ms: number, speed: Speed, base: Clock = systemClock): ReplayClock {
  const monotonic = (): number => base.monotonic();
  if (speed === "max") {
    let now_ms = start_ms;
    return { now: () => now_ms, monotonic, advance: (to_ms) => void (now_ms = Math.max(now_ms, to_ms)) };
  }
  const began = base.monotonic();
  return {
    now: () => Math.floor(start_ms + (base.monotonic() - began) * speed),
    monotonic,
    advance: () => {},
  };
}
