/** A vehicle's way: its places in order, with breaks where a receiver was silent or jumped. */
import { distance_km, type Position } from "../src/core/geo.ts";
import { instant, num } from "./format.ts";
import type { Row } from "./vehicle-words.ts";

export interface TrackPoint {
  at: Position;
  time_ms: number;
  /** km/h as its receiver says; null where it does not. */
  speed: number | null;
  /** The line is broken before it: nobody knows how the vehicle came here. */
  gap: boolean;
}

/** Faster than any train: a receiver that lost its fix. */
const JUMP_KMH = 400;
/** A receiver is off by so much, km: a leap of less is noise, however short the time. */
const NOISE_KM = 0.15;

/** @param silent_ms After so long without a place the line is broken. */
export function trackOf(rows: readonly Row[], event_time: string, silent_ms: number): readonly TrackPoint[] {
  const points: TrackPoint[] = [];
  for (const row of rows) {
    const [lng, lat, time_ms] = [num(row["longitude"]), num(row["latitude"]), instant(row[event_time])];
    if (lng === null || lat === null || time_ms === null) continue;
    const last = points.at(-1);
    if (last !== undefined && time_ms <= last.time_ms) continue;
    const at: Position = [lng, lat];
    points.push({
      at,
      time_ms,
      speed: num(row["speed"]),
      gap: last === undefined || apart(last, at, time_ms, silent_ms),
    });
  }
  return points;
}

function apart(last: TrackPoint, at: Position, time_ms: number, silent_ms: number): boolean {
  const passed_ms = time_ms - last.time_ms;
  if (passed_ms > silent_ms) return true;
  const km = distance_km(last.at, at);
  return km > NOISE_KM && km / (passed_ms / 3_600_000) > JUMP_KMH;
}

/** Distance that the unbroken parts make together, km. */
export const trackLength_km = (points: readonly TrackPoint[]): number =>
  points.reduce((sum, { at, gap }, i) => (gap ? sum : sum + distance_km(points[i - 1]!.at, at)), 0);

/** `lng,lat,s,gap;…` with the time in whole seconds since the epoch: what the script draws. */
export const trackText = (points: readonly TrackPoint[]): string =>
  points
    .map(
      ({ at, time_ms, gap }) =>
        `${at[0].toFixed(5)},${at[1].toFixed(5)},${Math.round(time_ms / 1_000)},${gap ? 1 : 0}`,
    )
    .join(";");
