/** Shapes of episodes, bottlenecks, profiles, reliability, corridors and scans. */
import { z } from "@hono/zod-openapi";
import { episodeEnds } from "../../src/core/episodes.ts";
import { limits } from "../../src/core/limits.ts";
import { instant, LARGEST, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const road_id = words_of("Identifier of the road segment.").min(1).max(limits.id_chars_max);
const road_name = words_of("Name of the road; its id where only events know it.").max(limits.name_chars_max);
const length_km = number(0, 10_000, "km", "Length.").nullable();
const ratio = (doc: string) => number(0, 30_000, "1", doc);
const spent = (doc: string) => number(0, LARGEST, "s", doc).nullable();
const minutes = (doc: string) => number(0, LARGEST, "min", doc);
const vehicle_hours = number(
  0,
  LARGEST,
  "h",
  "Delay times the vehicles that cameras on the road counted; null where none did.",
).nullable();
const weekday = whole(1, 7, "1", "1 Monday to 7 Sunday.");
const hour = whole(0, 23, "h", "Hour of the day, of the city's zone.");
const speed = (doc: string) => number(0, limits.speed_kmh_max, "km/h", doc).nullable();
const shareOf = (doc: string) => number(0, 1, "1", doc);
const present = {
  windows_n: tally("Windows of 5 min with data."),
  windows_expected: tally("Windows that there should be."),
  coverage: shareOf("windows_n by windows_expected."),
};
const end = z.enum(episodeEnds).nullable().openapi({
  description: "recovered; unknown where data ended before; null while it goes on.",
});

export const episodeSchema = z
  .object({
    road_id,
    road_name,
    started_at: instant("Begin of its first window: mean speed below 0.5 of free flow."),
    ended_at: instant("Begin of the first window above 0.65; null while it goes on.").nullable(),
    end,
    minutes: minutes("From begin to end, or to the end of its last window."),
    worst_ratio: ratio("Least mean speed by free flow of a window."),
    worst_at: instant("Begin of that window."),
    delay_s: spent("What one vehicle in each window lost on the road's length, added up."),
    mean_delay_s: spent("The same, the mean of its windows."),
    vehicle_hours,
    counted_share: shareOf("Share of its windows in which vehicles were counted."),
    ...present,
    as_of: instant("End of its last window."),
  })
  .openapi("Episode");

export const bottleneckSchema = z
  .object({
    rank: whole(1, LARGEST, "1", "By total delay; roads without a length last, by their minutes."),
    rank_before: whole(
      1,
      LARGEST,
      "1",
      "In the period of the same length before; null for none then.",
    ).nullable(),
    rank_change: whole(-LARGEST, LARGEST, "1", "Places risen; negative where it fell.").nullable(),
    road_id,
    road_name,
    district: words_of("Part of the city.").nullable(),
    length_km,
    episodes_n: tally("Episodes that began in the range."),
    delay_s: spent("Their delay, added up."),
    delay_s_before: spent("The same of the period before."),
    vehicle_hours,
    minutes: minutes("Together."),
    median_minutes: minutes("Median length."),
    longest_minutes: minutes("The longest."),
    worst_ratio: ratio("Least mean speed by free flow of a window."),
    frequent_hour: hour.openapi({
      description: "Hour in which most of them began, the earliest of several. Unit: h.",
    }),
    frequent_hour_n: tally("How many began in it."),
    by_hour: z.array(tally("Begun in this hour of the day.")).openapi({ description: "24, from 0 o'clock." }),
    going_on: yesNo("One of them goes on."),
    newest_started_at: instant("Begin of the newest."),
  })
  .openapi("Bottleneck");

const profileCell = z
  .object({
    weekday,
    hour,
    mean_speed: speed("Arithmetic, over events."),
    p10: speed("10th percentile of the windows' means, from fixed bins."),
    p50: speed("Median of the windows' means, from fixed bins."),
    p90: speed("90th percentile of the windows' means, from fixed bins."),
    spread: speed("Standard deviation over events (population)."),
    free_flow_speed: speed("Mean free-flow speed."),
    congested_share: shareOf("Share of events with heavy congestion or worse.").nullable(),
    n: tally("Events."),
    ...present,
  })
  .openapi("ProfileCell");

export const profileSchema = z
  .object({
    road_id,
    road_name,
    from: instant("Begin of the 28 days; null while they have not been made.").nullable(),
    to: instant("Their end.").nullable(),
    cells: z
      .array(profileCell)
      .openapi({ description: "168, Monday 0 o'clock first; none while they have not been made." }),
  })
  .openapi("RoadProfile");

export const profileCellSchema = profileCell;

const index = (doc: string) => number(-1, 1_000_000, "1", doc).nullable();

export const reliabilitySchema = z
  .object({
    road_id: road_id
      .nullable()
      .openapi({ description: "Of by=road, and where one road alone was asked for." }),
    road_name: road_name.nullable(),
    weekday: weekday
      .nullable()
      .openapi({ description: "Of by=weekday_hour: 1 Monday to 7 Sunday. Unit: 1." }),
    hour: hour.nullable().openapi({ description: "Of by=hour and by=weekday_hour. Unit: h." }),
    length_km,
    mean_travel_time_s: spent("Mean time over the length."),
    free_flow_travel_time_s: spent("Time over the length at free flow."),
    p95_travel_time_s: spent(
      "95th percentile of the time over the length; null for several roads that are no corridor.",
    ),
    travel_time_index: index("Mean travel time by that of free flow."),
    planning_time_index: index("95th percentile of travel time by that of free flow."),
    buffer_index: index("(95th percentile − mean) / mean."),
    congested_share: shareOf("Share of events with heavy congestion or worse.").nullable(),
    delay_vehicle_hours: vehicle_hours,
    n: tally("Events."),
    ...present,
  })
  .openapi("Reliability");

export const corridorSchema = z
  .object({
    corridor_id: words_of("Of its name.").min(1),
    name: words_of("Name of its roads."),
    road_class: words_of("Class of its first road."),
    segments_n: whole(1, 100_000, "1", "Roads in it."),
    length_km: number(0, 10_000, "km", "Length."),
    roads: z.array(words_of("road_id.")).openapi({ description: "In order along it." }),
  })
  .openapi("Corridor");

const at_km = (doc: string) => number(0, 100_000, "km", doc);

export const scanSchema = z
  .object({
    corridor_id: words_of("Null for roads that were named.").nullable(),
    name: words_of("Name of the corridor.").nullable(),
    length_km: at_km("Length."),
    from: instant("Begin of the first step."),
    to: instant("End of the last step."),
    step_s: whole(60, 86_400, "s", "Length of a step."),
    steps: z.array(instant("Begin of the step.")),
    segments: z
      .array(
        z
          .object({
            road_id,
            road_name,
            from_km: at_km("Where it begins along the corridor."),
            to_km: at_km("Where it ends."),
            percent: z
              .array(whole(0, 200, "%", "Mean speed in percent of free flow; null without data.").nullable())
              .openapi({ description: "A value per step." }),
          })
          .openapi("ScanSegment"),
      )
      .openapi({ description: "In order along the corridor." }),
    episodes: z.array(
      z
        .object({
          road_id,
          started_at: instant("Begin."),
          ended_at: instant("End; null while it goes on.").nullable(),
          end,
          from_km: at_km("Where its road begins."),
          to_km: at_km("Where its road ends."),
          worst_ratio: ratio("Least mean speed by free flow of a window."),
          delay_s: spent("What one vehicle in each window lost, added up."),
        })
        .openapi("ScanEpisode"),
    ),
    cells_n: tally("Cells with data."),
    cells_expected: tally("Cells that have begun."),
  })
  .openapi("CongestionScan");

/** A cell of a scan, as a row of CSV. */
export const scanCellSchema = z.object({
  window_start: instant("Begin of the step."),
  road_id,
  road_name,
  from_km: at_km("Where the road begins."),
  to_km: at_km("Where it ends."),
  percent: whole(0, 200, "%", "Mean speed in percent of free flow.").nullable(),
});
