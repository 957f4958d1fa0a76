/** Where one vehicle was. */
import type { Position } from "../core/geo.ts";
import type { AnswerRow } from "../core/json.ts";

export interface TrackQuery {
  from_ms: number;
  to_ms: number;
  /** Positions that one page looks at. */
  limit: number;
  /** Positions go that lie no further than this from the line without them, m; 0 keeps all. */
  simplify_m: number;
  cursor?: string;
}

/** A position as it is stored. `jump`: over 300 km/h from the position before, which may have been left out. */
export type TrackRow = AnswerRow & { source: string; jump: boolean };

export interface TrackTotals {
  /** Positions in the range, before any were left out. */
  points_n: number;
  /** Along all positions, without jumps. */
  distance_km: number;
  jumps_n: number;
  /** Straight over the jumps. */
  jump_km: number;
  moving_s: number;
  /** Below 3 km/h. A silence of over 10 minutes is neither. */
  stopped_s: number;
  /** Median of when the log took a position minus its own time: a receiver's clock that is wrong shows here. */
  delay_s: number | null;
}

/** The totals of pages add up to those of the range. */
export interface Track {
  totals: TrackTotals;
  points: readonly TrackRow[];
  /** Between jumps, each of two positions or more; the first begins where the page before ended. */
  lines: readonly (readonly Position[])[];
}
