/** Hours of the day, and weekday × hour, over a whole range. */
import { inHours, type HourRange } from "../../core/city.ts";
import type { HourFigures, WeekdayHour } from "./answer.ts";
import type { Cell } from "./calendar.ts";
import { fold, percentilesOf, presentOf, speedsOf, type Measures } from "./fold.ts";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];

/** Cells by hour of the day: 24 lists. On the day when clocks go back an hour is there twice. */
export function byHour(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const lists = HOURS.map((): Cell[] => []);
  for (const cell of cells) lists[cell.hour]!.push(cell);
  return lists;
}

/** 24 hours. @param keys Roads that are expected. */
export const hourFigures = (
  measures: Measures,
  cells: readonly Cell[],
  keys: number,
  peak: readonly HourRange[],
): HourFigures[] =>
  byHour(cells).map((mine, hour) => {
    const folded = fold(measures, mine);
    const { mean_speed, congested_share } = speedsOf(measures, folded.kept);
    const { p10, p25, p50, p75, p90 } = percentilesOf(measures, folded.kept);
    return {
      hour,
      speed: mean_speed,
      p10,
      p25,
      p50,
      p75,
      p90,
      congested_share,
      is_peak_hour: inHours(peak, hour),
      ...presentOf(folded, keys),
    };
  });

/** 7 × 24 cells, Monday 0 o'clock first. */
export function weekdayHours(measures: Measures, cells: readonly Cell[], keys: number): WeekdayHour[] {
  const of_weekday = Map.groupBy(cells, ({ weekday }) => weekday);
  return WEEKDAYS.flatMap((weekday) =>
    byHour(of_weekday.get(weekday) ?? []).map((mine, hour) => {
      const folded = fold(measures, mine);
      const { mean_speed, congested_share } = speedsOf(measures, folded.kept);
      return { weekday, hour, speed: mean_speed, congested_share, ...presentOf(folded, keys) };
    }),
  );
}
