/** `/api/vehicles/{vehicle_id}/track`: where a vehicle was. Where all of them are is an alias of the stream's. */
import { z } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { hours } from "../src/core/time.ts";
import type { Track } from "../src/serving/track-answer.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { pointOf, type Geometry } from "./geometry.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, from, key, limit, numberParameter, pageCursor, queryOf, to } from "./parameters.ts";
import { present, presentObject, type Lines } from "./present.ts";
import { rangeOf } from "./range.ts";
import { geometrySchema, linesSchema } from "./schema/geojson.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";
import { trackSchemas } from "./schema/track.ts";

const formats = ["json", "geojson", "csv", "ndjson"] as const;
const DEFAULT_HOURS = 2;
const DEFAULT_SIMPLIFY_M = 5;

export function vehicleRoutes({ serving, clock }: ReadDeps, vehicles: Stream) {
  const { point, properties, track } = trackSchemas(vehicles);
  const columns = columnsOfSchema(point);
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/vehicles/{vehicle_id}/track",
      operationId: "vehicleTrack",
      summary: "Where a vehicle was",
      description: [
        `The last ${DEFAULT_HOURS} hours without from. Totals count every position of the page; points and line leave out`,
        "those that the line does not need. A page looks at limit positions; the next one goes on where it ended, so that",
        "the totals of the pages add up. A jump is flagged, is no part of the line, and breaks it.",
      ].join(" "),
      tags: [vehicles.label],
      "x-scope": "read",
      request: {
        params: z.object({ vehicle_id: key(vehicles.fields[vehicles.key]!.doc) }),
        query: queryOf({
          from,
          to,
          simplify_m: numberParameter(
            0,
            limits.simplify_m_max,
            "m",
            `Leaves out positions no further than this from the line without them; 0 keeps all, ${DEFAULT_SIMPLIFY_M} without it.`,
          ).optional(),
          limit: limit(limits.range_rows_max),
          cursor: pageCursor,
          format: format(formats),
        }),
      },
      responses: {
        ...tableAnswer({
          description: "The track; as GeoJSON one feature, with its line or lines.",
          row: point,
          data: track,
          formats,
          features: {
            name: "TrackFeatures",
            properties,
            geometry: z.union([geometrySchema, linesSchema]),
          },
        }),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const { vehicle_id } = c.req.valid("param");
      const { format: asked, simplify_m, ...query } = c.req.valid("query");
      const now_ms = clock.now();
      const range = rangeOf(
        vehicles,
        { ...query, from: query.from ?? (query.to ?? now_ms + 1) - hours(DEFAULT_HOURS) },
        false,
        now_ms,
      );
      const { data, meta } = await serving.track(vehicles, vehicle_id, {
        ...range,
        simplify_m: simplify_m ?? DEFAULT_SIMPLIFY_M,
      });
      const about = { [vehicles.key]: vehicle_id, ...data.totals };
      const name = "track";
      const as = negotiate(c.req.header("accept"), asked, formats);
      switch (as) {
        case "json":
          return presentObject(c, { data: { ...about, points: data.points }, meta }, name);
        case "geojson":
          return present(c, { data: [about], meta }, as, {
            name,
            columns,
            id: () => vehicle_id,
            geometry: () => geometryOf(data),
          });
        case "csv":
        case "ndjson":
          return present(c, { data: data.points, meta }, as, { name, columns });
      }
    },
  );
}

/** One line, lines, or the only place there is. */
function geometryOf({ lines, points }: Track): Geometry | Lines | null {
  const [first, second] = lines;
  if (second !== undefined) return { type: "MultiLineString", coordinates: lines };
  if (first !== undefined) return { type: "LineString", coordinates: first };
  return pointOf(points.at(-1) ?? {});
}
