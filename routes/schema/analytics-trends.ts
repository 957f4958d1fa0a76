/** Shape of `/api/analytics/trends`, and of the papers' own. */
import { z } from "@hono/zod-openapi";
import { LARGEST, instant, number, tally, whole, words_of, yesNo } from "./numbers.ts";
import {
  comparedOf,
  congestedShare,
  date,
  delayIndex,
  hourOfDay,
  hourRange,
  meanSpeed,
  period,
  present,
  speed,
  weekday,
} from "./analytics-parts.ts";

const windowSpeed = (p: number) => speed(`${p} % of 5-minute mean speeds are not above it.`);

export const hourFigures = z
  .object({
    hour: hourOfDay,
    speed: meanSpeed,
    p10: windowSpeed(10),
    p25: windowSpeed(25),
    p50: windowSpeed(50),
    p75: windowSpeed(75),
    p90: windowSpeed(90),
    congested_share: congestedShare,
    is_peak_hour: yesNo("By the city's rule."),
    ...present,
  })
  .openapi("HourFigures");

export const trendPoint = z
  .object({
    start: instant("First instant of the step."),
    end: instant("First instant after it."),
    speed: meanSpeed,
    congested_share: congestedShare,
    partial: yesNo("It has not ended, or the range holds only a part of it."),
    compared_speed: speed("At the same local time of what it is compared with."),
    compared_congested_share: congestedShare,
    ...present,
  })
  .openapi("TrendPoint");

export const weekdayHour = z
  .object({ weekday, hour: hourOfDay, speed: meanSpeed, congested_share: congestedShare, ...present })
  .openapi("WeekdayHour");

const rush = z
  .object({
    hours: hourRange,
    speed: meanSpeed,
    congested_share: congestedShare,
    by_weekday: z.array(
      z.object({ weekday, speed: meanSpeed, congested_share: congestedShare, n: tally("Events.") }),
    ),
    ...present,
  })
  .openapi("RushFigures");

export const rushHourPatterns = z
  .object({
    morning: rush.nullable().openapi({ description: "Null where the city's rule has none." }),
    evening: rush.nullable().openapi({ description: "Null where the city's rule has none." }),
    other: z.object({ speed: meanSpeed, congested_share: congestedShare, ...present }),
  })
  .openapi("RushHourPatterns", { description: "On working days: Monday to Friday without holidays." });

export const congestedRoad = z
  .object({
    rank: whole(1, LARGEST, "1", "1 is the worst."),
    road_id: words_of("Identifier of the road segment."),
    road_name: words_of("Its name; its road_id where none is known."),
    district: words_of("Part of the city.").nullable(),
    mean_speed: meanSpeed,
    free_flow_speed: speed("Mean over events that name it."),
    congested_share: congestedShare,
    delay_index: delayIndex,
    delay_s: number(0, LARGEST, "s", "Mean time lost on its length; null without a length.").nullable(),
    compared_congested_share: congestedShare,
    daily: z.array(
      z.object({
        date: date("A day of the range."),
        congested_share: congestedShare,
        speed: meanSpeed,
        n: tally("Events."),
      }),
    ),
    ...present,
  })
  .openapi("CongestedRoad");

export const trendsSchema = z
  .object({
    period,
    step: z.enum(["1h", "1d"]).openapi({ description: "Length of a step; days are the city's." }),
    series: z.array(trendPoint).openapi({ description: "Oldest first; steps without data are there." }),
    hourly_avg_speed: z.array(hourFigures).openapi({ description: "24 hours of the day." }),
    compared_hourly: z
      .object({ of: comparedOf, periods: z.array(period), hours: z.array(hourFigures) })
      .nullable(),
    rush_hour_patterns: rushHourPatterns,
    top_congested_roads: z.array(congestedRoad).openapi({
      description:
        "By congested_share, then delay_index. Roads with less than a tenth of the windows of the best measured one are left out.",
    }),
    weekday_hour: z.array(weekdayHour).openapi({ description: "7 × 24, Monday 0 o'clock first." }),
  })
  .openapi("Trends");

/** Paper 004's answer of `GET /analytics/trends`. */
export const paperTrends = z
  .object({
    hourly_avg_speed: z.array(z.object({ hour: hourOfDay, speed: meanSpeed })),
    rush_hour_patterns: rushHourPatterns,
    top_congested_roads: z.array(congestedRoad),
  })
  .openapi("PaperTrends");
