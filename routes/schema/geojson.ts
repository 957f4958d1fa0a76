/** GeoJSON (RFC 7946) as answers use it: a bare FeatureCollection, with our `meta` as a foreign member. */
import { z } from "@hono/zod-openapi";
import { metaSchema } from "./meta.ts";
import { number, words_of } from "./numbers.ts";

const position = z
  .tuple([number(-180, 180, "°", "Longitude, WGS 84."), number(-90, 90, "°", "Latitude, WGS 84.")])
  .openapi("Position", { description: "[lng, lat]", minItems: 2, maxItems: 2 });

const lineString = z
  .object({ type: z.literal("LineString"), coordinates: z.array(position).min(2) })
  .openapi("LineString");
const point = z.object({ type: z.literal("Point"), coordinates: position }).openapi("Point");

export const geometrySchema = z
  .union([lineString, point])
  .nullable()
  .openapi({ description: "Null where no place is known." });

/** Of a track: the stretches between its jumps. */
export const linesSchema = z
  .object({ type: z.literal("MultiLineString"), coordinates: z.array(z.array(position).min(2)) })
  .openapi("MultiLineString");

/** A collection whose features have the rows as their properties. */
export const featureCollection = (
  name: string,
  properties: z.ZodType,
  geometry: z.ZodType = geometrySchema,
) =>
  z
    .object({
      type: z.literal("FeatureCollection"),
      features: z.array(
        z.object({
          type: z.literal("Feature"),
          id: words_of("The row's key."),
          geometry,
          properties,
        }),
      ),
      meta: metaSchema,
    })
    .openapi(name);
