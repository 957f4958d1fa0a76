/** Shape of `/api/traffic/day`. */
import { z } from "@hono/zod-openapi";
import { comparisons } from "../../src/core/compare.ts";
import { limits } from "../../src/core/limits.ts";
import { instant, tally, whole, words_of } from "./numbers.ts";

const roads = z.array(words_of("road_id.")).max(limits.day_roads_max);

export const roadOrderSchema = z
  .object({
    roads: roads.openapi({ description: "Road of each byte of a step, in order." }),
    roads_hash: words_of("Changes with the order: the header Arterial-Roads-Hash of the bytes names it."),
  })
  .openapi("TrafficDayRoads");

export const trafficDaySchema = roadOrderSchema
  .partial({ roads: true })
  .extend({
    of: z.enum(["itself", ...comparisons]).openapi({
      description: "What the bytes are of: the steps themselves, or what they are compared with.",
    }),
    steps: z
      .array(instant("Start of the step."))
      .openapi({ description: "288 on most days; 276 or 300 where clocks change." }),
    step_s: whole(60, 86_400, "s", "Length of a step."),
    ratios: words_of(
      "Base64 (RFC 4648 §4) of steps × roads bytes, steps in rows: byte step × roads.length + road is the mean speed in percent of free flow, 0 to 200; faster is told as 200, 255 is no data. A closed road counts as 0. Congested is under 50. Missing, as roads, with format=shares.",
    ).optional(),
    congested: z.array(tally("Roads under 50 %.")).openapi({ description: "Per step." }),
    reporting: z.array(tally("Roads with data.")).openapi({ description: "Per step." }),
    days: whole(0, 64, "1", "Most days that a step is made from; 0 without data."),
  })
  .openapi("TrafficDay");
