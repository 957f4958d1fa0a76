/** An answer of the serving layer in the format that was asked for. */
import type { Context } from "hono";
import type { Position } from "../src/core/geo.ts";
import type { Answer } from "../src/serving/answer.ts";
import { encoded } from "./compress.ts";
import { toCsv } from "./csv.ts";
import { mediaTypes, type Format } from "./format.ts";
import type { Geometry } from "./geometry.ts";

type AnyRow = Readonly<Record<string, unknown>>;

/** What lies between the jumps of a track. */
export interface Lines {
  type: "MultiLineString";
  coordinates: readonly (readonly Position[])[];
}

/** How rows of one kind are written where a format needs more than the rows. */
export interface Shape<R> {
  /** File name of a download, without its ending. */
  name: string;
  /** Columns of the CSV, so that an empty answer has its head, too. */
  columns: readonly string[];
  /** For GeoJSON. */
  id?: (row: R) => string;
  geometry?: (row: R) => Geometry | Lines | null;
  properties?: (row: R) => AnyRow;
}

/** The body as text. `Response` is made by `present`; shared lists keep the bytes. */
export function write<R extends object>(
  answer: Answer<readonly R[]>,
  format: Format,
  shape: Shape<R>,
): string {
  switch (format) {
    case "json":
      return JSON.stringify(answer);
    case "csv":
      return toCsv(shape.columns, answer.data as readonly AnyRow[]);
    case "ndjson":
      return answer.data.map((row) => `${JSON.stringify(row)}\n`).join("");
    case "geojson":
      return JSON.stringify({
        type: "FeatureCollection",
        features: answer.data.map((row) => featureOf(row, shape)),
        meta: answer.meta,
      });
  }
}

/** A row as a GeoJSON feature. */
export const featureOf = <R extends object>(row: R, shape: Shape<R>): object => ({
  type: "Feature",
  id: shape.id?.(row) ?? "",
  geometry: shape.geometry?.(row) ?? null,
  properties: shape.properties?.(row) ?? row,
});

/** Headers of an answer with rows. `meta` has no place in CSV and NDJSON: what matters of it stands here. */
export function headersOf(c: Context, answer: Answer<unknown>, format: Format, name: string): Headers {
  const headers = new Headers({
    "content-type": mediaTypes[format],
    vary: "Accept",
    "arterial-cursor": answer.meta.cursor,
  });
  if (answer.meta.as_of !== null) headers.set("arterial-as-of", answer.meta.as_of);
  if (answer.meta.excluded !== undefined) headers.set("arterial-excluded", answer.meta.excluded.note);
  if (format === "csv") headers.set("content-disposition", `attachment; filename="${name}.csv"`);
  if (answer.meta.next_cursor !== undefined) {
    const next = new URL(c.req.url);
    next.searchParams.set("cursor", answer.meta.next_cursor);
    headers.set("link", `<${next.pathname}${next.search}>; rel="next"`);
  }
  return headers;
}

export async function present<R extends object>(
  c: Context,
  answer: Answer<readonly R[]>,
  format: Format,
  shape: Shape<R>,
  cache_control = "no-cache",
): Promise<Response> {
  const headers = headersOf(c, answer, format, shape.name);
  headers.set("cache-control", cache_control);
  return new Response(await encoded(write(answer, format, shape), c.req.header("accept-encoding"), headers), {
    headers,
  });
}

/** An answer that is one object, as JSON, with the headers of a list's page. */
export async function presentObject(c: Context, answer: Answer<object>, name: string): Promise<Response> {
  const headers = headersOf(c, answer, "json", name);
  headers.set("cache-control", "no-cache");
  const body = JSON.stringify(answer);
  return new Response(await encoded(body, c.req.header("accept-encoding"), headers), { headers });
}

/** One object, as JSON. */
export async function presentJson(
  c: Context,
  body: unknown,
  cache_control = "no-cache",
  status = 200,
): Promise<Response> {
  const headers = new Headers({ "content-type": mediaTypes.json, "cache-control": cache_control });
  return new Response(await encoded(JSON.stringify(body), c.req.header("accept-encoding"), headers), {
    headers,
    status,
  });
}
