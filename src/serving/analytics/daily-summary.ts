/** Each day of the city in one row: traffic and air. */
import { round } from "../../core/field.ts";
import { slotFrom } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { hours, startOfDay } from "../../core/time.ts";
import type { DailySummary } from "./answer.ts";
import { busiest } from "./traffic-summary.ts";
import { hourFigures } from "./by-hour.ts";
import { count, fold, presentOf, speedsOf } from "./fold.ts";
import { meanOf } from "./peak-hours-locations.ts";
import { answered, newestOf } from "./provenance.ts";
import { askedOf, type Question } from "./question.ts";
import type { Reads } from "./reads.ts";

/** Days that start in the range, whole, oldest first, those without data, too. @param readings Null where there are none. */
export const dailySummary = (reads: Reads, readings: Stream | null, query: Question) =>
  answered<readonly DailySummary[]>(reads.context, reads.traffic, async () => {
    const { measures } = reads;
    const { city, clock } = reads.context;
    const { zone } = city;
    const whole = {
      ...askedOf(query),
      from_ms: slotFrom(query.from_ms, "1d", zone),
      to_ms: slotFrom(query.to_ms, "1d", zone),
    };
    const [table, air] = await Promise.all([
      reads.hours(whole),
      readings === null ? null : reads.readingDays(readings, whole),
    ]);
    const of_air = new Map(air?.groups.map(({ day, kept }) => [day!, kept]));
    const now_ms = clock.now();
    const keys = reads.expected(query);
    const data = [...Map.groupBy(table.cells, ({ day }) => day)].map(([date, cells]): DailySummary => {
      const start_ms = startOfDay(cells[0]!.start_ms, zone);
      const end_ms = startOfDay(start_ms + hours(30), zone);
      const folded = fold(measures, cells);
      const { mean_speed, congested_share } = speedsOf(measures, folded.kept);
      const worst = busiest(hourFigures(measures, cells, keys, []));
      const readings_kept = of_air.get(date) ?? null;
      const readings_n = count(readings_kept, "n");
      return {
        date,
        weekday: cells[0]!.weekday,
        is_holiday: city.holidays.includes(date),
        length_h: round((end_ms - start_ms) / hours(1), 2),
        partial: end_ms > now_ms,
        total_records: count(folded.kept, "n") + readings_n,
        avg_speed: mean_speed,
        congested_share,
        worst_hour: worst?.hour ?? null,
        worst_hour_congested_share: worst?.congested_share ?? null,
        readings_n,
        avg_aqi: meanOf(readings_kept, "aqi_value"),
        max_aqi: (readings_kept?.["aqi_value_max"] as number | null | undefined) ?? null,
        avg_traffic: meanOf(readings_kept, "traffic_level"),
        ...presentOf(folded, keys),
      };
    });
    return {
      data,
      facts: {
        origins: [table, ...(air === null ? [] : [air])],
        newest_ms: newestOf(table.cells),
        coverage: presentOf(fold(measures, table.cells), keys).coverage,
      },
    };
  });
