/** What was said of a road, beside what came: from its kept predictions and its windows. */
import type { AnswerRow } from "../../src/core/json.ts";
import { minutes } from "../../src/core/time.ts";
import type { WindowRow } from "../../src/serving/answer.ts";
import { instant, num } from "../format.ts";
import { aheadOf, horizons, type Horizon } from "./ahead.ts";

/** A prediction that has come to its time. */
export interface Said {
  minutes: Horizon;
  /** Middle of the five minutes that it spoke of, ms. */
  x: number;
  speed: number;
  came: number;
  /** What it would have been, had the speed stayed. */
  stayed: number | null;
}

const WINDOW_MS = minutes(5);
const MINUTE_MS = minutes(1);

/**
 * Of a prediction, the speed "at" minute M is the mean of `[M − 4 min, M + 1 min)`. So those count whose five minutes are a window:
 * every fifth minute's.
 */
export function saidOf(rows: readonly AnswerRow[], windows: readonly WindowRow[]): Said[] {
  const came = new Map(windows.map((w) => [instant(w["window_start"]), num(w["current_speed_mean"])]));
  return rows.flatMap((row): Said[] => {
    const ahead = aheadOf(row);
    if (ahead === null) return [];
    const made_ms = Math.floor(ahead.made_ms / MINUTE_MS) * MINUTE_MS;
    return ahead.steps.flatMap((step): Said[] => {
      const start = made_ms + minutes(step.minutes) + MINUTE_MS - WINDOW_MS;
      const mean = came.get(start);
      if (mean === undefined || mean === null) return [];
      const x = start + WINDOW_MS / 2;
      return [{ minutes: step.minutes, x, speed: step.speed, came: mean, stayed: ahead.current }];
    });
  });
}

/** How far off on average, km/h, over so many; and how far it would have been, had the speed stayed. */
export interface Record24 {
  minutes: Horizon;
  n: number;
  off: number | null;
  stayed_off: number | null;
}

export function recordOf(said: readonly Said[]): Record24[] {
  return horizons.map((minute) => {
    const of = said.filter((one) => one.minutes === minute);
    const mean = (values: readonly number[]): number | null =>
      values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
    const stayed = of.flatMap(({ stayed: speed, came }) => (speed === null ? [] : Math.abs(speed - came)));
    return {
      minutes: minute,
      n: of.length,
      off: mean(of.map(({ speed, came }) => Math.abs(speed - came))),
      // Beside the same cases only.
      stayed_off: stayed.length === of.length ? mean(stayed) : null,
    };
  });
}
