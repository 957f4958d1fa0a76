/** Local dates of a zone, as texts: `2026-11-21`. */
import { days, formatInstant, hours, instantOfLocal, parseInstant, startOfDay, zoneOffset } from "./time.ts";

/** The date that a zone's calendar shows at an instant. */
export const localDay = (ms: number, zone: string): string =>
  formatInstant(ms + zoneOffset(ms, zone)).slice(0, 10);

/** First instant of a local date; null for a text that is no date. */
export function startOfLocalDay(day: string, zone: string): number | null {
  const noon_ms = /^\d{4}-\d\d-\d\d$/.test(day) ? parseInstant(`${day}T12:00:00Z`) : null;
  const at_ms = noon_ms === null ? null : instantOfLocal(noon_ms, zone);
  return at_ms === null ? null : startOfDay(at_ms, zone);
}

/** First instant of the local day after the one that begins at an instant. Right over days of 23 and 25 hours. */
export const nextDayStart = (start_ms: number, zone: string): number =>
  startOfDay(start_ms + hours(30), zone);

/** First instant of the local day before. */
export const dayStartBefore = (start_ms: number, zone: string, back = 1): number =>
  startOfDay(start_ms - days(back) + hours(12), zone);
