/** What the positions of one vehicle say together: which of them are jumps, how far and how long it drove, which line it left. */
import { distance_km, type Position } from "../core/geo.ts";
import { simplified } from "../core/simplify.ts";
import { minutes } from "../core/time.ts";

export interface TrackPoint {
  time_ms: number;
  at: Position;
  /** As its receiver says, km/h; null where it does not. */
  speed: number | null;
}

export interface TrackLine {
  /** Of each point: no vehicle drives that fast from the point before. Such a stretch is no part of the line. */
  jumps: readonly boolean[];
  /** Along the points, without jumps. */
  distance_km: number;
  /** Straight over the jumps. */
  jump_km: number;
  moving_s: number;
  stopped_s: number;
  /** Indexes of the points between jumps, ascending; −1 is the point before the first. */
  legs: readonly (readonly number[])[];
}

/** Faster from point to point, km/h, is a fault of the receiver or of its clock. */
export const JUMP_KMH = 300;
/** Slower is standing, km/h: a receiver that stands still wanders about as fast as one walks. */
const STANDING_KMH = 3;
/** Whoever is silent for longer may have stood or moved. */
const SILENT_MS = minutes(10);
/** Receivers tell whole seconds: two positions of one second are a second apart at most. */
const LEAST_MS = 1_000;

/** @param points By time. @param before The last point of the page before; null where there is none. */
export function trackLine(points: readonly TrackPoint[], before: TrackPoint | null): TrackLine {
  const jumps: boolean[] = [];
  const legs: number[][] = [before === null ? [] : [-1]];
  const sums = { distance_km: 0, jump_km: 0, moving_s: 0, stopped_s: 0 };
  let last = before;
  for (const [i, point] of points.entries()) {
    const way_km = last === null ? 0 : distance_km(last.at, point.at);
    const took_ms = last === null ? 0 : point.time_ms - last.time_ms;
    const kmh = (way_km / Math.max(LEAST_MS, took_ms)) * 3_600_000;
    const jump = kmh > JUMP_KMH;
    jumps.push(jump);
    if (jump) {
      sums.jump_km += way_km;
      legs.push([i]);
    } else {
      sums.distance_km += way_km;
      legs.at(-1)!.push(i);
      if (took_ms <= SILENT_MS)
        sums[(point.speed ?? kmh) < STANDING_KMH ? "stopped_s" : "moving_s"] += took_ms / 1_000;
    }
    last = point;
  }
  return { jumps, legs, ...sums };
}

/** Points of each leg that are enough to draw it, ends included. @param tolerance_m 0 keeps all. */
export const drawn = (
  line: TrackLine,
  placeOf: (point: number) => Position,
  tolerance_m: number,
): readonly (readonly number[])[] =>
  line.legs.map((leg) => simplified(leg.map(placeOf), tolerance_m).map((n) => leg[n]!));
