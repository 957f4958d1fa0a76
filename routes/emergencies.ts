/** `/api/emergencies/{emergency_id}`: all of one. Those that are not closed are an alias of the stream's list. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../src/core/stream.ts";
import { objectAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, queryOf } from "./parameters.ts";
import { presentObject } from "./present.ts";
import { emergencySchemas } from "./schema/emergencies.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";

export function emergencyRoutes({ serving }: ReadDeps, emergencies: Stream) {
  const { emergency } = emergencySchemas(emergencies);
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/emergencies/{emergency_id}",
      operationId: "emergency",
      summary: "One emergency: its reports as states, its times, hospitals near it",
      description:
        "States go dispatched, en_route, on_scene, transporting, closed. One may be left out; a report that goes back, comes after the end, or is older than the call is kept and told, with valid = false, and moves nothing.",
      tags: [emergencies.label],
      "x-scope": "read",
      request: {
        params: z.object({ emergency_id: key(emergencies.fields[emergencies.key]!.doc) }),
        query: queryOf({}),
      },
      responses: { ...objectAnswer("The emergency.", answerOf(emergency)), ...problems(400, 404, 503) },
    }),
    async (c) =>
      presentObject(c, await serving.emergency(emergencies, c.req.valid("param").emergency_id), "emergency"),
  );
}
