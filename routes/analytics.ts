/** `/api/analytics/…`: batch views merged with windows at the frontier. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { days, formatInstant, hours } from "../src/core/time.ts";
import type { Analytics, AnalyticsQuery, AnalyticsStep } from "../src/serving/analytics/answer.ts";
import type { Answer, Serving } from "../src/serving/answer.ts";
import { sendAnalytics } from "./analytics-body.ts";
import { analyticsParameters, analyticsQuery, type AskedAnalytics } from "./analytics-query.ts";
import {
  correlationTables,
  peakHoursTables,
  rowsTable,
  statisticsTables,
  summaryTables,
  trendsTables,
  type Tables,
} from "./analytics-tables.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate, type Format } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { choice, format, queryOf, wholeParameter } from "./parameters.ts";
import { invalidParameter } from "./problem.ts";
import {
  correlationSchema,
  dailySummarySchema,
  peakHourOfLocationSchema,
  peakHoursSchema,
  statisticsSchema,
  trafficSummarySchema,
} from "./schema/analytics.ts";
import { trendsSchema } from "./schema/analytics-trends.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";

const formats = ["json", "csv", "ndjson"] as const satisfies readonly Format[];
const ROADS_DEFAULT = 10;
/** From this length on a range is told by days. */
const LONG_MS = days(15);

const locationTable = rowsTable(columnsOfSchema(peakHourOfLocationSchema));
const dayTable = rowsTable(columnsOfSchema(dailySummarySchema));

/** @throws {ProblemError} unavailable where this installation keeps no batch views. */
export function analyticsOf({ analytics }: Pick<Serving, "analytics">): Analytics {
  if (analytics === undefined)
    throw new ProblemError({ name: "unavailable", detail: "There are no batch views here" });
  return analytics;
}

/** Hours of up to 15 days, days of more. @throws {ProblemError} invalid-parameter for more hours than one answer has. */
export function trendsStep(
  asked: AnalyticsStep | undefined,
  { from_ms, to_ms }: AnalyticsQuery,
): AnalyticsStep {
  const step = asked ?? (to_ms - from_ms > LONG_MS ? "1d" : "1h");
  if (step === "1h" && to_ms - from_ms > hours(limits.range_rows_max))
    throw invalidParameter(
      "step",
      step,
      `must be 1d for a range that begins at ${formatInstant(from_ms)}: at most ${limits.range_rows_max} steps are answered`,
    );
  return step;
}

interface Words {
  path: string;
  operationId: string;
  summary: string;
  description: string;
}

export function analyticsRoutes({ serving, city, clock }: ReadDeps) {
  const declared = <const P extends string, S extends z.ZodRawShape>(
    words: Words & { path: P },
    tables: Tables<never>,
    data: z.ZodType,
    more: S,
  ) =>
    route({
      method: "get",
      ...words,
      tags: ["Analytics"],
      "x-scope": "read",
      request: {
        query: queryOf({
          ...analyticsParameters,
          ...more,
          table: choice(
            Object.keys(tables),
            `Of CSV and NDJSON: which table; ${Object.keys(tables)[0]} without it.`,
          ).optional(),
          format: format(formats),
        }),
      },
      responses: {
        ...tableAnswer({ description: words.summary, row: data, data, formats, etag: true }),
        ...problems(400, 404, 503),
      },
    });

  const asked = (query: AskedAnalytics): Promise<AnalyticsQuery> =>
    analyticsQuery(query, { serving, city, now_ms: clock.now() });

  async function answer<D extends object>(
    c: Context,
    { format: wanted, table }: { format?: Format | undefined; table?: string | undefined },
    name: string,
    tables: Tables<D>,
    made: Promise<Answer<D>>,
  ): Promise<Response> {
    const chosen = table ?? Object.keys(tables)[0]!;
    const found = tables[chosen];
    if (found === undefined)
      throw invalidParameter("table", chosen, `must be one of ${Object.keys(tables).join(", ")} here`);
    return sendAnalytics(c, await made, {
      format: negotiate(c.req.header("accept"), wanted, formats),
      name: Object.keys(tables).length === 1 ? name : `${name}-${chosen}`,
      table: found,
    });
  }

  return newRoutes()
    .openapi(
      declared(
        {
          path: "/api/analytics/traffic-summary",
          operationId: "analyticsTrafficSummary",
          summary: "The city over a range, beside another",
          description:
            "Means over events, percentiles of 5-minute mean speeds, delay against free flow, the busiest hour; each beside what it is compared with.",
        },
        summaryTables,
        trafficSummarySchema,
        {},
      ),
      async (c) => {
        const query = c.req.valid("query");
        const made = analyticsOf(serving).trafficSummary(await asked(query));
        return answer(c, query, "traffic-summary", summaryTables, made);
      },
    )
    .openapi(
      declared(
        {
          path: "/api/analytics/statistics",
          operationId: "analyticsStatistics",
          summary: "Live figures, and distributions of speed and air quality",
          description: "Live figures as of now; distributions over the range.",
        },
        statisticsTables,
        statisticsSchema,
        {},
      ),
      async (c) => {
        const query = c.req.valid("query");
        const made = analyticsOf(serving).statistics(await asked(query));
        return answer(c, query, "statistics", statisticsTables, made);
      },
    )
    .openapi(
      declared(
        {
          path: "/api/analytics/trends",
          operationId: "analyticsTrends",
          summary: "How it went: by hour and day, rush hours, the most congested roads",
          description: "In paper 004's names, with a heat map of weekday × hour.",
        },
        trendsTables,
        trendsSchema,
        {
          step: choice(
            ["1h", "1d"],
            "Length of the series' steps; 1h up to 15 days, else 1d, without it.",
          ).optional(),
          limit: wholeParameter(
            1,
            limits.analytics_roads_max,
            "1",
            `Roads in the ranking; ${ROADS_DEFAULT} without it.`,
          ).optional(),
        },
      ),
      async (c) => {
        const query = c.req.valid("query");
        const range = await asked(query);
        const step = trendsStep(query.step, range);
        const made = analyticsOf(serving).trends({ ...range, step, limit: query.limit ?? ROADS_DEFAULT });
        return answer(c, query, "trends", trendsTables, made);
      },
    )
    .openapi(
      declared(
        {
          path: "/api/analytics/peak-hours",
          operationId: "analyticsPeakHours",
          summary: "Peak hours: by the city's rule and as measured, history beside today",
          description:
            "Of roads, hours of the day and measured peaks; with stream=readings paper 000's peak_hours_analysis, each location by day and hour.",
        },
        { ...peakHoursTables, ...locationTable },
        z.union([peakHoursSchema, z.array(peakHourOfLocationSchema)]),
        {
          stream: choice(
            ["traffic", "readings"],
            "Roads, or locations with readings; roads without it.",
          ).optional(),
        },
      ),
      async (c) => {
        const query = c.req.valid("query");
        const analytics = analyticsOf(serving);
        if (query.stream === "readings") {
          const made = analytics.peakHoursByLocation(await asked(query));
          return answer(c, query, "peak-hours", locationTable, made);
        }
        const made = analytics.peakHours(await asked(query));
        return answer(c, query, "peak-hours", peakHoursTables, made);
      },
    )
    .openapi(
      declared(
        {
          path: "/api/analytics/daily-summary",
          operationId: "analyticsDailySummary",
          summary: "Each day of the city: traffic and air",
          description: "Days that start in the range, whole, oldest first; those without data are there.",
        },
        dayTable,
        z.array(dailySummarySchema),
        {},
      ),
      async (c) => {
        const query = c.req.valid("query");
        const made = analyticsOf(serving).dailySummary(await asked(query));
        return answer(c, query, "daily-summary", dayTable, made);
      },
    )
    .openapi(
      declared(
        {
          path: "/api/analytics/correlation",
          operationId: "analyticsCorrelation",
          summary: "Weather and traffic, traffic and air: how far they move together",
          description:
            "Pearson's r of hourly means with its 95 % interval, at lags of 0 to 6 h; null with fewer than 100 pairs. Moving together is no cause.",
        },
        correlationTables,
        correlationSchema,
        {},
      ),
      async (c) => {
        const query = c.req.valid("query");
        const made = analyticsOf(serving).correlation(await asked(query));
        return answer(c, query, "correlation", correlationTables, made);
      },
    );
}
