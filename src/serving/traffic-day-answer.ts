/** A day of the whole city, one byte per road and window. */
import type { Comparison } from "../core/compare.ts";
import type { Meta } from "./answer.ts";

export interface TrafficDayQuery {
  /** Multiples of the windows' size; at most `limits.day_hours_max` apart. */
  from_ms: number;
  to_ms: number;
  /** For each step what was there then instead; null for the steps themselves. */
  of: Comparison | null;
}

export interface TrafficDay {
  /** Road of each byte of a step. */
  roads: readonly string[];
  /** Start of each step, ms. */
  steps: readonly number[];
  step_ms: number;
  /** Steps in rows: byte `step × roads + road` is the speed in percent of free flow, 0 to 200; 255 is no data. */
  percent: Uint8Array<ArrayBuffer>;
  /** Per step: roads under 50 %, and roads with data. */
  congested: readonly number[];
  reporting: readonly number[];
  /** Most days that one step is made from: of typical how many, else 1; 0 without data. */
  days: number;
  /** All of it lies so far back that only late events change it. */
  closed: boolean;
  meta: Meta;
}
