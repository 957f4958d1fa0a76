/** The times of a recording, as instants. */
import { formatInstant, instantOfLocal, parseInstant } from "../../core/time.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Mapping } from "./mapping.ts";

/** `row` counts the recording's rows from 0. A text where it is no instant: why, as a rule. */
export type TimeOf = (cell: unknown, row: number) => number | string;

/** @throws {ConfigError} if the mapping's `start` is no local time of its zone. */
export function timeReader(time: Mapping["time"]): TimeOf {
  if ("start" in time) {
    const start = instantIn(time.start, time.zone);
    if (typeof start === "string")
      throw new ConfigError(`The mapping is wrong at /time/start: ${time.start} ${start}`);
    const step_ms = time.step_s * 1_000;
    return (_cell, row) => start + row * step_ms;
  }
  if (time.format === "iso") return (cell) => instantIn(cell, time.zone);
  const factor = time.format === "s" ? 1_000 : 1;
  return (cell) => {
    const ms = cell === "" || cell === null || cell === undefined ? NaN : Math.round(Number(cell) * factor);
    return Number.isSafeInteger(ms) && Math.abs(ms) < 8e15
      ? ms
      : `must be a number of ${time.format} since 1970`;
  };
}

function instantIn(cell: unknown, zone: string | undefined): number | string {
  if (typeof cell !== "string") return "must be a text";
  const instant = parseInstant(cell);
  if (instant !== null) return instant;
  const local = parseInstant(cell, "utc");
  if (local === null) return "must be an ISO 8601 time with seconds";
  if (zone === undefined) return "must have an offset, as the mapping names no zone";
  return (
    instantOfLocal(local, zone) ??
    `must be a time that exists in ${zone}: its clocks skip ${formatInstant(local).slice(0, -1)}`
  );
}
