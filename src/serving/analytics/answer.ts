/**
 * What the analytics answer. Speeds in km/h, shares 0 to 1, instants UTC with `Z`, hours and weekdays (1 Monday to 7) of the city's zone.
 * Means are arithmetic over events: sum by n, from integers. Null says that nothing was measured, never zero. docs/analytics.md defines
 * each measure.
 */
import type { AqiCategory } from "../../core/aqi.ts";
import type { HourRange } from "../../core/city.ts";
import type { Answer, Layer } from "../answer.ts";
import type { RangeComparison } from "./compared.ts";

/** What every question of the analytics has. */
export interface AnalyticsQuery {
  /** Hours and days that start in `[from_ms, to_ms)`. */
  from_ms: number;
  to_ms: number;
  /** All where it is null. */
  roads: readonly string[] | null;
  /** 1 Monday to 7 Sunday; all where it is null. */
  weekdays: readonly number[] | null;
  /** Leaves out the city's holidays. */
  without_holidays: boolean;
  /** What it is compared with: nothing where it is null. */
  compared: ComparedPeriod | null;
}

export interface ComparedPeriod {
  /** `period` was named by its own from and to. */
  of: RangeComparison | "period";
  /** They do not overlap; several only for what is typical. */
  ranges: readonly { from_ms: number; to_ms: number }[];
}

export type AnalyticsStep = "1h" | "1d";

export interface TrendsQuery extends AnalyticsQuery {
  step: AnalyticsStep;
  /** How many of the most congested roads. */
  limit: number;
}

/** Over which hours an answer is. */
export interface Period {
  from: string;
  to: string;
}

/** How much of what was expected is there: expected are keys × windows. */
export interface Present {
  /** Events. */
  n: number;
  windows_n: number;
  windows_expected: number;
  coverage: number;
}

/** Percentiles of the windows' mean speeds, from fixed bins: right to a bin's width, which is 2 km/h up to 40, then 3, and 5 from 100 on. */
export interface Percentiles {
  p5: number | null;
  p10: number | null;
  p25: number | null;
  p50: number | null;
  p75: number | null;
  p90: number | null;
  p95: number | null;
}

// traffic-summary

export interface TrafficFigures extends Present {
  periods: readonly Period[];
  mean_speed: number | null;
  /** Standard deviation over events (population). */
  stddev_speed: number | null;
  min_speed: number | null;
  max_speed: number | null;
  free_flow_speed: number | null;
  percentiles: Percentiles;
  /** Share of events with heavy congestion or worse. */
  congested_share: number | null;
  /** Mean pace by mean free-flow pace over the same roads and windows: 1 is no delay. */
  delay_index: number | null;
  /** Mean time for a kilometre, s. */
  pace_s: number | null;
  roads_seen: number;
  /** The hour of the day with the greatest congested share, of those with data. */
  busiest_hour: HourFigures | null;
}

/** Asked minus compared, of figures that do not grow with the length of a range; null where either is. */
export interface TrafficDifference {
  mean_speed: number | null;
  free_flow_speed: number | null;
  p50: number | null;
  congested_share: number | null;
  delay_index: number | null;
  pace_s: number | null;
}

export interface TrafficSummary {
  asked: TrafficFigures;
  compared: (TrafficFigures & { of: ComparedPeriod["of"] }) | null;
  difference: TrafficDifference | null;
}

// statistics

export interface Statistics {
  live: {
    /** Newest event, of traffic. */
    as_of: string | null;
    layer: Layer;
    roads: number;
    reporting: number;
    congested: number;
    /** Arithmetic over the roads that report. */
    mean_speed: number | null;
    aqi: {
      as_of: string | null;
      locations: number;
      mean: number | null;
      max: number | null;
      /** Of the greatest. */
      category: AqiCategory | null;
    } | null;
  };
  speed: SpeedDistribution & { compared: SpeedDistribution | null };
  /** Null where no readings are taken. */
  aqi: AqiDistribution | null;
}

export interface SpeedDistribution extends Present {
  periods: readonly Period[];
  mean_speed: number | null;
  percentiles: Percentiles;
  /** Of windows' mean speeds: the first bin begins at 0, the last one is open (`to` null). */
  bins: readonly { from: number; to: number | null; windows_n: number }[];
}

/** Hourly means of each location by the EPA's categories. */
export interface AqiDistribution {
  locations: number;
  /** Hours of locations that have an index. */
  hours_n: number;
  hours_expected: number;
  coverage: number;
  mean: number | null;
  max: number | null;
  /** Quantiles of the hourly means themselves, by the nearest rank. */
  percentiles: Percentiles;
  /** In the EPA's order; `to` is null for the last one. */
  categories: readonly { category: AqiCategory; from: number; to: number | null; hours_n: number }[];
}

// trends

/** One hour of the day over the whole range. */
export interface HourFigures extends Present {
  /** 0 to 23 */
  hour: number;
  speed: number | null;
  p10: number | null;
  p25: number | null;
  p50: number | null;
  p75: number | null;
  p90: number | null;
  congested_share: number | null;
  /** Within the city's peak hours. */
  is_peak_hour: boolean;
}

export interface TrendPoint extends Present {
  start: string;
  end: string;
  speed: number | null;
  congested_share: number | null;
  /** It had not ended when the answer was made. */
  partial: boolean;
  compared_speed: number | null;
  compared_congested_share: number | null;
}

export interface RushFigures extends Present {
  /** Half-open hours, from the city's rule. */
  hours: HourRange;
  speed: number | null;
  congested_share: number | null;
  by_weekday: readonly Pick<WeekdayHour, "weekday" | "speed" | "congested_share" | "n">[];
}

/** Rush hours count on working days, Monday to Friday without holidays, as everywhere. */
export interface RushHourPatterns {
  /** Null where the city's rule has no such hours. */
  morning: RushFigures | null;
  evening: RushFigures | null;
  /** All other hours of the same days. */
  other: Present & { speed: number | null; congested_share: number | null };
}

export interface CongestedRoad extends Present {
  rank: number;
  road_id: string;
  road_name: string;
  district: string | null;
  mean_speed: number | null;
  free_flow_speed: number | null;
  congested_share: number | null;
  delay_index: number | null;
  /** Mean time lost for its length, s; null without a length. */
  delay_s: number | null;
  compared_congested_share: number | null;
  /** A value per day of the range, oldest first; null where nothing was measured. */
  daily: readonly { date: string; congested_share: number | null; speed: number | null; n: number }[];
}

export interface WeekdayHour extends Present {
  /** 1 Monday to 7 */
  weekday: number;
  /** 0 to 23 */
  hour: number;
  speed: number | null;
  congested_share: number | null;
}

export interface Trends {
  period: Period;
  step: AnalyticsStep;
  /** By `step`, oldest first, none left out: without data its figures are null. */
  series: readonly TrendPoint[];
  /** 24 hours. */
  hourly_avg_speed: readonly HourFigures[];
  /** 24 hours of what it is compared with. */
  compared_hourly: {
    of: ComparedPeriod["of"];
    periods: readonly Period[];
    hours: readonly HourFigures[];
  } | null;
  rush_hour_patterns: RushHourPatterns;
  top_congested_roads: readonly CongestedRoad[];
  /** 7 × 24 cells, Monday 0 o'clock first. */
  weekday_hour: readonly WeekdayHour[];
}

// peak-hours

export interface PeakHour extends Present {
  /** 0 to 23 */
  hour: number;
  /** By the city's rule. */
  is_peak_hour: boolean;
  /** Within a measured peak of any of the range's weekdays. */
  is_measured_peak: boolean;
  mean_speed: number | null;
  congested_share: number | null;
  /** 100 · (1 − mean speed / mean free-flow speed), 0 to 100 %. */
  traffic_level: number | null;
}

export interface MeasuredPeak {
  /** 1 Monday to 7 */
  weekday: number;
  /** Half-open hours. */
  from_hour: number;
  to_hour: number;
  /** The worst hour in it. */
  worst_hour: number;
  traffic_level: number;
  /** What its hours are above: the day's mean plus half of the way to its greatest. */
  threshold: number;
  n: number;
}

export interface PeakHoursOfTraffic {
  period: Period;
  /** Half-open hours of the city's rule. */
  rule: readonly HourRange[];
  /** The rule of measured peaks in words. */
  measured_rule: string;
  /** History: the days of the range before today. 24 hours. */
  batch: readonly PeakHour[];
  /** Today, from windows as they stand. 24 hours. */
  speed: readonly PeakHour[];
  measured_peaks: readonly MeasuredPeak[];
}

/** A row of paper 000's `peak_hours_analysis`. */
export interface PeakHourOfLocation {
  date: string;
  hour: number;
  location: string;
  avg_traffic_level: number | null;
  avg_aqi_value: number | null;
  is_peak_hour: boolean;
  total_records: number;
  layer: "batch" | "speed";
}

// daily-summary

export interface DailySummary extends Present {
  /** `YYYY-MM-DD` of the city's zone. */
  date: string;
  weekday: number;
  is_holiday: boolean;
  /** 23 to 25 h. */
  length_h: number;
  /** The day goes on, or the range holds only a part of it. */
  partial: boolean;
  /** Events of traffic and readings of locations together. */
  total_records: number;
  avg_speed: number | null;
  congested_share: number | null;
  worst_hour: number | null;
  worst_hour_congested_share: number | null;
  /** Of readings. */
  readings_n: number;
  avg_aqi: number | null;
  max_aqi: number | null;
  /** Mean traffic level, %. */
  avg_traffic: number | null;
}

// correlation

export interface Correlated {
  lag_h: number;
  /** Pearson's, −1 to 1. */
  r: number | null;
  /** 95 % confidence interval by Fisher's z over `n_effective`. */
  r_low: number | null;
  r_high: number | null;
  /** Spearman's rank correlation, of the best lag only. */
  rho: number | null;
  /** Pairs of hours. */
  n: number;
  /** Pairs that as many independent ones would say as much as. */
  n_effective: number | null;
}

export interface Pairing {
  /** What comes first in time: weather, or traffic. */
  cause: "precipitation" | "temperature" | "wind_speed" | "humidity" | "traffic_level";
  cause_unit: string;
  effect: "speed" | "congested_share" | "aqi_value";
  effect_unit: string;
  /** A location of readings; null for the city. */
  location: string | null;
  /** The lag, 0 to 6 h, at which it is strongest. */
  best: Correlated | null;
  /** Each lag from 0 h on. */
  lags: readonly Correlated[];
  /** Why there is no best: too few pairs, or a measure that never changes. */
  reason: string | null;
}

export interface Correlation {
  period: Period;
  weather_traffic: readonly Pairing[];
  traffic_aqi: readonly Pairing[];
}

/**
 * As `serving.analytics`. Answers are kept for 10 s and shared by all who ask the same: the same object, so nobody may change it.
 * @throws {ProblemError} not-found for a road that nothing knows, and where a stream that it is of is not here. {HistoryUnavailableError}
 */
export interface Analytics {
  trafficSummary(query: AnalyticsQuery): Promise<Answer<TrafficSummary>>;
  statistics(query: AnalyticsQuery): Promise<Answer<Statistics>>;
  trends(query: TrendsQuery): Promise<Answer<Trends>>;
  peakHours(query: AnalyticsQuery): Promise<Answer<PeakHoursOfTraffic>>;
  peakHoursByLocation(query: AnalyticsQuery): Promise<Answer<readonly PeakHourOfLocation[]>>;
  dailySummary(query: AnalyticsQuery): Promise<Answer<readonly DailySummary[]>>;
  correlation(query: AnalyticsQuery): Promise<Answer<Correlation>>;
}
