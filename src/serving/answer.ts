/** What the serving layer answers: data with its provenance. Shapes of CONTRACTS: `{ data, meta }`. */
import type { BatchStatus } from "./batch-status.ts";
import type { Bbox, Position } from "../core/geo.ts";
import type { CongestionLevel } from "../core/congestion.ts";
import type { AnswerRow } from "../core/json.ts";
import type { Stream } from "../core/stream.ts";
import type { PartitionLedger } from "../history/history-store.ts";
import type { AskAirForecast } from "./air-forecast.ts";
import type { Analytics } from "./analytics/answer.ts";
import type { PredictionScores } from "./predictions/answer.ts";
import type { CategorySales, SalesRange } from "./sales-answer.ts";
import type { Delivery } from "./delivery.ts";
import type { EmergencyView } from "./emergency-answer.ts";
import type { RoadPatterns } from "./episode-answer.ts";
import type { RoadExplanation } from "./explain-answer.ts";
import type { Track, TrackQuery } from "./track-answer.ts";
import type { TrafficDay, TrafficDayQuery } from "./traffic-day-answer.ts";

export type Layer = "speed" | "batch" | "merged";

export interface Meta {
  /** The log position this answer holds at least: never ahead of its data. */
  cursor: string;
  layer: Layer;
  /** Newest event time in the answer, UTC; null when it is empty. */
  as_of: string | null;
  /** When built − as_of, never negative; null when it is empty. */
  age_ms: number | null;
  /** Age over three times the stream's expected period; of an empty answer, whether nothing is known at all. */
  stale: boolean;
  /** 0–1: share of expected keys (lists) or windows (ranges) that are present and not stale. */
  coverage: number;
  frontier?: string;
  next_cursor?: string;
  attribution?: readonly string[];
  /** Keys that analytics left out, by rule or by hand: how many, and why. Missing where none is. */
  excluded?: { keys: number; note: string };
}

export interface Answer<T> {
  data: T;
  meta: Meta;
}

/** A live row: the stream's fields, with its own age. */
export type CurrentRow = AnswerRow & { as_of: string; stale: boolean };

/** Which rows of a stream a named list shows, before anybody filters it. */
export interface Listed {
  /** None with an event time longer ago, ms; any age where it is missing. */
  max_age_ms?: number;
  /** Leaves out what has come to its declared end. */
  active?: boolean;
}

/** A circle on the earth: what lies at most so far from a place, the border with it. */
export interface Near {
  at: Position;
  radius_km: number;
}

export interface CurrentQuery extends Listed {
  bbox?: Bbox;
  near?: Near;
  /** Only these keys. */
  keys?: readonly string[];
  /** A log cursor: only rows of events at or after it. */
  since?: string;
  /** All rows by default, at most `limits.list_rows_max`. */
  limit?: number;
  /** `next_cursor` of the page before: rows are ordered by key. */
  cursor?: string;
}

/** The unfiltered list of a tick, as bytes that every client shares. */
export interface SharedAnswer {
  /** Weak ETag, with quotes. Changes with cursor, expiries and layer. */
  etag: string;
  json: Uint8Array;
  gzip: Uint8Array;
  /** Ends with the tick. */
  max_age_ms: number;
  answer: Answer<readonly CurrentRow[]>;
}

export type Step = "1m" | "5m" | "15m" | "1h" | "1d";

export interface HistoryQuery {
  from_ms: number;
  to_ms: number;
  /** Raw rows without it; else windows of this length. Shorter than the stream's windows is a `RangeError`. */
  step?: Step;
  limit: number;
  cursor?: string;
  /** Raw rows of `data` newest first. A cursor of one direction is none of the other. */
  descending?: boolean;
}

/** A raw event as it is answered. */
export type RawAnswerRow = AnswerRow & { source: string };

export interface ExportQuery {
  from_ms: number;
  to_ms: number;
  key?: string;
}

/** A whole range, oldest first, in pages that are read as they are taken. */
export interface Export extends ExportQuery {
  /** Read before the rows: all that it holds of the range is in the export. */
  cursor: string;
  /** One reader. May fail between pages: then what was read is not the whole. */
  pages: AsyncIterable<readonly RawAnswerRow[]>;
}

/** `window_start`, `window_end`, the key field, and the aggregates' fields. */
export type WindowRow = AnswerRow;

export interface StreamStatus {
  stream: string;
  label: string;
  topic: string;
  /** Arterial's own, for measuring itself. */
  internal: boolean;
  state: "live" | "delayed" | "silent" | "empty";
  /** Newest event time stored or live. */
  as_of: string | null;
  age_ms: number | null;
  events_per_s: number;
  consumed: number;
  stored: number;
  duplicate: number;
  dead: number;
  late: number;
  unknown_fields: number;
  /** Refused at the door, by source. Not part of `consumed`. */
  rejected: readonly { source: string; count: number }[];
  /** Away: ends and lags are as they were when the log answered last. */
  log: "there" | "away";
  /** Events in the log not yet stored. */
  lag_events: number;
  /** How long history has been behind the log's end, ms: the most over the partitions. */
  lag_ms: number;
  /** Least watermark over the partitions. */
  watermark: string | null;
  /** consumed − stored − duplicate − dead; anything but 0 is a fault. */
  ledger_difference: number;
  open_dead_letters: number;
  layer: Layer;
  live_keys: number;
  expected_keys: number;
  /** Its batch views; left out where it keeps no windows, or nothing is known of them. */
  batch?: BatchStatus;
  partitions: readonly (Omit<
    PartitionLedger,
    "stream" | "watermark_ms" | "updated_at_ms" | "last_record_hash"
  > & {
    watermark: string | null;
    /** Of the newest event stored. */
    age_ms: number | null;
    end_offset: number;
    lag_events: number;
    lag_ms: number;
  })[];
}

/** The city in one sentence and a list. */
export interface CitySummary {
  as_of: string | null;
  age_ms: number | null;
  stale: boolean;
  /** Roads of the network, plus those that only events know. */
  roads: number;
  counts: Readonly<Record<CongestionLevel, number>>;
  congested: number;
  /** How many are congested at this hour on such days, and from how many such days that is known. */
  usual: { congested: number; days: number; basis: "weekday" | "any-day" } | null;
  /** "14 of 1,247 roads congested, 6 more than usual for Saturday 10:20" */
  sentence: string;
  worst: readonly WorstRoad[];
}

export interface WorstRoad {
  road_id: string;
  road_name: string;
  congestion_level: CongestionLevel;
  current_speed: number;
  free_flow_speed: number | null;
  /** Seconds lost on its length against free flow; null without a length. */
  delay_s: number | null;
  as_of: string;
  stale: boolean;
}

/** A road of the network or one that only events know (then without geometry, or a point). */
export interface RoadInfo {
  road_id: string;
  road_name: string;
  road_class: string | null;
  district: string | null;
  free_flow_speed: number | null;
  length_km: number | null;
  geometry:
    | { type: "LineString"; coordinates: readonly Position[] }
    | { type: "Point"; coordinates: Position }
    | null;
  neighbours: readonly string[];
}

/** All a panel or page needs of one road, in one call. */
export interface RoadView {
  road: RoadInfo;
  now: CurrentRow | null;
  /** Windows of the last `hours`, oldest first. */
  windows: readonly WindowRow[];
  /** Mean speed per 5-minute slot of the city's day (288), over the days there are; null where none. */
  typical: readonly (number | null)[];
  typical_days: number;
  meta: Meta;
}

export interface Serving {
  /** @throws {ProblemError} invalid-parameter for a cursor that is none of ours. */
  current(stream: Stream, query: CurrentQuery): Promise<Answer<readonly CurrentRow[]>>;
  /** The unfiltered list, whole or as a named list shows it, built once per tick however many ask. */
  shared(stream: Stream, listed?: Listed): Promise<SharedAnswer>;
  /** @throws {ProblemError} not-found for a key never seen. */
  one(stream: Stream, key: string): Promise<Answer<CurrentRow>>;
  /** Raw rows, or windows with `step`, of one key. @throws {ProblemError} not-found for a key never seen. */
  history(stream: Stream, key: string, query: HistoryQuery): Promise<Answer<readonly AnswerRow[]>>;
  /** Windows of all keys or one. */
  windows(stream: Stream, key: string | null, query: HistoryQuery): Promise<Answer<readonly WindowRow[]>>;
  /** Raw rows of any keys. */
  data(stream: Stream, query: HistoryQuery & { key?: string }): Promise<Answer<readonly RawAnswerRow[]>>;
  /** Raw rows of a whole range under constant memory. @throws {ProblemError} not-found for a key never seen. */
  export(stream: Stream, query: ExportQuery): Promise<Export>;
  roads(query: { bbox?: Bbox; limit?: number; cursor?: string }): Promise<Answer<readonly RoadInfo[]>>;
  road(road_id: string, hours: number): Promise<RoadView>;
  /** Why a road looks as it does. @throws {ProblemError} not-found for a road that nothing knows. */
  explain(road_id: string): Promise<Answer<RoadExplanation>>;
  /** Where one vehicle was. @throws {ProblemError} not-found for a vehicle never seen. */
  track(stream: Stream, key: string, query: TrackQuery): Promise<Answer<Track>>;
  /** All of one emergency. @throws {ProblemError} not-found for one that no report has named. */
  emergency(stream: Stream, emergency_id: string): Promise<Answer<EmergencyView>>;
  /** Sales by category and window, with every category in every window. */
  categorySales(stream: Stream, range: SalesRange): Promise<Answer<readonly CategorySales[]>>;
  streams(): Promise<Answer<readonly StreamStatus[]>>;
  /** How delivery does in this process: warnings, breaker, canary. Asks nobody. */
  delivery(): Delivery;
  summary(): Promise<CitySummary>;
  /** A day of all roads as bytes, or what its steps are compared with. Shared by all who ask the same. */
  trafficDay(query: TrafficDayQuery): Promise<TrafficDay>;
  /** Of batch views: missing where there are none. */
  analytics?: Analytics;
  /** Episodes, bottlenecks, profiles, reliability, corridors. Missing where no stream is of roads. */
  patterns?: RoadPatterns;
  /** The air in the hours ahead. Missing where nobody forecasts it. */
  airForecast?: AskAirForecast;
  /** How good predictions were. Missing where nobody scores them. */
  predictionScores?: PredictionScores;
  /** The log position now, for a page that is about to connect. */
  cursor(): Promise<string>;
}
