/** `/api/traffic/*`: the traffic stream under the names its users know. */
import { z } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { objectAnswer, tableAnswer } from "./answers.ts";
import { currentFormats, currentList } from "./current-list.ts";
import type { ReadDeps } from "./deps.ts";
import { keyHistory, keyHistoryAnswer, keyHistoryQuery } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { bbox, format, key, limit, pageCursor, queryOf, since } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { rowSchemas } from "./schema/rows.ts";

export const currentQuery = queryOf({
  bbox,
  limit: limit(limits.list_rows_max),
  cursor: pageCursor,
  since,
  format: format(currentFormats),
});

export function trafficRoutes(deps: ReadDeps, stream: Stream) {
  const roadId = z.object({ road_id: key("Identifier of the road segment.", deps.city.roads[0]?.road_id) });
  const rows = rowSchemas(stream);
  const list = currentList(deps, stream);
  const history = keyHistory(deps, stream);
  const tags = ["Traffic"];
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/traffic/current",
        operationId: "trafficCurrent",
        summary: "Every road now",
        tags,
        "x-scope": "read",
        request: { query: currentQuery },
        responses: {
          ...tableAnswer({
            description: "The newest event of each road.",
            row: rows.current,
            formats: currentFormats,
            features: { name: "TrafficFeatures", properties: rows.current },
            etag: true,
          }),
          ...problems(400, 503),
        },
      }),
      (c) => list(c, c.req.valid("query")),
    )
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
