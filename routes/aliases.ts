/** Named addresses of live lists, made from the streams' declarations: `/api/weather/current`. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Alias, Stream } from "../src/core/stream.ts";
import type { Listed } from "../src/serving/answer.ts";
import { tableAnswer } from "./answers.ts";
import { currentList } from "./current-list.ts";
import { currentFormats, currentQuery } from "./current-query.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { problems } from "./schema/problem.ts";
import { pascal, rowSchemas } from "./schema/rows.ts";

export function aliasRoutes(deps: ReadDeps): OpenAPIHono {
  const routes = newRoutes();
  for (const stream of deps.streams) {
    if (stream.live === null) continue;
    for (const alias of stream.aliases) add(routes, deps, stream, alias);
  }
  return routes;
}

function add(routes: OpenAPIHono, deps: ReadDeps, stream: Stream, alias: Alias): void {
  const listed_ms = stream.live?.listed_ms ?? null;
  const listed: Listed = {
    ...(listed_ms === null ? {} : { max_age_ms: listed_ms }),
    ...(alias.active === true ? { active: true } : {}),
  };
  const list = currentList(deps, stream, listed);
  const { current } = rowSchemas(stream);
  routes.openapi(
    route({
      method: "get",
      path: alias.path,
      operationId: alias.operation_id,
      summary: alias.summary,
      tags: [stream.label],
      "x-scope": "read",
      request: { query: currentQuery(listed_ms) },
      responses: {
        ...tableAnswer({
          description: `The newest event of each ${stream.key}.`,
          row: current,
          formats: currentFormats,
          features: { name: `${pascal(stream.name)}Features`, properties: current },
          etag: true,
        }),
        ...problems(400, 503),
      },
    }),
    (c) => list(c, c.req.valid("query")),
  );
}
