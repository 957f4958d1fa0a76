/** `/api/traffic/*`: one road under the names its users know; the list is an alias of the stream's. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../src/core/stream.ts";
import { objectAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { keyHistory, keyHistoryAnswer, keyHistoryQuery } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, queryOf } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { rowSchemas } from "./schema/rows.ts";

export function trafficRoutes(deps: ReadDeps, stream: Stream) {
  const roadId = z.object({ road_id: key("Identifier of the road segment.", deps.city.roads[0]?.road_id) });
  const rows = rowSchemas(stream);
  const history = keyHistory(deps, stream);
  const tags = ["Traffic"];
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/traffic/live/{road_id}",
        operationId: "trafficLive",
        summary: "One road now",
        tags,
        "x-scope": "read",
        request: { params: roadId, query: queryOf({}) },
        responses: {
          ...objectAnswer("The newest event of the road.", answerOf(rows.current)),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => presentJson(c, await deps.serving.one(stream, c.req.valid("param").road_id)),
    )
    .openapi(
      route({
        method: "get",
        path: "/api/traffic/history/{road_id}",
        operationId: "trafficHistory",
        summary: "One road before: events, or windows by step",
        tags,
        "x-scope": "read",
        request: { params: roadId, query: keyHistoryQuery },
        responses: {
          ...keyHistoryAnswer(stream, "Events of the road, or its windows with step."),
          ...problems(400, 404, 503),
        },
      }),
      (c) => history(c, c.req.valid("param").road_id, c.req.valid("query")),
    );
}
