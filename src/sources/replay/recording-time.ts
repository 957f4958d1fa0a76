/** The times of a recording, as instants. */
import { formatInstant, instantOfLocal, parseInstant } from "../../core/time.ts";
import { ConfigError } from "../../core/errors.ts";
import { cellOf } from "./cell.ts";
import type { TimeMapping } from "./mapping.ts";
import type { Columns } from "./rows.ts";

export interface TimeReader {
  /** Columns that it reads; the first stands for the time in a reject. */
  columns: readonly string[];
  /** `row` counts the recording's rows from 0. A text where it is no instant: why, as a rule. */
  of(columns: Columns, row: number): number | string;
}

/** @throws {ConfigError} if the mapping's `start` is no local time of its zone. */
export function timeReader(time: TimeMapping): TimeReader {
  if ("start" in time) {
    const start = instantIn(time.start, time.zone);
    if (typeof start === "string")
      throw new ConfigError(`The mapping is wrong at /time/start: ${time.start} ${start}`);
    const step_ms = time.step_s * 1_000;
    return { columns: [], of: (_columns, row) => start + row * step_ms };
  }
  if ("columns" in time) {
    const { year, month, day, hour, minute, second } = time.columns;
    const part = (columns: Columns, name: string | undefined, digits: number): string =>
      name === undefined ? "00" : wholeText(cellOf(columns, name)).padStart(digits, "0");
    return {
      columns: Object.values(time.columns).filter((name) => name !== undefined),
      of(columns) {
        const date = `${part(columns, year, 4)}-${part(columns, month, 2)}-${part(columns, day, 2)}`;
        const hours = `${part(columns, hour, 2)}:${part(columns, minute, 2)}:${part(columns, second, 2)}`;
        const at = `${date}T${hours}`;
        if (parseInstant(at, "utc") === null) return "must be parts of a time that the calendar has";
        return instantIn(at, time.zone);
      },
    };
  }
  const { column } = time;
  if (time.format === "iso") {
    // Rows that follow each other often have the same time: the lines of an invoice, a city's sensors.
    let last: { cell: unknown; instant: number | string } | null = null;
    return {
      columns: [column],
      of(columns) {
        const cell = cellOf(columns, column);
        if (last === null || cell !== last.cell) last = { cell, instant: instantIn(cell, time.zone) };
        return last.instant;
      },
    };
  }
  const factor = time.format === "s" ? 1_000 : 1;
  return {
    columns: [column],
    of(columns) {
      const cell = cellOf(columns, column);
      const ms = cell === "" || cell === null || cell === undefined ? NaN : Math.round(Number(cell) * factor);
      return Number.isSafeInteger(ms) && Math.abs(ms) < 8e15
        ? ms
        : `must be a number of ${time.format} since 1970`;
    },
  };
}

/** `3`, `03` and `3.0` are the third; what is no whole number makes no time. */
const wholeText = (cell: unknown): string => {
  const match = /^(\d{1,4})(?:\.0{1,6})?$/.exec(
    typeof cell === "number" ? String(cell) : typeof cell === "string" ? cell.trim() : "",
  );
  return match?.[1] ?? "?";
};

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
