/** `/metrics` for Prometheus, and the measure of every request by the pattern of its route. */
import { z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Clock } from "../src/core/time.ts";
import { newRoutes, route } from "./new-routes.ts";
import { problems } from "./schema/problem.ts";

/** What `/metrics` prints. */
export interface MetricsText {
  text(): Promise<string>;
  readonly content_type: string;
}

/** What is told of an answered request. */
export type MeasureRequest = (method: string, route: string, status: number, ms: number) => void;

/** Open on a loopback address; where the server has an `ADMIN_TOKEN`, that is wanted: numbers tell of a city's secrets too. */
export function metricsRoutes(metrics: MetricsText) {
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/metrics",
      operationId: "metrics",
      summary: "How delivery does, as numbers for Prometheus",
      tags: ["Health"],
      "x-scope": "operate",
      responses: {
        200: {
          description: "The text format of Prometheus, version 0.0.4.",
          content: { "text/plain": { schema: z.string().openapi({ description: "One sample per line." }) } },
        },
        ...problems(401),
      },
    }),
    async (c) => {
      const text = await metrics.text();
      return c.text(text, 200, { "content-type": metrics.content_type, "cache-control": "no-store" });
    },
  );
}

/** Stands first of all: what it measures is what a client waits for, until the answer begins. */
export const measureRequests =
  (measure: MeasureRequest, clock: Pick<Clock, "monotonic">): MiddlewareHandler =>
  async (c, next) => {
    const start_ms = clock.monotonic();
    await next();
    measure(c.req.method, patternOf(c), c.res.status, clock.monotonic() - start_ms);
  };

/** As it was declared (`/api/roads/:road_id`): a path that is declared nowhere is one of them all. */
function patternOf(c: Context): string {
  const pattern = matchedRoutes(c).findLast(({ path }) => !path.endsWith("/*") && path !== "*")?.path;
  return pattern ?? "unmatched";
}
