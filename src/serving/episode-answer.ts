/** What is answered about what recurs on roads: episodes, bottlenecks, profiles, reliability, corridors. Delays are against free flow. */
import type { Bbox } from "../core/geo.ts";
import type { EpisodeEnd } from "../core/episodes.ts";
import type { Answer } from "./answer.ts";
import type { CongestionScan, ScanQuery } from "./scan-answer.ts";

/** Which roads a question is about: those named, those that touch a box, or all. */
export interface RoadsAsked {
  /** In order; at most `limits.keys_asked_max`. */
  roads?: readonly string[];
  bbox?: Bbox;
}

export const episodeStates = ["now", "new", "all"] as const;
export type EpisodeState = (typeof episodeStates)[number];

export const episodeSorts = ["started_at", "delay", "minutes", "worst_ratio"] as const;
export type EpisodeSort = (typeof episodeSorts)[number];

export interface EpisodesQuery extends RoadsAsked {
  /** Episodes that touch `[from_ms, to_ms)`; of those that are new, that began in it. */
  from_ms: number;
  to_ms: number;
  /**
   * `now`: going on. `new`: its road had none that began at this time of the day, within an hour, in the four weeks before the
   * range.
   */
  state: EpisodeState;
  sort: EpisodeSort;
  limit: number;
}

export interface EpisodeRow {
  road_id: string;
  road_name: string;
  started_at: string;
  /** Null while it goes on. */
  ended_at: string | null;
  /** `unknown`: data ended before traffic recovered; null while it goes on. */
  end: EpisodeEnd | null;
  /** From its begin to its end, or to the end of its last window. */
  minutes: number;
  /** Least mean speed by free-flow speed of a window, and when. */
  worst_ratio: number;
  worst_at: string;
  /** What one vehicle in each window of 5 min lost on the road's length, added up, s; null for a road without a length. */
  delay_s: number | null;
  /** The same, the mean of its windows: what one vehicle lost that came by, s. */
  mean_delay_s: number | null;
  /** Of the vehicles that cameras on the road counted, h; null where no camera counted any. */
  vehicle_hours: number | null;
  /** Share of the windows in which vehicles were counted. */
  counted_share: number;
  windows_n: number;
  /** Windows that its time has. */
  windows_expected: number;
  /** Share of its time that was observed. */
  coverage: number;
  /** Newest data of it, while it goes on. */
  as_of: string;
}

export interface BottlenecksQuery extends RoadsAsked {
  /** Episodes that began in `[from_ms, to_ms)`; ranks before are of the same length of time right before it. */
  from_ms: number;
  to_ms: number;
  limit: number;
}

export interface BottleneckRow {
  /** By total delay, 1 the greatest; roads without a length come last, by their minutes. */
  rank: number;
  /** Null where it had no episode then. */
  rank_before: number | null;
  /** Places that it rose; negative where it fell. */
  rank_change: number | null;
  road_id: string;
  road_name: string;
  district: string | null;
  length_km: number | null;
  episodes_n: number;
  /** Of its episodes, added up. */
  delay_s: number | null;
  delay_s_before: number | null;
  vehicle_hours: number | null;
  minutes: number;
  median_minutes: number;
  longest_minutes: number;
  worst_ratio: number;
  /** Hour of the day, 0 to 23 in the city's zone, in which most of them began; the earliest of several. */
  frequent_hour: number;
  frequent_hour_n: number;
  /** Episodes by the hour in which they began: 24 counts. */
  by_hour: readonly number[];
  going_on: boolean;
  newest_started_at: string;
}

/** One hour of one weekday over the last 28 days. */
export interface ProfileCell {
  /** 1 Monday to 7 */
  weekday: number;
  /** 0 to 23 */
  hour: number;
  /** Arithmetic, over events: the mean at one place. km/h */
  mean_speed: number | null;
  /** Percentiles of the windows' mean speeds, from fixed bins. */
  p10: number | null;
  p50: number | null;
  p90: number | null;
  /** Standard deviation over events (population), km/h. */
  spread: number | null;
  free_flow_speed: number | null;
  /** Share of events with heavy congestion or worse. */
  congested_share: number | null;
  n: number;
  windows_n: number;
  windows_expected: number;
  coverage: number;
}

export interface RoadProfile {
  road_id: string;
  road_name: string;
  /** The 28 days that it is made from; null while the job has not run. */
  from: string | null;
  to: string | null;
  /** 168, Monday 0 o'clock first; empty while the job has not run. */
  cells: readonly ProfileCell[];
}

export const reliabilityGroups = ["road", "corridor", "hour", "weekday_hour"] as const;
export type ReliabilityGroup = (typeof reliabilityGroups)[number];

export interface ReliabilityQuery extends RoadsAsked {
  from_ms: number;
  to_ms: number;
  /** 1 Monday to 7 Sunday; all where it is missing. */
  weekdays?: readonly number[];
  /** Leaves out the city's holidays. */
  without_holidays?: boolean;
  by: ReliabilityGroup;
}

/** FHWA's measures of travel time reliability. */
export interface ReliabilityRow {
  /** Of `by=road`. */
  road_id: string | null;
  road_name: string | null;
  /** Of `by=hour` and `by=weekday_hour`. */
  weekday: number | null;
  hour: number | null;
  length_km: number | null;
  /** Mean time over the length, and at free flow, s; null without a length. */
  mean_travel_time_s: number | null;
  free_flow_travel_time_s: number | null;
  /** 95th percentile of the windows' travel times, s. */
  p95_travel_time_s: number | null;
  /** Mean travel time by that of free flow. */
  travel_time_index: number | null;
  /** 95th percentile of travel time by that of free flow. */
  planning_time_index: number | null;
  /** (95th percentile − mean) / mean. */
  buffer_index: number | null;
  congested_share: number | null;
  /** Of vehicles that cameras counted; null where there is none, or the range is too long for it. */
  delay_vehicle_hours: number | null;
  /** Events; of a corridor windows. */
  n: number;
  windows_n: number;
  windows_expected: number;
  coverage: number;
}

/** A road of several segments, in order. */
export interface CorridorRow {
  corridor_id: string;
  name: string;
  road_class: string;
  segments_n: number;
  length_km: number;
  /** In order along it. */
  roads: readonly string[];
}

export interface RoadPatterns {
  /** @throws {ProblemError} not-found for a road that the network does not know and no event has named. */
  episodes(query: EpisodesQuery): Promise<Answer<readonly EpisodeRow[]>>;
  bottlenecks(query: BottlenecksQuery): Promise<Answer<readonly BottleneckRow[]>>;
  profile(road_id: string): Promise<Answer<RoadProfile>>;
  reliability(query: ReliabilityQuery): Promise<Answer<readonly ReliabilityRow[]>>;
  corridors(): Promise<Answer<readonly CorridorRow[]>>;
  scan(query: ScanQuery): Promise<Answer<CongestionScan>>;
}
