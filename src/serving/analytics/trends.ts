/** How it went over a range: hours and days, hours of the day, rush hours, heat map, and the worst roads. */
import type { Trends, TrendsQuery } from "./answer.ts";
import { hourFigures, weekdayHours } from "./by-hour.ts";
import { congestedRoads } from "./congested-roads.ts";
import { fold, presentOf } from "./fold.ts";
import { answered, newestOf } from "./provenance.ts";
import { askedOf, comparedWith, periodOf, type Question } from "./question.ts";
import type { Reads } from "./reads.ts";
import { rushHours } from "./rush-hours.ts";
import { series } from "./series.ts";

export const trends = (reads: Reads, query: Question<TrendsQuery>) =>
  answered<Trends>(reads.context, reads.traffic, async () => {
    const { measures } = reads;
    const { city, clock } = reads.context;
    const ranges = comparedWith(query);
    const [table, ...before] = await Promise.all([
      reads.hours(askedOf(query)),
      ...ranges.map((range) => reads.hours(range)),
    ]);
    const worst = await congestedRoads(reads, query, table.cells);
    const { cells } = table;
    const keys = reads.expected(query);
    const facts = { measures, zone: city.zone, keys, now_ms: clock.now() };
    const hourly = (mine: typeof cells) => hourFigures(measures, mine, keys, city.peak_hours);
    return {
      data: {
        period: periodOf(query),
        step: query.step,
        series: series(
          facts,
          query,
          cells,
          before.map((one) => one.cells),
        ),
        hourly_avg_speed: hourly(cells),
        compared_hourly:
          query.compared === null
            ? null
            : {
                of: query.compared.of,
                periods: ranges.map(periodOf),
                hours: hourly(before.flatMap((one) => one.cells)),
              },
        rush_hour_patterns: rushHours(measures, city, cells, keys),
        top_congested_roads: worst.roads,
        weekday_hour: weekdayHours(measures, cells, keys),
      },
      facts: {
        origins: [table, ...before, ...worst.origins],
        newest_ms: newestOf(cells),
        coverage: presentOf(fold(measures, cells), keys).coverage,
      },
    };
  });
