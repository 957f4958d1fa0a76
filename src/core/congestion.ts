/** Congestion levels of roads, from the ratio of current to free-flow speed. */

export const congestionLevels = ["free", "moderate", "heavy", "severe", "closed", "unknown"] as const;
export type CongestionLevel = (typeof congestionLevels)[number];

/** Least ratio of each open level; congested = heavy or worse. */
export const levelRatios = { free: 0.75, moderate: 0.5, heavy: 0.25 } as const;

export function congestionLevel(speed_ratio: number | null, road_closed: boolean): CongestionLevel {
  if (road_closed) return "closed";
  if (speed_ratio === null) return "unknown";
  if (speed_ratio >= levelRatios.free) return "free";
  if (speed_ratio >= levelRatios.moderate) return "moderate";
  return speed_ratio >= levelRatios.heavy ? "heavy" : "severe";
}

export const isCongested = (level: CongestionLevel): boolean =>
  level === "heavy" || level === "severe" || level === "closed";

/** 0 free to 10 standing; our own formula for feeds that send none. */
export const jamFactor = (speed_ratio: number): number => 10 * (1 - Math.min(1, speed_ratio));
