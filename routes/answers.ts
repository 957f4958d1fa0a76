/** Successful answers as OpenAPI says them: a table in its formats, or one object. */
import { z } from "@hono/zod-openapi";
import { mediaTypes, type Format } from "./format.ts";
import { featureCollection } from "./schema/geojson.ts";
import { answerOf } from "./schema/meta.ts";

const headers = {
  "Arterial-Cursor": {
    description: "meta.cursor, for formats that have no meta.",
    schema: { type: "string" as const },
  },
  "Arterial-As-Of": {
    description: "meta.as_of, for formats that have no meta.",
    schema: { type: "string" as const, format: "date-time" },
  },
  "Arterial-Excluded": {
    description: "meta.excluded.note, for formats that have no meta.",
    schema: { type: "string" as const },
  },
  Link: { description: 'The next page, as rel="next".', schema: { type: "string" as const } },
};

const conditional = {
  ...headers,
  ETag: { description: "Weak; give it back as If-None-Match.", schema: { type: "string" as const } },
};

const exports = {
  "Arterial-From": {
    description: "Of an export: first instant of the range.",
    schema: { type: "string" as const, format: "date-time" },
  },
  "Arterial-To": {
    description: "Of an export: first instant after the range.",
    schema: { type: "string" as const, format: "date-time" },
  },
  "Content-Disposition": {
    description: "Of CSV and of an export: a file name, with stream and range.",
    schema: { type: "string" as const },
  },
};

interface Table {
  description: string;
  row: z.ZodType;
  formats: readonly Format[];
  /** Component name of the FeatureCollection, where GeoJSON is among the formats. */
  features?: { name: string; properties: z.ZodType; geometry?: z.ZodType };
  /** Of JSON, where it is more than an array of rows. */
  data?: z.ZodType;
  etag?: boolean;
  /** CSV and NDJSON may be whole ranges. */
  exported?: boolean;
}

const NOT_MODIFIED = { 304: { description: "Not changed since the given ETag." } };

export function tableAnswer({ description, row, data, formats, features, etag, exported }: Table) {
  const content: Record<string, { schema: z.ZodType }> = {};
  for (const format of formats) {
    const type = mediaTypes[format].split(";")[0]!;
    if (format === "json") content[type] = { schema: answerOf(data ?? z.array(row)) };
    else if (format === "geojson") {
      if (features !== undefined)
        content[type] = { schema: featureCollection(features.name, features.properties, features.geometry) };
    } else {
      const doc =
        format === "csv"
          ? "First line the column names; CRLF; an empty cell is null."
          : "One row as JSON per line.";
      content[type] = { schema: z.string().openapi({ description: doc }) };
    }
  }
  return {
    200: {
      description,
      headers: {
        ...(etag === true ? conditional : headers),
        ...(exported === true ? exports : {}),
      },
      content,
    },
    ...(etag === true ? NOT_MODIFIED : {}),
  };
}

export const objectAnswer = (description: string, schema: z.ZodType, status = 200) => ({
  [status]: { description, content: { "application/json": { schema } } },
});
