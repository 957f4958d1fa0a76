/** The papers' own addresses, in the papers' own shapes: clients written for them need no change. */
import { z } from "@hono/zod-openapi";
import { congestionLevels } from "../src/core/congestion.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import type { ReadDeps } from "./deps.ts";
import { derivedTag, matches, notModified } from "./etag.ts";
import { paperTrendsRoutes } from "./papers-trends.ts";
import { route } from "./new-routes.ts";
import { queryOf } from "./parameters.ts";
import { sharedResponse } from "./shared-body.ts";
import { instant, number, words_of } from "./schema/numbers.ts";
import { problems } from "./schema/problem.ts";

const paperRoad = z
  .object({
    road_id: words_of("Identifier of the road segment."),
    road_name: words_of("Name of the road; its road_id where no name is known."),
    current_speed: number(0, limits.speed_kmh_max, "km/h", "Mean speed of traffic now."),
    jam_factor: number(0, 10, "1", "0 free to 10 standing.").nullable(),
    congestion_level: z
      .enum(congestionLevels)
      .openapi({ description: "The papers' green is free, yellow is moderate, red is heavy and worse." }),
    last_updated: instant("Event time."),
  })
  .openapi("PaperRoad");

export function paperRoutes(deps: ReadDeps, traffic: Stream) {
  const { serving, city } = deps;
  const names = new Map(city.roads.map((road) => [road.road_id, road.road_name]));
  return paperTrendsRoutes(deps).openapi(
    route({
      method: "get",
      path: "/traffic/current",
      operationId: "paperTrafficCurrent",
      summary: "Every road now, as a bare array",
      tags: ["Papers"],
      "x-scope": "read",
      request: { query: queryOf({}) },
      responses: {
        200: {
          description: "The newest event of each road.",
          content: { "application/json": { schema: z.array(paperRoad) } },
        },
        304: { description: "Not changed since the given ETag." },
        ...problems(400, 503),
      },
    }),
    async (c) => {
      const shared = await serving.shared(traffic);
      const etag = derivedTag(shared.etag, "paper");
      const cache_control = `public, max-age=${Math.ceil(shared.max_age_ms / 1_000)}`;
      if (matches(c.req.header("if-none-match"), etag))
        return notModified(etag, cache_control, "Accept-Encoding");
      const make = (): string =>
        JSON.stringify(
          shared.answer.data.map((row) => ({
            road_id: row["road_id"],
            road_name: row["road_name"] ?? names.get(String(row["road_id"])) ?? row["road_id"],
            current_speed: row["current_speed"],
            jam_factor: row["jam_factor"],
            congestion_level: row["congestion_level"],
            last_updated: row.as_of,
          })),
        );
      return sharedResponse(c, shared, etag, "json", make, "paper-traffic");
    },
  );
}
