/** Steps of windows: multiples of the stream's own, aligned to the epoch, or days of the city's zone. */
import type { Stream } from "../core/stream.ts";
import { hours, minutes, startOfDay } from "../core/time.ts";
import { windowStart, type WindowDeclaration } from "../core/window.ts";
import type { Step } from "./answer.ts";
import { invalidParameter } from "./problem.ts";

const stepSizes: Readonly<Record<Exclude<Step, "1d">, number>> = {
  "1m": minutes(1),
  "5m": minutes(5),
  "15m": minutes(15),
  "1h": hours(1),
};

export interface Steps {
  windows: WindowDeclaration;
  /** One step is one kept window. */
  own: boolean;
  /** Start of the step that an instant lies in. */
  start(ms: number): number;
  /** Where the step that starts at `start_ms` ends: 23 or 25 hours later on the days when clocks change. */
  end(start_ms: number): number;
}

/** @throws {ProblemError} invalid-parameter for a step that cannot be made from the stream's windows. */
export function stepsOf(stream: Stream, step: Step | undefined, zone: string): Steps {
  const { windows } = stream;
  if (windows === null)
    throw invalidParameter("step", step ?? "", `must be left out: ${stream.name} keeps no windows`);
  const own_ms = windows.size_ms;
  if (step === "1d") {
    return {
      windows,
      own: false,
      start: (ms) => startOfDay(ms, zone),
      // Well into the next day, also after one of 25 hours.
      end: (start_ms) => startOfDay(start_ms + hours(30), zone),
    };
  }
  const size_ms = step === undefined ? own_ms : stepSizes[step];
  if (size_ms % own_ms !== 0) {
    const rule = `must be a multiple of the stream's windows, which are ${own_ms / 60_000} min long`;
    throw invalidParameter("step", step ?? "", rule);
  }
  return {
    windows,
    own: size_ms === own_ms,
    start: (ms) => windowStart(ms, size_ms),
    end: (start_ms) => start_ms + size_ms,
  };
}
