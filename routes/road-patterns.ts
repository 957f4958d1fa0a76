/** A road's week, corridors of the city, reliability of travel times, and the congestion scan. */
import type { Stream } from "../src/core/stream.ts";
import {
  reliabilityGroups,
  type CorridorRow,
  type ProfileCell,
  type ReliabilityRow,
} from "../src/serving/episode-answer.ts";
import type { CongestionScan } from "../src/serving/scan-answer.ts";
import { analyticsParameters } from "./analytics-query.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { patternsOf } from "./episodes.ts";
import { negotiate } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { choice, date, format, key, queryOf } from "./parameters.ts";
import {
  rangeOf,
  rangeParameters,
  roadList,
  roadsOf,
  roadsParameters,
  wholeHours,
} from "./patterns-query.ts";
import { present, presentObject, type Shape } from "./present.ts";
import { invalidParameter } from "./problem.ts";
import {
  corridorSchema,
  profileCellSchema,
  profileSchema,
  reliabilitySchema,
  scanCellSchema,
  scanSchema,
} from "./schema/patterns.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";
import { z } from "@hono/zod-openapi";
import { dayRange } from "./traffic-day.ts";

const formats = ["json", "csv", "ndjson"] as const;
const objectFormats = ["json", "csv"] as const;

const reliabilityShape: Shape<ReliabilityRow> = {
  name: "reliability",
  columns: columnsOfSchema(reliabilitySchema),
};
const cellShape: Shape<ProfileCell> = { name: "profile", columns: columnsOfSchema(profileCellSchema) };
const corridorShape: Shape<CorridorRow> = { name: "corridors", columns: columnsOfSchema(corridorSchema) };
type ScanCell = z.infer<typeof scanCellSchema>;
const scanShape: Shape<ScanCell> = { name: "congestion-scan", columns: columnsOfSchema(scanCellSchema) };

const cellsOf = ({ steps, segments }: CongestionScan): ScanCell[] =>
  segments.flatMap(({ percent, ...segment }) =>
    steps.map((window_start, i) => ({ window_start, ...segment, percent: percent[i] ?? null })),
  );

export function roadPatternRoutes({ serving, city, clock }: ReadDeps, traffic: Stream) {
  const { zone } = city;
  const size_ms = traffic.windows?.size_ms ?? 0;

  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/corridors",
        operationId: "corridors",
        summary: "Corridors: roads of five and more segments, in order",
        tags: ["Roads"],
        "x-scope": "read",
        request: { query: queryOf({ format: format(formats) }) },
        responses: {
          ...tableAnswer({ description: "Longest first.", row: corridorSchema, formats }),
          ...problems(400, 503),
        },
      }),
      async (c) => {
        const { format: wanted } = c.req.valid("query");
        const answer = await patternsOf(serving).corridors();
        return present(c, answer, negotiate(c.req.header("accept"), wanted, formats), corridorShape);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/roads/{road_id}/profile",
        operationId: "roadProfile",
        summary: "A road's week, of the last 28 days",
        description: "Made anew each night; meta.frontier is the end of the 28 days.",
        tags: ["Roads"],
        "x-scope": "read",
        request: {
          params: z.object({ road_id: key("The road.", city.roads[0]?.road_id) }),
          query: queryOf({ format: format(objectFormats) }),
        },
        responses: {
          ...tableAnswer({
            description: "The week; as CSV its cells.",
            row: profileCellSchema,
            data: profileSchema,
            formats: objectFormats,
          }),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { format: wanted } = c.req.valid("query");
        const answer = await patternsOf(serving).profile(c.req.valid("param").road_id);
        return negotiate(c.req.header("accept"), wanted, objectFormats) === "json"
          ? presentObject(c, answer, "profile")
          : present(c, { ...answer, data: answer.data.cells }, "csv", cellShape);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/analytics/reliability",
        operationId: "analyticsReliability",
        summary: "Travel time index, planning time index, buffer index",
        description:
          "FHWA's measures over windows of 5 min, in whole hours of the city's zone. road: each road. corridor: roads in their order as one way, from its travel times where 80 % of the length has data. hour, weekday_hour: roads together, weighted by length, where 80 % of it has data.",
        tags: ["Analytics"],
        "x-scope": "read",
        request: {
          query: queryOf({
            ...rangeParameters,
            ...roadsParameters,
            weekdays: analyticsParameters.weekdays,
            holidays: analyticsParameters.holidays,
            by: choice(reliabilityGroups, "What a row is of; road without it.").optional(),
            format: format(formats),
          }),
        },
        responses: {
          ...tableAnswer({
            description: "The measures, each with n and coverage.",
            row: reliabilitySchema,
            formats,
          }),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { by = "road", format: wanted, weekdays, holidays, ...asked } = c.req.valid("query");
        const answer = await patternsOf(serving).reliability({
          ...wholeHours(rangeOf(asked, { zone, now_ms: clock.now() }), zone),
          ...roadsOf(asked),
          ...(weekdays === undefined ? {} : { weekdays }),
          without_holidays: holidays === "exclude",
          by,
        });
        return present(c, answer, negotiate(c.req.header("accept"), wanted, formats), reliabilityShape);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/analytics/congestion-scan",
        operationId: "analyticsCongestionScan",
        summary: "Time by position along a corridor: speed against free flow",
        description:
          "The steps of a day of the city's zone with date, those that start from from to before to (at most 25 hours), or the last 24 hours; as CSV one row per cell.",
        tags: ["Analytics"],
        "x-scope": "read",
        request: {
          query: queryOf({
            corridor: key(
              "corridor_id of /api/corridors; the longest one without it and without roads.",
            ).optional(),
            roads: roadList,
            date: date("A day of the city's zone."),
            ...rangeParameters,
            format: format(objectFormats),
          }),
        },
        responses: {
          ...tableAnswer({
            description: "The matrix, with the episodes in it.",
            row: scanCellSchema,
            data: scanSchema,
            formats: objectFormats,
          }),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { corridor, roads, format: wanted, ...asked } = c.req.valid("query");
        if (corridor !== undefined && roads !== undefined)
          throw invalidParameter("corridor", corridor, "must be left out where roads is given");
        const answer = await patternsOf(serving).scan({
          corridor: corridor ?? null,
          roads: roads ?? null,
          ...dayRange(asked, { zone, size_ms, now_ms: clock.now() }),
        });
        return negotiate(c.req.header("accept"), wanted, objectFormats) === "json"
          ? presentObject(c, answer, "congestion-scan")
          : present(c, { ...answer, data: cellsOf(answer.data) }, "csv", scanShape);
      },
    );
}
