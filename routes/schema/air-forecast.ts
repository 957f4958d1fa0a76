/** Shape of a forecast of the air. */
import { z } from "@hono/zod-openapi";
import { AQI_MAX, aqiCategories } from "../../src/core/aqi.ts";
import { limits } from "../../src/core/limits.ts";
import { airMethods } from "../../src/serving/air-forecast.ts";
import { instant, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const index = (doc: string) => whole(0, AQI_MAX, "1", doc);
const error = (doc: string) => number(0, AQI_MAX, "1", doc).nullable();
const inside = (doc: string) => number(0, 1, "1", doc).nullable();

export const airForecastSchema = z
  .object({
    location: words_of("Name of the location.").min(1).max(limits.id_chars_max),
    timestamp: instant("Begin of the hour that it is for."),
    hours_ahead: whole(1, 24, "h", "Whole hours after the last known one."),
    aqi: index("Mean Air Quality Index of the hour, US EPA."),
    aqi_category: z.enum(aqiCategories).openapi({ description: "The EPA's word for the index." }),
    low_50: index("Lower end of the interval that holds the hour's mean in 50 % of cases."),
    high_50: index("Its upper end."),
    low_90: index("Lower end of the interval that holds the hour's mean in 90 % of cases."),
    high_90: index("Its upper end."),
    method: z.enum(airMethods).openapi({
      description:
        "model: fitted on the last weeks of all locations; persistence: what is now, while history is too short for a model.",
    }),
    made_at: instant("End of the last whole hour that was known."),
    as_of: instant("The same: the row's own time."),
    stale: yesNo("It was made over three hours ago."),
    accuracy_mae: error(
      "Mean absolute error of the last 14 days' forecasts so many hours ahead, all locations; null while none was scored.",
    ),
    accuracy_persistence_mae: error("The same of persistence, which says that it stays as it is."),
    accuracy_inside_50: inside("Share of them that lay within their 50 % interval."),
    accuracy_inside_90: inside("Share of them that lay within their 90 % interval."),
    accuracy_n: tally("How many were scored."),
  })
  .openapi("AirForecast");
