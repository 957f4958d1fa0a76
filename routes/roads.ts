/** `/api/roads`: the network with its geometry, and all of one road. */
import { z } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import type { RoadInfo } from "../src/serving/answer.ts";
import { objectAnswer, tableAnswer } from "./answers.ts";
import { defined } from "./defined.ts";
import type { ReadDeps } from "./deps.ts";
import { explainRoutes } from "./explain.ts";
import { negotiate } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { bbox, format, key, limit, pageCursor, queryOf, wholeParameter } from "./parameters.ts";
import { present, presentJson, type Shape } from "./present.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { roadPropertiesSchema, roadSchema, roadViewSchema } from "./schema/roads.ts";
import { columnsOfSchema, rowSchemas } from "./schema/rows.ts";

const roadFormats = ["json", "geojson", "csv", "ndjson"] as const;
const DEFAULT_HOURS = 24;
const HOURS_MAX = 168;

const shape: Shape<RoadInfo> = {
  name: "roads",
  columns: columnsOfSchema(roadSchema),
  id: (road) => road.road_id,
  geometry: (road) => road.geometry,
  properties: (road) => Object.fromEntries(Object.entries(road).filter(([name]) => name !== "geometry")),
};

export function roadRoutes(deps: ReadDeps, traffic: Stream) {
  const { serving, city } = deps;
  const rows = rowSchemas(traffic);
  const tags = ["Roads"];
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/roads",
        operationId: "roads",
        summary: "The network with geometry",
        tags,
        "x-scope": "read",
        request: {
          query: queryOf({
            bbox,
            limit: limit(limits.list_rows_max),
            cursor: pageCursor,
            format: format(roadFormats),
          }),
        },
        responses: {
          ...tableAnswer({
            description: "Roads of the network, and those that only events know.",
            row: roadSchema,
            formats: roadFormats,
            features: { name: "RoadFeatures", properties: roadPropertiesSchema },
          }),
          ...problems(400, 503),
        },
      }),
      async (c) => {
        const { format: asked, ...query } = c.req.valid("query");
        const answer = await serving.roads(defined(query));
        return present(
          c,
          answer,
          negotiate(c.req.header("accept"), asked, roadFormats),
          shape,
          "public, max-age=60",
        );
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/roads/{road_id}",
        operationId: "road",
        summary: "One road: what it is, now, its last hours, its typical day",
        tags,
        "x-scope": "read",
        request: {
          params: z.object({ road_id: key("Identifier of the road segment.", city.roads[0]?.road_id) }),
          query: queryOf({
            hours: wholeParameter(
              1,
              HOURS_MAX,
              "h",
              `How far back the windows go; ${DEFAULT_HOURS} without it.`,
            ).optional(),
          }),
        },
        responses: {
          ...objectAnswer("The road.", answerOf(roadViewSchema(rows.current, rows.window ?? rows.raw))),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { meta, ...data } = await serving.road(
          c.req.valid("param").road_id,
          c.req.valid("query").hours ?? DEFAULT_HOURS,
        );
        return presentJson(c, { data, meta });
      },
    )
    .route("/", explainRoutes(deps, traffic));
}
