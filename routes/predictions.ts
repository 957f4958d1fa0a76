/** `/api/traffic/predictions/{road_id}`: one road ahead; the list of all is an alias of the stream's. */
import { z } from "@hono/zod-openapi";
import { ProblemError, shown } from "../src/core/errors.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Answer, CurrentRow, Serving } from "../src/serving/answer.ts";
import { objectAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, queryOf } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { rowSchemas } from "./schema/rows.ts";

/** @param stream The predictions. */
export function predictionRoutes({ serving, streams, city, clock }: ReadDeps, stream: Stream) {
  const measured = streams.filter(
    ({ name, key: of, live }) => of === stream.key && live !== null && name !== stream.name,
  );
  const roads = new Set(city.roads.map(({ road_id }) => road_id));

  const isRoad = async (road_id: string): Promise<boolean> => {
    if (roads.has(road_id)) return true;
    for (const one of measured) if ((await asked(serving, one, road_id)) !== null) return true;
    return false;
  };

  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/traffic/predictions/{road_id}",
      operationId: "trafficPrediction",
      summary: "One road in 10, 20 and 30 minutes",
      description:
        "data is null where nothing is known of the road's next minutes: none was predicted within the last half hour. What was predicted before: /api/data/predictions.",
      tags: ["Traffic"],
      "x-scope": "read",
      request: {
        params: z.object({ road_id: key("Identifier of the road segment.", city.roads[0]?.road_id) }),
        query: queryOf({}),
      },
      responses: {
        ...objectAnswer(
          "The newest prediction of the road, or null.",
          answerOf(z.union([rowSchemas(stream).current, z.null()])),
        ),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const { road_id } = c.req.valid("param");
      const answer = await asked(serving, stream, road_id);
      // All that an older one spoke of is past.
      const oldest_ms = clock.now() - (stream.live?.ttl_ms ?? Infinity);
      if (answer !== null && Date.parse(answer.data.as_of) > oldest_ms) return presentJson(c, answer);
      if (answer === null && !(await isRoad(road_id)))
        throw new ProblemError({
          name: "not-found",
          detail: `There is no road ${shown(road_id)}: neither the network nor an event names it`,
        });
      return presentJson(c, await nothing(serving, answer));
    },
  );
}

/** Null for a key that no event of the stream has named. */
async function asked(serving: Serving, stream: Stream, id: string): Promise<Answer<CurrentRow> | null> {
  try {
    return await serving.one(stream, id);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.name === "not-found") return null;
    throw error;
  }
}

async function nothing(serving: Serving, old: Answer<CurrentRow> | null): Promise<Answer<null>> {
  const cursor = old?.meta.cursor ?? (await serving.cursor());
  const layer = old?.meta.layer ?? "batch";
  return { data: null, meta: { cursor, layer, as_of: null, age_ms: null, stale: true, coverage: 0 } };
}
