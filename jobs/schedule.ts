/**
 * When a job is due: cron in the city's zone. On a day of 23 hours a single time of day that is skipped falls on the
 * first moment after the gap, and on one of 25 hours it is due once, the first time; what is due every hour or every
 * few minutes is due in each hour that there is (croner's rule for fixed-time and interval jobs).
 */
import { Cron } from "croner";
import type { JobSchedule } from "../src/core/job.ts";

/** @throws {TypeError} for a pattern that croner does not read; {RangeError} for a zone that is none. */
export function scheduleOf(cron: string, zone: string): JobSchedule {
  // No function is given to it: it only reckons, and keeps no timer.
  const times = new Cron(cron, { timezone: zone, mode: "5-part" });
  return {
    cron,
    words: wordsOf(cron),
    next(after_ms) {
      const next = times.nextRun(new Date(after_ms));
      if (next === null)
        throw new RangeError(`${cron} is never due after ${new Date(after_ms).toISOString()}`);
      return next.getTime();
    },
    last(at_ms) {
      // The instant itself counts; what croner is asked for lies before it.
      const [last] = times.previousRuns(1, new Date(Math.floor(at_ms / 1_000) * 1_000 + 1_000));
      if (last === undefined)
        throw new RangeError(`${cron} was never due before ${new Date(at_ms).toISOString()}`);
      return last.getTime();
    },
  };
}

const two = (text: string): string => text.padStart(2, "0");
const DAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
] as const;

/** `every 10 min`, `every hour at :05`, `daily at 03:00`, `Mondays at 03:00`; any other as it is written. */
export function wordsOf(cron: string): string {
  const [minute = "", hour = "", day, month, weekday = ""] = cron.split(/\s+/);
  const plain = day === "*" && month === "*";
  const every = /^\*\/(\d+)$/.exec(minute)?.[1];
  const number = /^\d+$/;
  if (plain && weekday === "*" && hour === "*") {
    if (every !== undefined) return `every ${every} min`;
    if (minute === "*") return "every minute";
    if (number.test(minute)) return minute === "0" ? "every hour" : `every hour at :${two(minute)}`;
  }
  if (plain && number.test(minute) && number.test(hour)) {
    const at = `at ${two(hour)}:${two(minute)}`;
    if (weekday === "*") return `daily ${at}`;
    if (/^[0-7]$/.test(weekday)) return `${DAYS[Number(weekday)]}s ${at}`;
  }
  return cron;
}
