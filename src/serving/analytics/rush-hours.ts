/** Rush hours against the other hours of the same working days. */
import { inHours, type City, type HourRange } from "../../core/city.ts";
import type { RushFigures, RushHourPatterns } from "./answer.ts";
import type { Cell } from "./calendar.ts";
import { fold, presentOf, speedsOf, type Measures } from "./fold.ts";

const NOON = 12;
const WORKDAYS = [1, 2, 3, 4, 5];

export function rushHours(
  measures: Measures,
  city: Pick<City, "rush_hours">,
  cells: readonly Cell[],
  keys: number,
): RushHourPatterns {
  const working = cells.filter((cell) => cell.working);
  const figures = (mine: readonly Cell[]) => {
    const folded = fold(measures, mine);
    const { mean_speed, congested_share } = speedsOf(measures, folded.kept);
    return { speed: mean_speed, congested_share, ...presentOf(folded, keys) };
  };
  const rush = (hours: HourRange | undefined): RushFigures | null => {
    if (hours === undefined) return null;
    const mine = working.filter(({ hour }) => inHours([hours], hour));
    const by_weekday = WORKDAYS.map((weekday) => {
      const { speed, congested_share, n } = figures(mine.filter((cell) => cell.weekday === weekday));
      return { weekday, speed, congested_share, n };
    });
    return { hours, ...figures(mine), by_weekday };
  };
  return {
    morning: rush(city.rush_hours.find(([from]) => from < NOON)),
    evening: rush(city.rush_hours.find(([from]) => from >= NOON)),
    other: figures(working.filter(({ hour }) => !inHours(city.rush_hours, hour))),
  };
}
