/** `/api/roads/{road_id}/explain`: why a road looks as it does. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../src/core/stream.ts";
import { objectAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, queryOf } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { explanationSchema } from "./schema/explain.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { rowSchemas } from "./schema/rows.ts";

export function explainRoutes({ serving, city }: ReadDeps, traffic: Stream) {
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/roads/{road_id}/explain",
      operationId: "explainRoad",
      summary: "Why a road looks as it does: newest event, its place in the log, rule, window, layer",
      tags: ["Roads"],
      "x-scope": "read",
      request: {
        params: z.object({ road_id: key("Identifier of the road segment.", city.roads[0]?.road_id) }),
        query: queryOf({}),
      },
      responses: {
        ...objectAnswer(
          "The explanation. meta.layer is merged where the live view gave the event and history the window.",
          answerOf(explanationSchema(traffic, rowSchemas(traffic))),
        ),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => presentJson(c, await serving.explain(c.req.valid("param").road_id)),
  );
}
