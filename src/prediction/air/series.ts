/** Hours of one location: what a forecast of its air is made from. */

/** What the weather says of an hour, in this order. */
export const WEATHER = ["temperature", "humidity", "wind_speed", "precipitation"] as const;

/** Hour k is `[from_ms + k h, from_ms + (k + 1) h)`; NaN where nothing was measured. */
export interface AirSeries {
  location: string;
  /** Begin of the first hour, UTC. */
  from_ms: number;
  /** Mean index of each hour, 0 to `AQI_MAX`. */
  aqi: Float64Array;
  /** µg/m³ */
  pm2_5: Float64Array;
  /** In the order of `WEATHER`: °C, %, km/h, mm/h; of the nearest station. Null where there is none. */
  weather: readonly Float64Array[] | null;
  /** IANA name: the hours of the day are this zone's. */
  zone: string;
}

export const HOUR_MS = 3_600_000;
/** Whole hours ahead that are forecast. */
export const AHEAD_H = 24;
