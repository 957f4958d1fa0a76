/** A road's last days as pictures: means of 15 minutes by minute of the local day, over the usual week or another day. */
import { comparisonDays, type Comparison } from "../../src/core/compare.ts";
import { days, hours, localTime, startOfDay, zoneOffset } from "../../src/core/time.ts";
import type { WindowRow } from "../../src/serving/answer.ts";
import type { ProfileCell } from "../../src/serving/episode-answer.ts";
import type { DayPicture } from "../charts/day-multiples.tsx";
import type { Point } from "../charts/scale.ts";
import { count, instant, num } from "../format.ts";

export const DAYS = 7;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const WINDOW_MIN = 5;
const SLOT_MIN = 15;

/** First instant of the local day, so many days before the one of an instant. */
export const dayStart = (ms: number, zone: string, back: number): number =>
  startOfDay(startOfDay(ms, zone) - days(back) + hours(12), zone);

/** How many days of windows are drawn: those behind, too. */
export const daysRead = (compare: Comparison | null): number =>
  DAYS + (compare === null ? 0 : (comparisonDays[compare] ?? 0));

/** `82 of 90 min observed` */
export const observedWords = (observed_min: number, of_min: number): string =>
  `${count(observed_min)} of ${count(of_min)} min observed`;

interface Slots {
  points: Point[];
  /** Windows with data. */
  n: number;
}

export interface DaysProps {
  /** Windows of 5 min. */
  windows: readonly WindowRow[];
  cells: readonly ProfileCell[];
  compare: Comparison | null;
  now_ms: number;
  zone: string;
}

/** Oldest first, today last. */
export function dayPictures({ windows, cells, compare, now_ms, zone }: DaysProps): DayPicture[] {
  const back = compare === null ? null : comparisonDays[compare];
  const typical = compare === "typical";
  const by_day = new Map<number, WindowRow[]>();
  for (const row of windows) {
    const start_ms = instant(row["window_start"]);
    if (start_ms === null) continue;
    const day_ms = startOfDay(start_ms, zone);
    const mine = by_day.get(day_ms);
    if (mine === undefined) by_day.set(day_ms, [row]);
    else mine.push(row);
  }
  const slotsOf = (day_ms: number): Slots => daySlots(by_day.get(day_ms) ?? [], zone);
  return Array.from({ length: DAYS }, (_, i) => {
    const ago = DAYS - 1 - i;
    const start_ms = dayStart(now_ms, zone, ago);
    const end_ms = Math.min(dayStart(now_ms, zone, ago - 1), now_ms);
    const at = localTime(start_ms + hours(1), zone);
    const { points, n } = slotsOf(start_ms);
    const usual = cells.filter(({ weekday }) => weekday === at.weekday);
    return {
      name: `${WEEKDAYS[at.weekday - 1]} ${at.day} ${MONTHS[at.month - 1]}`,
      text: observedWords(n * WINDOW_MIN, Math.max(n * WINDOW_MIN, Math.floor((end_ms - start_ms) / 60_000))),
      points,
      band: typical ? usual.map(({ hour, p10, p90 }) => ({ x: hour * 60 + 30, low: p10, high: p90 })) : [],
      behind: typical
        ? usual.map(({ hour, p50 }) => ({ x: hour * 60 + 30, y: p50 }))
        : back === null
          ? []
          : slotsOf(dayStart(now_ms, zone, ago + back)).points,
      today: ago === 0,
    };
  });
}

/** Means over events of each quarter of an hour; null where there was none. On the day of 25 hours one hour holds two. */
function daySlots(windows: readonly WindowRow[], zone: string): Slots {
  const [sums, ns] = [new Map<number, number>(), new Map<number, number>()];
  let observed = 0;
  for (const row of windows) {
    const [start_ms, n, mean] = [instant(row["window_start"]), num(row["n"]), num(row["current_speed_mean"])];
    if (start_ms === null || n === null || mean === null) continue;
    observed++;
    const minute =
      Math.floor((((start_ms + zoneOffset(start_ms, zone)) % days(1)) + days(1)) / 60_000) % 1_440;
    const slot = Math.floor(minute / SLOT_MIN);
    sums.set(slot, (sums.get(slot) ?? 0) + mean * n);
    ns.set(slot, (ns.get(slot) ?? 0) + n);
  }
  const points = Array.from({ length: 1_440 / SLOT_MIN }, (_, slot): Point => {
    const n = ns.get(slot) ?? 0;
    return { x: slot * SLOT_MIN + SLOT_MIN / 2, y: n === 0 ? null : sums.get(slot)! / n };
  });
  return { points, n: observed };
}
