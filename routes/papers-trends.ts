/** Paper 004's `GET /analytics/trends`, in its own shape. */
import { analyticsOf } from "./analytics.ts";
import { analyticsQuery } from "./analytics-query.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { queryOf } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { paperTrends } from "./schema/analytics-trends.ts";
import { problems } from "./schema/problem.ts";

const ROADS = 10;

export const paperTrendsRoutes = ({ serving, city, clock }: ReadDeps) =>
  newRoutes().openapi(
    route({
      method: "get",
      path: "/analytics/trends",
      operationId: "paperAnalyticsTrends",
      summary: "Hours, rush hours and the most congested roads of the last seven days, bare",
      tags: ["Papers"],
      "x-scope": "read",
      request: { query: queryOf({}) },
      responses: {
        200: {
          description: "As /api/analytics/trends without envelope.",
          content: { "application/json": { schema: paperTrends } },
        },
        ...problems(400, 503),
      },
    }),
    async (c) => {
      const analytics = analyticsOf(serving);
      const query = await analyticsQuery({}, { serving, city, now_ms: clock.now() });
      const { data } = await analytics.trends({ ...query, step: "1h", limit: ROADS });
      return presentJson(c, {
        hourly_avg_speed: data.hourly_avg_speed.map(({ hour, speed }) => ({ hour, speed })),
        rush_hour_patterns: data.rush_hour_patterns,
        top_congested_roads: data.top_congested_roads,
      });
    },
  );
