/** A congestion scan: time across, position along a corridor up, speed by free flow in each cell; episodes laid over it. */
import type { EpisodeEnd } from "../core/episodes.ts";

export interface ScanQuery {
  /** A corridor's id, or roads in their order; neither: the longest corridor. */
  corridor: string | null;
  roads: readonly string[] | null;
  /** Multiples of the windows' size; at most `limits.day_hours_max` apart. */
  from_ms: number;
  to_ms: number;
}

export interface ScanSegment {
  road_id: string;
  road_name: string;
  /** Where it lies along the corridor. */
  from_km: number;
  to_km: number;
  /** Per step: mean speed in percent of free flow, 0 to 200; null where nothing was measured. */
  percent: readonly (number | null)[];
}

export interface ScanEpisode {
  road_id: string;
  started_at: string;
  /** Null while it goes on. */
  ended_at: string | null;
  end: EpisodeEnd | null;
  from_km: number;
  to_km: number;
  worst_ratio: number;
  delay_s: number | null;
}

export interface CongestionScan {
  corridor_id: string | null;
  name: string | null;
  length_km: number;
  from: string;
  to: string;
  step_s: number;
  /** Start of each step. */
  steps: readonly string[];
  /** In order along the corridor. */
  segments: readonly ScanSegment[];
  episodes: readonly ScanEpisode[];
  /** Cells with data, of those that have begun. */
  cells_n: number;
  cells_expected: number;
}
