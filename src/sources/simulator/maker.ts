/**
 * A made-up source: the events of one stream as a pure function of city, seed and time. Nothing is carried from one
 * call to the next, so a restart goes on where it was, history joins the present without a seam, and a repeat has the
 * same ids and is a duplicate.
 */
import type { Stream } from "../../core/stream.ts";
import { scheduleOf } from "./schedule.ts";

/** An event as it goes to the door, by the names of its stream's wire. */
export type Made = Readonly<Record<string, string | number | boolean | null>>;

/** How its past is written into an empty store. */
export interface Past {
  /** How far back, as a multiple of the span asked for, and at most, ms. */
  times: number;
  at_most_ms: number;
  /** One event per key and step; null for all events. */
  step_ms: number | null;
  /** Written as one, in the order of time: an early state that came after a last one would look like a new one. */
  in_order: boolean;
  /** About how many events a second of the past has, with its steps. */
  events_per_s: number;
}

export interface Maker {
  stream: Stream;
  /** The events with `from_ms` ≤ event time < `to_ms`, by time. [a, c) is [a, b) and then [b, c). */
  between(from_ms: number, to_ms: number): Made[];
  /** Work that `between` would do on its way, in pieces of a few ms, so that others have their turn. */
  prepare?(from_ms: number, to_ms: number): Iterable<void>;
  /** The longest span that takes about 5 ms. */
  slice_ms: number;
  /** How often a key reports that has something to say. */
  period_ms: number;
  /** Every key has reported within so long: a feed begins so far back. */
  look_back_ms: number;
  /** How often what has come due is handed in. */
  tick_ms: number;
  past: Past;
}

export interface PeriodicOptions {
  stream: Stream;
  /** How many keys. */
  keys: number;
  period_ms: number;
  /** A key's report at a time, or null where it has none. The number is the same for no other report. */
  make: (key: number, ms: number, number: number) => Made | null;
  /** What one report costs to make at most, µs: for the slices. */
  cost_us: number;
  tick_ms?: number;
  look_back_ms?: number;
  past: Partial<Past> & Pick<Past, "step_ms">;
}

/** A source whose keys report once in a period each. */
export function periodic(options: PeriodicOptions): Maker {
  const { stream, keys, period_ms, make, cost_us, past } = options;
  const schedule = scheduleOf(Math.max(1, keys), period_ms);
  return {
    stream,
    between(from_ms, to_ms) {
      const out: Made[] = [];
      if (keys === 0 || to_ms <= from_ms) return out;
      const end = schedule.firstAt(to_ms);
      for (let number = schedule.firstAt(from_ms); number < end; number++) {
        const made = make(schedule.keyOf(number), schedule.timeOf(number), number);
        if (made !== null) out.push(made);
      }
      return out;
    },
    slice_ms: Math.max(20, Math.min(period_ms, (5_000 / cost_us) * (period_ms / Math.max(1, keys)))),
    period_ms,
    look_back_ms: options.look_back_ms ?? period_ms,
    tick_ms: options.tick_ms ?? 1_000,
    past: {
      times: 1,
      at_most_ms: Infinity,
      in_order: false,
      events_per_s: (keys * 1_000) / (past.step_ms ?? period_ms),
      ...past,
    },
  };
}

/** The newest of each key, in their order. For streams that tell states. */
export function newestOf(stream: Stream, events: readonly Made[]): Made[] {
  const last = new Map<unknown, Made>();
  for (const event of events) last.set(event[stream.key], event);
  return events.filter((event) => last.get(event[stream.key]) === event);
}
