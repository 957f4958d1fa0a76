/**
 * What recurs on roads: congestion episodes and each road's week, as the batch layer rebuilds them and the serving layer reads them.
 * Episodes come from the table up to their frontier and are folded from windows from there on, in one snapshot.
 */
import type { Episode, RoadFacts } from "../../core/episodes.ts";
import type { Stream } from "../../core/stream.ts";
import type { RunOptions } from "../rollups/batch-store.ts";

/** Who counts vehicles, and on which road. */
export interface Counting {
  stream: Stream;
  /** Column of its windows and of its roll-up `hours` that is a sum of vehicles. */
  column: string;
  /** Key of the stream → road. */
  road_of: ReadonlyMap<string, string>;
}

export interface RoadEpisode extends Episode {
  road_id: string;
}

export interface EpisodeFilter {
  from_ms: number;
  to_ms: number;
  /** All where it is missing. */
  keys?: readonly string[];
  now_ms: number;
  counting: Counting | null;
}

export interface EpisodesWanted extends EpisodeFilter {
  state: "now" | "new" | "all";
  sort: "started_at" | "delay" | "minutes" | "worst_ratio";
  limit: number;
}

export interface EpisodesRead {
  episodes: readonly RoadEpisode[];
  /** Up to where they came from the table; null where it was never made. */
  frontier_ms: number | null;
  /** Where windows were read from. Between an old frontier and it nothing is known. */
  tail_ms: number;
}

/** A road's episodes that began in a period. */
export interface Bottleneck {
  road_id: string;
  /** The period asked for, or the one before. */
  before: boolean;
  episodes_n: number;
  delay_ms: number | null;
  vehicle_ms: number | null;
  minutes: number;
  median_minutes: number;
  longest_minutes: number;
  worst_ratio: number;
  /** Hour of the city's day in which each began. */
  hours: readonly number[];
  going_on: boolean;
  newest_ms: number;
}

export interface BottlenecksRead extends Omit<EpisodesRead, "episodes"> {
  rows: readonly Bottleneck[];
}

export interface ProfileRow {
  weekday: number;
  hour: number;
  n: number;
  windows_n: number;
  windows_expected: number;
  congested_n: number;
  mean_speed: number | null;
  p10: number | null;
  p50: number | null;
  p90: number | null;
  spread: number | null;
  free_flow_speed: number | null;
}

export interface ProfileRead {
  /** End of the 28 days; null where the view was never made. */
  frontier_ms: number | null;
  rows: readonly ProfileRow[];
}

export interface TimesQuery {
  from_ms: number;
  to_ms: number;
  /** Of the ordered list; a road may stand in it twice. */
  keys: readonly string[];
  lengths_km: readonly number[];
  /** 1 Monday to 7; all where it is missing. */
  weekdays?: readonly number[];
}

/** One window over several roads. */
export interface TimesRow {
  start_ms: number;
  /** Time over what is covered, and at free flow, ms. */
  travel_ms: number;
  free_ms: number;
  covered_km: number;
  windows_n: number;
  n: number;
  congested_n: number;
}

export interface Rebuilt {
  /** Rows written. */
  rows: number;
  from_ms: number | null;
  frontier_ms: number | null;
  /** Its definition was another, so that it was begun anew. */
  anew: boolean;
  /** Another process is at it: nothing was done. */
  busy: boolean;
}

export interface RebuildEpisodesOptions extends RunOptions {
  counting: Counting | null;
}

export interface PatternStore {
  /** Of the network, by road. */
  roads: ReadonlyMap<string, RoadFacts>;
  episodes(stream: Stream, wanted: EpisodesWanted): Promise<EpisodesRead>;
  /** Of the period, and of the one of the same length before it. */
  bottlenecks(stream: Stream, filter: EpisodeFilter): Promise<BottlenecksRead>;
  profile(stream: Stream, road_id: string): Promise<ProfileRead>;
  /** By window, oldest first. @throws {RangeError} for more than `limits.corridor_windows_max`. */
  times(stream: Stream, query: TimesQuery): Promise<readonly TimesRow[]>;
  /**
   * Makes episodes up to where the hours of traffic are: today anew each time, and from the first day on whose sums have changed. Built
   * beside, swapped in a transaction; runs once at a time over all processes; one that was cut off is simply done again.
   */
  rebuildEpisodes(stream: Stream, options: RebuildEpisodesOptions): Promise<Rebuilt>;
  /** Each road's week, of the 28 days before today. */
  rebuildProfiles(stream: Stream, options: RunOptions): Promise<Rebuilt>;
  close(): Promise<void>;
}
