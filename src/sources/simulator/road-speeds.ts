/** Speeds of the roads minute by minute, kept a while: what those drive by who are on the way for long. */
import type { Moment, Traffic } from "./traffic.ts";

export interface RoadSpeeds {
  /** km/h, 0 where the road is closed. */
  at(road: number, ms: number): number;
  closed(ms: number): ReadonlySet<number>;
  /** Looks at the minutes of a span, one after the other. */
  prepare(from_ms: number, to_ms: number): Generator<void>;
}

/** For so long a speed stands. */
export const SPEED_STEP_MS = 60_000;
/** Six hours; 5 KB each in a city of 1,247 roads. */
const KEPT = 360;

interface Minute {
  moment: Moment;
  /** Of each road that was asked for; the others are NaN. */
  speeds: Float32Array;
}

export function roadSpeeds(traffic: Traffic, roads: number): RoadSpeeds {
  const kept = new Map<number, Minute>();
  const minute = (step: number): Minute => {
    const known = kept.get(step);
    if (known !== undefined) return known;
    const made = {
      moment: traffic.trendAt(step * SPEED_STEP_MS),
      speeds: new Float32Array(roads).fill(Number.NaN),
    };
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(step, made);
    return made;
  };
  const stepOf = (ms: number): number => Math.floor(ms / SPEED_STEP_MS);
  return {
    at(road, ms) {
      const { moment, speeds } = minute(stepOf(ms));
      const known = speeds[road]!;
      // A speed is never NaN: then it has not been asked for.
      if (Number.isNaN(known)) speeds[road] = moment.speed(road);
      // As it is kept, also the first time: who asks first must not drive at another speed than who asks again.
      return speeds[road]!;
    },
    closed: (ms) => minute(stepOf(ms)).moment.closures,
    *prepare(from_ms, to_ms) {
      for (let step = stepOf(from_ms); step <= stepOf(to_ms); step++) {
        if (kept.has(step)) continue;
        minute(step);
        yield;
      }
    },
  };
}
