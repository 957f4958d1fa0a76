/** Shapes of `/api/analytics/…`: the city over a range, its distributions, peaks, days and correlations. */
import { z } from "@hono/zod-openapi";
import { aqiCategories, AQI_MAX } from "../../src/core/aqi.ts";
import { limits } from "../../src/core/limits.ts";
import {
  aqi,
  comparedOf,
  congestedShare,
  date,
  delayIndex,
  DELAY_INDEX_MAX,
  hourEdge,
  hourOfDay,
  hourRange,
  meanSpeed,
  PACE_S_MAX,
  percent,
  percentiles,
  period,
  present,
  shareOf,
  speed,
  speedPercentiles,
  weekday,
} from "./analytics-parts.ts";
import { hourFigures } from "./analytics-trends.ts";
import { instant, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const category = z.enum(aqiCategories);

const figures = {
  periods: z.array(period),
  ...present,
  mean_speed: meanSpeed,
  stddev_speed: speed("Standard deviation over events (population)."),
  min_speed: speed("Least."),
  max_speed: speed("Greatest."),
  free_flow_speed: speed("Mean over events that name it."),
  percentiles: speedPercentiles,
  congested_share: congestedShare,
  delay_index: delayIndex,
  pace_s: number(0, PACE_S_MAX, "s/km", "Mean time for a kilometre, over windows.").nullable(),
  roads_seen: tally("Roads with data."),
  busiest_hour: hourFigures.nullable(),
};

const differs = (most: number, unit: string) =>
  number(-most, most, unit, "Asked minus compared; null where either is.").nullable();

export const trafficSummarySchema = z
  .object({
    asked: z.object(figures).openapi("TrafficFigures"),
    compared: z
      .object({ ...figures, of: comparedOf })
      .openapi("ComparedTrafficFigures")
      .nullable(),
    difference: z
      .object({
        mean_speed: differs(limits.speed_kmh_max, "km/h"),
        free_flow_speed: differs(limits.speed_kmh_max, "km/h"),
        p50: differs(limits.speed_kmh_max, "km/h"),
        congested_share: differs(1, "1"),
        delay_index: differs(DELAY_INDEX_MAX, "1"),
        pace_s: differs(PACE_S_MAX, "s/km"),
      })
      .openapi("TrafficDifference")
      .nullable(),
  })
  .openapi("TrafficSummary");

const speedBin = z.object({
  from: number(0, limits.speed_kmh_max, "km/h", "Speeds from it on."),
  to: number(0, limits.speed_kmh_max, "km/h", "Below it; null for the last bin.").nullable(),
  windows_n: tally("Windows with their mean speed in it."),
});
const distribution = {
  periods: z.array(period),
  ...present,
  mean_speed: meanSpeed,
  percentiles: speedPercentiles,
  bins: z.array(speedBin),
};

export const statisticsSchema = z
  .object({
    live: z
      .object({
        as_of: instant("Newest event of traffic.").nullable(),
        layer: z.enum(["speed", "batch", "merged"]).openapi({ description: "Which layer answered." }),
        roads: tally("Roads that are known."),
        reporting: tally("Roads with a live event."),
        congested: tally("Of them, with heavy congestion or worse."),
        mean_speed: speed("Mean over the roads that report."),
        aqi: z
          .object({
            as_of: instant("Newest reading.").nullable(),
            locations: tally("Locations with an index now."),
            mean: aqi("Mean over them."),
            max: aqi("Greatest of them."),
            category: category.nullable().openapi({ description: "Of the greatest." }),
          })
          .nullable()
          .openapi({ description: "Null where no readings are taken." }),
      })
      .openapi("LiveFigures"),
    speed: z
      .object({ ...distribution, compared: z.object(distribution).openapi("SpeedDistribution").nullable() })
      .openapi("ComparedSpeedDistribution"),
    aqi: z
      .object({
        locations: tally("Locations that are known."),
        hours_n: tally("Hours of locations that have an index."),
        hours_expected: tally("Locations × hours that have begun."),
        coverage: number(0, 1, "1", "Hours there, of those expected."),
        mean: aqi("Mean over readings."),
        max: aqi("Greatest reading."),
        percentiles: percentiles(
          "AqiPercentiles",
          AQI_MAX,
          "1",
          "Of hourly means of locations, by the nearest rank.",
        ),
        categories: z.array(
          z.object({
            category,
            from: whole(0, AQI_MAX, "1", "Least index."),
            to: whole(0, AQI_MAX, "1", "Greatest index; null for the last one.").nullable(),
            hours_n: tally("Hours of locations with their rounded mean in it."),
          }),
        ),
      })
      .openapi("AqiDistribution")
      .nullable(),
  })
  .openapi("Statistics");

const peakHour = z
  .object({
    hour: hourOfDay,
    is_peak_hour: yesNo("By the city's rule."),
    is_measured_peak: yesNo("Within a measured peak of any weekday."),
    mean_speed: meanSpeed,
    congested_share: congestedShare,
    traffic_level: percent("100 · (1 − mean speed / mean free-flow speed)."),
    ...present,
  })
  .openapi("PeakHour");

export const peakHoursSchema = z
  .object({
    period,
    rule: z.array(hourRange).openapi({ description: "Peak hours by the city's rule." }),
    measured_rule: words_of("What a measured peak is."),
    batch: z.array(peakHour).openapi({ description: "Days of the range before today: 24 hours." }),
    speed: z.array(peakHour).openapi({ description: "Today, from windows as they stand: 24 hours." }),
    measured_peaks: z.array(
      z
        .object({
          weekday,
          from_hour: hourEdge("First hour."),
          to_hour: hourEdge("Hour before which it ends."),
          worst_hour: hourOfDay,
          traffic_level: number(0, 100, "%", "Of the worst hour."),
          threshold: number(0, 100, "%", "What its hours are not below."),
          n: tally("Events."),
        })
        .openapi("MeasuredPeak"),
    ),
  })
  .openapi("PeakHours");

export const peakHourOfLocationSchema = z
  .object({
    date: date("Of the hour."),
    hour: hourOfDay,
    location: words_of("Name of the location."),
    avg_traffic_level: percent("Mean traffic level over readings."),
    avg_aqi_value: aqi("Mean index over readings."),
    is_peak_hour: yesNo("By the city's rule."),
    total_records: tally("Readings."),
    layer: z.enum(["batch", "speed"]).openapi({ description: "speed for today, batch for days before." }),
  })
  .openapi("PeakHourOfLocation");

export const dailySummarySchema = z
  .object({
    date: date("The day."),
    weekday,
    is_holiday: yesNo("One of the city's holidays."),
    length_h: number(20, 28, "h", "23 or 25 where clocks change."),
    partial: yesNo("The day has not ended."),
    total_records: tally("Events of traffic and readings of locations."),
    avg_speed: meanSpeed,
    congested_share: congestedShare,
    worst_hour: hourOfDay.nullable(),
    worst_hour_congested_share: shareOf("Of that hour."),
    readings_n: tally("Readings of locations."),
    avg_aqi: aqi("Mean index over readings."),
    max_aqi: aqi("Greatest reading."),
    avg_traffic: percent("Mean traffic level over readings."),
    ...present,
  })
  .openapi("DailySummary");

const coefficient = (doc: string) => number(-1, 1, "1", doc).nullable();
const correlated = z
  .object({
    lag_h: whole(0, 6, "h", "By how much the effect comes later."),
    r: coefficient("Pearson's."),
    r_low: coefficient("95 % confidence, by Fisher's z over n_effective."),
    r_high: coefficient("95 % confidence, by Fisher's z over n_effective."),
    rho: coefficient("Spearman's, of the best lag only."),
    n: tally("Pairs of hours."),
    n_effective: number(0, 1e9, "1", "As many independent pairs say as much.").nullable(),
  })
  .openapi("Correlated");
const pairing = z
  .object({
    cause: z.enum(["precipitation", "temperature", "wind_speed", "humidity", "traffic_level"]),
    cause_unit: words_of("Unit of the cause."),
    effect: z.enum(["speed", "congested_share", "aqi_value"]),
    effect_unit: words_of("Unit of the effect."),
    location: words_of("Location of the readings; null for the city.").nullable(),
    best: correlated.nullable().openapi({ description: "The lag at which it is strongest." }),
    lags: z.array(correlated).openapi({ description: "0 to 6 h." }),
    reason: words_of("Why there is no best.").nullable(),
  })
  .openapi("Pairing");

export const correlationSchema = z
  .object({
    period,
    weather_traffic: z.array(pairing).openapi({ description: "Empty where no weather is observed." }),
    traffic_aqi: z
      .array(pairing)
      .openapi({ description: "The city, then each location; empty without readings." }),
  })
  .openapi("Correlation");
