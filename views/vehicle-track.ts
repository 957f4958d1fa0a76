/** A vehicle's way as it is drawn: its places in order, with breaks where its receiver was silent or jumped. */
import type { Position } from "../src/core/geo.ts";
import type { TrackRow } from "../src/serving/track-answer.ts";
import { instant, num } from "./format.ts";

export interface TrackPoint {
  at: Position;
  time_ms: number;
  /** km/h as its receiver says; null where it does not. */
  speed: number | null;
  /** The line is broken before it: nobody knows how the vehicle came here. */
  gap: boolean;
}

/** @param silent_ms After so long without a place the line is broken. */
export function drawnTrack(
  rows: readonly TrackRow[],
  event_time: string,
  silent_ms: number,
): readonly TrackPoint[] {
  const points: TrackPoint[] = [];
  for (const row of rows) {
    const [lng, lat, time_ms] = [num(row["longitude"]), num(row["latitude"]), instant(row[event_time])];
    if (lng === null || lat === null || time_ms === null) continue;
    const last = points.at(-1);
    const gap = last === undefined || row.jump || time_ms - last.time_ms > silent_ms;
    points.push({ at: [lng, lat], time_ms, speed: num(row["speed"]), gap });
  }
  return points;
}

/** `lng,lat,s,gap;…` with the time in whole seconds since the epoch: what the script draws. */
export const trackText = (points: readonly TrackPoint[]): string =>
  points
    .map(
      ({ at, time_ms, gap }) =>
        `${at[0].toFixed(5)},${at[1].toFixed(5)},${Math.round(time_ms / 1_000)},${gap ? 1 : 0}`,
    )
    .join(";");
