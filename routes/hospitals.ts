/** `/api/hospitals`: the city's. */
import type { Position } from "../src/core/geo.ts";
import type { Answer } from "../src/serving/answer.ts";
import type { HospitalRow } from "../src/serving/emergency-answer.ts";
import { hospitalRow } from "../src/serving/hospitals.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, queryOf } from "./parameters.ts";
import { present, type Shape } from "./present.ts";
import { hospitalSchema } from "./schema/emergencies.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";

const formats = ["json", "geojson", "csv", "ndjson"] as const;

const shape: Shape<HospitalRow> = {
  name: "hospitals",
  columns: columnsOfSchema(hospitalSchema),
  id: ({ hospital_id }) => hospital_id,
  geometry: ({ longitude, latitude }) => ({
    type: "Point",
    coordinates: [longitude, latitude] satisfies Position,
  }),
};

export function hospitalRoutes({ serving, city }: ReadDeps) {
  const data = city.hospitals.map(hospitalRow);
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/hospitals",
      operationId: "hospitals",
      summary: "The city's hospitals",
      tags: ["Hospitals"],
      "x-scope": "read",
      request: { query: queryOf({ format: format(formats) }) },
      responses: {
        ...tableAnswer({
          description: "Every hospital of the city.",
          row: hospitalSchema,
          formats,
          features: { name: "HospitalFeatures", properties: hospitalSchema },
        }),
        ...problems(400, 503),
      },
    }),
    async (c) => {
      const answer: Answer<readonly HospitalRow[]> = {
        data,
        // They are the city's own data, not an event's: they have no time.
        meta: {
          cursor: await serving.cursor(),
          layer: "batch",
          as_of: null,
          age_ms: null,
          stale: false,
          coverage: 1,
        },
      };
      const as = negotiate(c.req.header("accept"), c.req.valid("query").format, formats);
      return present(c, answer, as, shape, "public, max-age=60");
    },
  );
}
