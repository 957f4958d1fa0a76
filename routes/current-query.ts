/** What may be asked of a live list. */
import type { z } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { CurrentQuery, Near } from "../src/serving/answer.ts";
import {
  bbox,
  format,
  limit,
  near,
  numberParameter,
  pageCursor,
  queryOf,
  since,
  wholeParameter,
} from "./parameters.ts";
import { invalidParameter } from "./problem.ts";

export const currentFormats = ["json", "geojson", "csv", "ndjson"] as const;

/** @param listed_ms How old rows may be where nobody asks, ms; null for any age. */
export const currentQuery = (listed_ms: number | null) =>
  queryOf({
    bbox,
    near,
    radius_km: numberParameter(
      0,
      limits.near_km_max,
      "km",
      `How far around near, by the great circle; ${NEAR_KM} without it.`,
    ).optional(),
    max_age: wholeParameter(
      1,
      limits.max_age_s_max,
      "s",
      `Only rows whose event is at most so long ago; ${listed_ms === null ? "all that are live" : listed_ms / 1_000} without it.`,
    ).optional(),
    limit: limit(limits.list_rows_max),
    cursor: pageCursor,
    since,
    format: format(currentFormats),
  });

export type AskedCurrent = z.infer<ReturnType<typeof currentQuery>>;

/** Radius around `near` where none is asked, km. */
const NEAR_KM = 1;

/** As the serving layer is asked: without the format; what was not asked is not in it. @throws {ProblemError} invalid-parameter */
export function askedOf({ near: at, radius_km, max_age, ...asked }: AskedCurrent): CurrentQuery {
  const circle = nearOf(at, radius_km);
  return {
    ...(asked.bbox === undefined ? {} : { bbox: asked.bbox }),
    ...(circle === null ? {} : { near: circle }),
    ...(max_age === undefined ? {} : { max_age_ms: max_age * 1_000 }),
    ...(asked.limit === undefined ? {} : { limit: asked.limit }),
    ...(asked.cursor === undefined ? {} : { cursor: asked.cursor }),
    ...(asked.since === undefined ? {} : { since: asked.since }),
  };
}

function nearOf(at: AskedCurrent["near"], radius_km: number | undefined): Near | null {
  if (at !== undefined) return { at, radius_km: radius_km ?? NEAR_KM };
  if (radius_km === undefined) return null;
  throw invalidParameter("radius_km", String(radius_km), "must come with near=lat,lng");
}
