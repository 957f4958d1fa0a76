/** Speeds of all roads minute by minute, kept a while: what those drive by who are on the way for long. */
import type { Traffic } from "./traffic.ts";

export interface RoadSpeeds {
  /** km/h, 0 where the road is closed. */
  at(road: number, ms: number): number;
  closed(ms: number): ReadonlySet<number>;
  /** Reads the minutes of a span, a few ms of work each. */
  prepare(from_ms: number, to_ms: number): Generator<void>;
}

/** For so long a speed stands. */
export const SPEED_STEP_MS = 60_000;
/** Six hours; 5 KB each in a city of 1,247 roads. */
const KEPT = 360;

export function roadSpeeds(traffic: Traffic, roads: number): RoadSpeeds {
  const kept = new Map<number, { speeds: Float32Array; closed: Set<number> }>();
  const sample = (step: number): { speeds: Float32Array; closed: Set<number> } => {
    const known = kept.get(step);
    if (known !== undefined) return known;
    const moment = traffic.trendAt(step * SPEED_STEP_MS);
    const speeds = Float32Array.from({ length: roads }, (_, i) => moment.speed(i));
    const closed = new Set<number>();
    for (let i = 0; i < roads; i++) if (moment.closed(i)) closed.add(i);
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    const made = { speeds, closed };
    kept.set(step, made);
    return made;
  };
  const stepOf = (ms: number): number => Math.floor(ms / SPEED_STEP_MS);
  return {
    at: (road, ms) => sample(stepOf(ms)).speeds[road]!,
    closed: (ms) => sample(stepOf(ms)).closed,
    *prepare(from_ms, to_ms) {
      for (let step = stepOf(from_ms); step <= stepOf(to_ms); step++) {
        if (kept.has(step)) continue;
        sample(step);
        yield;
      }
    },
  };
}
