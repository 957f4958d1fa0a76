/** Peak hours: the city's rule beside what was measured, history beside today. */
import { inHours } from "../../core/city.ts";
import { round } from "../../core/field.ts";
import { startOfDay } from "../../core/time.ts";
import type { MeasuredPeak, PeakHour, PeakHoursOfTraffic } from "./answer.ts";
import { byHour } from "./by-hour.ts";
import type { Cell } from "./calendar.ts";
import { count, fold, presentOf, speedsOf, trafficLevel, type Measures } from "./fold.ts";
import { answered, newestOf } from "./provenance.ts";
import { askedOf, periodOf, type Question } from "./question.ts";
import type { Reads } from "./reads.ts";

/** How far above the day's mean a peak begins, on the way to its greatest hour. */
const HALF_WAY = 0.5;
/** Hours with data that a weekday needs. */
const HOURS_MIN = 12;
/** A day whose greatest hour is no more than this above its mean, %, has no peak. */
const RISE_MIN = 5;

const RULE = `Hours in a row whose traffic level, the mean over all such weekdays, is at least half of the way from the day's mean to its greatest hour. A weekday needs ${HOURS_MIN} hours with data, and a greatest hour ${RISE_MIN} points above its mean.`;

export const peakHours = (reads: Reads, query: Question) =>
  answered<PeakHoursOfTraffic>(reads.context, reads.traffic, async () => {
    const { city, clock } = reads.context;
    const { measures } = reads;
    const table = await reads.hours(askedOf(query));
    const today_ms = startOfDay(clock.now(), city.zone);
    const [past, today] = [
      table.cells.filter(({ start_ms }) => start_ms < today_ms),
      table.cells.filter(({ start_ms }) => start_ms >= today_ms),
    ];
    const keys = reads.expected(query);
    // Today alone says something, too, where the days before are too few to.
    const measured = measuredPeaks(measures, hasWeekday(measures, past) ? past : today);
    const bars = (cells: readonly Cell[]): PeakHour[] =>
      byHour(cells).map((mine, hour) => {
        const folded = fold(measures, mine);
        const speeds = speedsOf(measures, folded.kept);
        return {
          hour,
          is_peak_hour: inHours(city.peak_hours, hour),
          is_measured_peak: measured.some((peak) => hour >= peak.from_hour && hour < peak.to_hour),
          mean_speed: speeds.mean_speed,
          congested_share: speeds.congested_share,
          traffic_level: trafficLevel(speeds),
          ...presentOf(folded, keys),
        };
      });
    return {
      data: {
        period: periodOf(query),
        rule: city.peak_hours,
        measured_rule: RULE,
        batch: bars(past),
        speed: bars(today),
        measured_peaks: measured,
      },
      facts: {
        origins: [table],
        newest_ms: newestOf(table.cells),
        coverage: presentOf(fold(measures, table.cells), keys).coverage,
      },
    };
  });

interface Level {
  hour: number;
  level: number;
  n: number;
}

/** Each weekday's hours with data, both in order. */
const levelsOf = (measures: Measures, cells: readonly Cell[]): (readonly [weekday: number, Level[]])[] =>
  [...Map.groupBy(cells, ({ weekday }) => weekday)]
    .sort(([a], [b]) => a - b)
    .map(([weekday, mine]) => [
      weekday,
      byHour(mine).flatMap((hour_cells, hour): Level[] => {
        const { kept } = fold(measures, hour_cells);
        const level = trafficLevel(speedsOf(measures, kept));
        return level === null ? [] : [{ hour, level, n: count(kept, "n") }];
      }),
    ]);

/** Whether some weekday has enough hours with data to have peaks. */
const hasWeekday = (measures: Measures, cells: readonly Cell[]): boolean =>
  levelsOf(measures, cells).some(([, levels]) => levels.length >= HOURS_MIN);

/** By weekday, then hour. */
export const measuredPeaks = (measures: Measures, cells: readonly Cell[]): MeasuredPeak[] =>
  levelsOf(measures, cells).flatMap(([weekday, levels]) =>
    peaksOf(levels).map((peak) => ({ weekday, ...peak })),
  );

/** Of the hours of one day, in order; hours without data end a peak. */
export function peaksOf(levels: readonly Level[]): Omit<MeasuredPeak, "weekday">[] {
  if (levels.length < HOURS_MIN) return [];
  const mean = levels.reduce((sum, { level }) => sum + level, 0) / levels.length;
  const most = Math.max(...levels.map(({ level }) => level));
  if (most - mean < RISE_MIN) return [];
  const threshold = mean + (most - mean) * HALF_WAY;
  const runs: Level[][] = [];
  let last: Level | undefined;
  for (const one of levels) {
    if (one.level < threshold) continue;
    if (last !== undefined && last.hour === one.hour - 1) runs.at(-1)!.push(one);
    else runs.push([one]);
    last = one;
  }
  return runs.map((run) => {
    const worst = run.reduce((a, b) => (b.level > a.level ? b : a));
    return {
      from_hour: run[0]!.hour,
      to_hour: run.at(-1)!.hour + 1,
      worst_hour: worst.hour,
      traffic_level: worst.level,
      threshold: round(threshold, 2),
      n: run.reduce((sum, { n }) => sum + n, 0),
    };
  });
}
