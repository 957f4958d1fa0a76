/** From when on rows and windows are kept: arithmetic that every adapter of history shares. */
import type { Stream } from "../core/stream.ts";
import { days, hours } from "../core/time.ts";
import type { WindowDeclaration } from "../core/window.ts";

const DAY_MS = days(1);
const HOUR_MS = hours(1);

/** Length of a partition: raw rows go by the day, or by three hours where no more than a day of them is kept. */
export const spanMs = ({ history }: Pick<Stream, "history">): number =>
  history.retention_ms === null || history.retention_ms > DAY_MS ? DAY_MS : hours(3);

/**
 * First instant of which raw rows are kept: a span goes as a whole once its first row is too old, the one of now stays.
 *
 * @returns −Infinity where nothing goes.
 */
export function rawFromMs(stream: Pick<Stream, "history">, now_ms: number): number {
  const { retention_ms } = stream.history;
  if (retention_ms === null) return -Infinity;
  const span_ms = spanMs(stream);
  const now_span_ms = Math.floor(now_ms / span_ms) * span_ms;
  return Math.min(now_span_ms, Math.ceil((now_ms - retention_ms) / span_ms) * span_ms);
}

/** What the floor of a stream's windows depends on. */
export interface FloorFacts {
  now_ms: number;
  /** Greatest event time stored; null before the first. */
  newest_ms: number | null;
  /** No raw row is older; −Infinity where none ever goes. */
  raw_from_ms: number;
}

/**
 * The floor: windows that begin before it go. Never above the raw rows there are, from which a window could be rebuilt; and
 * counted from the newest event where that is older than now: a stream that fell silent keeps its last windows, and a clock
 * that jumps ahead takes none.
 *
 * @returns −Infinity where nothing goes.
 */
export function windowFloorMs(window: WindowDeclaration, facts: FloorFacts): number {
  const retention_ms = window.retention_ms ?? null;
  if (retention_ms === null || facts.newest_ms === null) return -Infinity;
  const from_ms = Math.min(Math.min(facts.now_ms, facts.newest_ms) - retention_ms, facts.raw_from_ms);
  const step_ms = Math.max(HOUR_MS, window.size_ms);
  return Math.floor(from_ms / step_ms) * step_ms;
}
