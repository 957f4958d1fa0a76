/** `from`, `to`, `step`: half-open ranges with their defaults and bounds. */
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, formatInstant, hours } from "../src/core/time.ts";
import type { HistoryQuery, Step } from "../src/serving/answer.ts";
import { steps } from "./parameters.ts";
import { invalidParameter } from "./problem.ts";

export interface RangeParameters {
  from?: number | undefined;
  to?: number | undefined;
  step?: Step | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/**
 * @param long Whether the range is a day by default, as for windows and exports; else it is an hour.
 * @throws {ProblemError} invalid-parameter for a range that is turned round, too long, or a step too short.
 */
export function rangeOf(stream: Stream, asked: RangeParameters, long: boolean, now_ms: number): HistoryQuery {
  const { step } = asked;
  if (step !== undefined && stream.windows !== null && steps[step] < stream.windows.size_ms) {
    throw invalidParameter(
      "step",
      step,
      `must not be shorter than the stream's windows, ${stream.windows.size_ms / 60_000} min`,
    );
  }
  if (step !== undefined && stream.windows === null) {
    throw invalidParameter("step", step, "must be left out: this stream keeps no windows");
  }
  const length_ms = long ? days(1) : hours(1);
  const to_ms = asked.to ?? (asked.from === undefined ? now_ms + 1 : Math.max(now_ms + 1, asked.from + 1));
  const from_ms = asked.from ?? to_ms - length_ms;
  if (from_ms >= to_ms) {
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must be before to, which is ${formatInstant(to_ms)}`,
    );
  }
  if (to_ms - from_ms > days(limits.range_days_max)) {
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must not be more than ${limits.range_days_max} days before to`,
    );
  }
  return {
    from_ms,
    to_ms,
    limit: asked.limit ?? limits.range_rows_max,
    ...(step === undefined ? {} : { step }),
    ...(asked.cursor === undefined ? {} : { cursor: asked.cursor }),
  };
}
