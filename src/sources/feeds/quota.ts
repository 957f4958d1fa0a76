/** The calls that an upstream allows per UTC day, spread over what is left of the day. */
import { days } from "../../core/time.ts";

export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const untilMidnight = (now_ms: number): number => days(1) - (now_ms % days(1));

export interface Spent {
  /** UTC day that is counted. */
  day: string;
  calls: number;
  max: number | null;
}

/** Calls of today; a new day begins with none. */
export const spentToday = (spent: Spent, now_ms: number): Spent =>
  spent.day === utcDay(now_ms) ? spent : { ...spent, day: utcDay(now_ms), calls: 0 };

/**
 * How long until the next poll, ms: `every_ms`, or longer, so that polls of `per_poll` calls last until midnight. Calls
 * that were repeated make the rest of the day's polls rarer, by themselves. Where not one more whole poll is left: until
 * midnight.
 */
export function pollInterval(spent: Spent, per_poll: number, every_ms: number, now_ms: number): number {
  const { calls, max } = spentToday(spent, now_ms);
  if (max === null) return every_ms;
  const polls = Math.floor((max - calls) / Math.max(1, per_poll));
  const left_ms = untilMidnight(now_ms);
  return polls < 1 ? left_ms : Math.max(every_ms, left_ms / polls);
}
