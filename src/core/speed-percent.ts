/**
 * A road's window as one byte: mean speed over mean free-flow speed, in percent. What a day of a whole city is sent as.
 */
import { levelRatios } from "./congestion.ts";
import type { Kept } from "./aggregate.ts";

/** No event in the window, or no free-flow speed to compare with. */
export const NO_DATA = 255;
/** Faster than twice the free-flow speed is told as this. */
export const PERCENT_MAX = 200;
/** Below it a road is congested: heavy or worse. */
export const CONGESTED_BELOW = levelRatios.moderate * 100;

/**
 * @param kept Columns of a window of traffic, as they are summed.
 * @returns 0 to 200, rounded half up; 0 also for a road that is closed in most of its events and of which no free-flow speed is
 * known: windows do not tell a closed road from one where everything stands. 255 where there is no data.
 */
export function speedPercent(kept: Readonly<Record<string, Kept>>): number {
  const [n, sum] = [Number(kept["n"] ?? 0), Number(kept["current_speed_sum"] ?? 0)];
  const [free_n, free_sum] = [
    Number(kept["free_flow_speed_n"] ?? 0),
    Number(kept["free_flow_speed_sum"] ?? 0),
  ];
  if (n === 0) return NO_DATA;
  if (free_sum === 0) return Number(kept["congested_n"] ?? 0) * 2 > n ? 0 : NO_DATA;
  return Math.min(PERCENT_MAX, Math.floor((100 * sum * free_n) / (free_sum * n) + 0.5));
}
