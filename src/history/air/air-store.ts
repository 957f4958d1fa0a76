/** Forecasts of the air as they are kept: the newest of each location, and how far those were off whose hour is over. */

/** How it was made: by the model, or where history is short from what is now. */
export const airMethods = ["model", "persistence"] as const;
export type AirMethod = (typeof airMethods)[number];

/** One hour ahead of a location; figures are indices, 0 to `AQI_MAX`. */
export interface AirForecast {
  location: string;
  /** End of the last whole hour that was known. */
  made_at_ms: number;
  /** 1 to 24. */
  hours_ahead: number;
  /** Begin of the hour that it is for. */
  hour_ms: number;
  aqi: number;
  /** Intervals that hold the hour's mean in 50 and in 90 % of cases. */
  low_50: number;
  high_50: number;
  low_90: number;
  high_90: number;
  /** Of the last known hour: what persistence says. */
  last_aqi: number;
  method: AirMethod;
}

/** What came: the mean of an hour. */
export interface AirHour {
  location: string;
  hour_ms: number;
  aqi: number;
}

/** Of the forecasts so many hours ahead that were scored. */
export interface AirAccuracy {
  hours_ahead: number;
  n: number;
  /** Mean absolute error, and that of persistence on the same. */
  mae: number;
  persistence_mae: number;
  /** Shares that lay within the intervals, 0 to 1. */
  inside_50: number;
  inside_90: number;
}

export interface AirStore {
  /** Replaces what was made at the same moment; what was made before stays until its hour is over. @throws {HistoryUnavailableError} */
  put(forecasts: readonly AirForecast[]): Promise<void>;
  /**
   * Folds the forecasts of these hours into the scores and forgets them, all or none; each is counted once, whatever is repeated. What is
   * older than `before_ms` and was never scored goes, too.
   *
   * @param zone Whose days scores are kept by.
   * @returns how many were scored.
   */
  score(hours: readonly AirHour[], before_ms: number, zone: string): Promise<number>;
  /** Begins of hours that wait to be scored, up to and without an hour. */
  due(until_ms: number): Promise<readonly number[]>;
  /** Of each location those made last, hours from `from_ms` on; by location and hours ahead. */
  newest(from_ms: number, location?: string): Promise<readonly AirForecast[]>;
  /** By hours ahead, of the last so many days. */
  accuracy(days: number, zone: string, now_ms: number): Promise<readonly AirAccuracy[]>;
  close(): Promise<void>;
}

/** What answers are made from. */
export type AirReads = Pick<AirStore, "newest" | "accuracy">;
