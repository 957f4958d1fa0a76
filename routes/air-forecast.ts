/** `/api/air-quality/forecast`: the air of each location in the next 24 hours. */
import { ProblemError } from "../src/core/errors.ts";
import type { AirForecastRow } from "../src/serving/air-forecast.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, key, queryOf } from "./parameters.ts";
import { present, type Shape } from "./present.ts";
import { airForecastSchema } from "./schema/air-forecast.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";

const formats = ["json", "csv", "ndjson"] as const;

const shape: Shape<AirForecastRow> = {
  name: "air-forecast",
  columns: columnsOfSchema(airForecastSchema),
};

export function airForecastRoutes({ serving }: ReadDeps) {
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/air-quality/forecast",
      operationId: "airQualityForecast",
      summary: "Air quality 1 to 24 hours ahead, with intervals",
      description:
        "Made each hour by the job forecast-air. A location that told nothing in the last known hours has no rows: meta.coverage tells how many have. accuracy_* tell how far such forecasts were off, all locations together.",
      tags: ["Air and traffic by location"],
      "x-scope": "read",
      request: {
        query: queryOf({
          location: key("Only this location.").optional(),
          format: format(formats),
        }),
      },
      responses: {
        ...tableAnswer({
          description: "Hours ahead, by location.",
          row: airForecastSchema,
          formats,
        }),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const { location, format: wanted } = c.req.valid("query");
      if (serving.airForecast === undefined)
        throw new ProblemError({ name: "unavailable", detail: "Nobody forecasts the air here" });
      const answer = await serving.airForecast({ location });
      return present(c, answer, negotiate(c.req.header("accept"), wanted, formats), shape);
    },
  );
}
