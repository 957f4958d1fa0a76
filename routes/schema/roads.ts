/** Roads of the network. */
import { z } from "@hono/zod-openapi";
import { limits } from "../../src/core/limits.ts";
import { geometrySchema } from "./geojson.ts";
import { number, whole, words_of } from "./numbers.ts";

const shape = {
  road_id: words_of("Identifier of the road segment.").min(1).max(limits.id_chars_max),
  road_name: words_of("Name of the road, for people.").max(limits.name_chars_max),
  road_class: words_of(
    "motorway, trunk, primary, secondary, tertiary or residential; null where only events know the road.",
  ).nullable(),
  district: words_of("Part of the city.").nullable(),
  free_flow_speed: number(0, limits.speed_kmh_max, "km/h", "Speed without other traffic.").nullable(),
  length_km: number(0, 10_000, "km", "Length of the segment.").nullable(),
};

const neighbours = z.array(words_of("road_id of a road that shares an end with it."));

export const roadSchema = z.object({ ...shape, geometry: geometrySchema, neighbours }).openapi("Road");

/** As properties of a feature: the geometry stands beside them. */
export const roadPropertiesSchema = z.object({ ...shape, neighbours }).openapi("RoadProperties");

/** All of one road; `now` and `windows` are the traffic stream's rows. */
export const roadViewSchema = (now: z.ZodType, window: z.ZodType) =>
  z
    .object({
      road: roadSchema,
      now: z.union([now, z.null()]).openapi({ description: "Null while no event of the road is live." }),
      windows: z.array(window),
      typical: z
        .array(
          number(
            0,
            limits.speed_kmh_max,
            "km/h",
            "Mean speed in this 5-minute slot of the day; null where none is known.",
          ).nullable(),
        )
        .openapi({
          description: "The typical day in 288 slots of 5 minutes, from the city's midnight on.",
          maxItems: 300,
        }),
      typical_days: whole(0, 10_000, "d", "Days that the typical day is made from."),
    })
    .openapi("RoadView");
