/**
 * Query and path parameters: each is read by one function that answers its value or throws the rule it breaks,
 * and carries the words of OpenAPI. A parameter that an address does not know is refused: a typing error must not
 * look like an answer.
 */
import { z } from "@hono/zod-openapi";
import { cleanText } from "../src/core/field.ts";
import type { Bbox, Position } from "../src/core/geo.ts";
import { limits } from "../src/core/limits.ts";
import { formatInstant, parseInstant } from "../src/core/time.ts";
import { formats, type Format } from "./format.ts";

/** Says which rule a text breaks: becomes `errors[].rule`. */
export class Rule extends Error {}

type Words = { description: string } & Record<string, unknown>;

export function parameter<T>(words: Words, read: (text: string) => T) {
  return z
    .string({ error: "must be given once" })
    .transform((text, context): T => {
      try {
        return read(text);
      } catch (error) {
        if (!(error instanceof Rule)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    })
    .openapi({ type: "string", ...words });
}

/** The query of an address: nothing else may be asked. */
export const queryOf = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `is no parameter here; there are ${Object.keys(shape).join(", ") || "none"}`
        : undefined,
  });

const readWhole =
  (min: number, max: number) =>
  (text: string): number => {
    const n = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(n >= min && n <= max)) throw new Rule(`must be a whole number from ${min} to ${max}`);
    return n;
  };

export const wholeParameter = (min: number, max: number, unit: string, doc: string) =>
  parameter(
    { type: "integer", minimum: min, maximum: max, "x-unit": unit, description: `${doc} Unit: ${unit}.` },
    readWhole(min, max),
  );

export const limit = (max: number) =>
  parameter(
    {
      type: "integer",
      minimum: 1,
      maximum: max,
      "x-unit": "1",
      description: `Rows at most, 1 to ${max}; all up to ${max} without it.`,
    },
    readWhole(1, max),
  ).optional();

export const bbox = parameter(
  {
    description:
      "west,south,east,north in degrees, WGS 84; west ≤ east, south ≤ north; like -0.1,51.4,0.1,51.6",
    pattern: "^-?[0-9.]+,-?[0-9.]+,-?[0-9.]+,-?[0-9.]+$",
  },
  (text): Bbox => {
    const parts = text.split(",");
    if (parts.length !== 4 || !parts.every((part) => /^\s*[+-]?\d{1,3}(\.\d{1,15})?\s*$/.test(part))) {
      throw new Rule("must be four numbers: west,south,east,north");
    }
    const [west, south, east, north] = parts.map(Number) as [number, number, number, number];
    if (Math.abs(west) > 180 || Math.abs(east) > 180)
      throw new Rule("west and east must lie within -180 and 180 degrees");
    if (Math.abs(south) > 90 || Math.abs(north) > 90)
      throw new Rule("south and north must lie within -90 and 90 degrees");
    if (west > east) throw new Rule("west must not be greater than east: the order is west,south,east,north");
    if (south > north)
      throw new Rule("south must not be greater than north: the order is west,south,east,north");
    return [west, south, east, north];
  },
).optional();

export const near = parameter(
  {
    description: `lat,lng in degrees, WGS 84: only what lies within radius_km of it, like 51.5,-0.1. Roads by the nearest place on them.`,
    pattern: "^-?[0-9.]+,-?[0-9.]+$",
  },
  (text): Position => {
    const parts = text.split(",");
    if (parts.length !== 2 || !parts.every((part) => /^\s*[+-]?\d{1,3}(\.\d{1,15})?\s*$/.test(part)))
      throw new Rule("must be two numbers: lat,lng");
    const [lat, lng] = parts.map(Number) as [number, number];
    if (Math.abs(lat) > 90) throw new Rule("lat must lie within -90 and 90 degrees: the order is lat,lng");
    if (Math.abs(lng) > 180) throw new Rule("lng must lie within -180 and 180 degrees");
    return [lng, lat];
  },
).optional();

/** A number without exponent, in `[min, max]`. */
export const numberParameter = (min: number, max: number, unit: string, doc: string) =>
  parameter(
    { type: "number", minimum: min, maximum: max, "x-unit": unit, description: `${doc} Unit: ${unit}.` },
    (text): number => {
      const n = /^-?\d{1,9}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
      if (!(n >= min && n <= max)) throw new Rule(`must be a number from ${min} to ${max}`);
      return n;
    },
  );

/** Only the shape is looked at here; the serving layer says whether it is one of ours. */
const token = (text: string): string => {
  if (!/^[\w.~-]+$/.test(text) || text.length > limits.cursor_chars_max)
    throw new Rule("must be a cursor as this API gave it");
  return text;
};
const tokenWords = { minLength: 1, maxLength: limits.cursor_chars_max, pattern: "^[A-Za-z0-9_.~-]+$" };

export const pageCursor = parameter(
  { ...tokenWords, description: "meta.next_cursor of the page before." },
  token,
).optional();
export const since = parameter(
  {
    ...tokenWords,
    description:
      "meta.cursor of an earlier answer, or an SSE id: only rows that changed since. Rows that left the list (grown too old, ended, moved out of the box or circle) are not told here; /api/live tells them.",
  },
  token,
).optional();

export const instantAt = (doc: string) =>
  parameter({ format: "date-time", description: `${doc} Like 2026-11-21T10:00:00Z.` }, (text): number => {
    // In a query an unescaped "+" of an offset arrives as a space.
    const ms = parseInstant(text.replace(/ (\d\d:?\d\d)$/, "+$1"));
    if (ms === null)
      throw new Rule(
        "must be an ISO 8601 instant with seconds and an offset or Z, like 2026-11-21T10:20:00Z",
      );
    if (ms < limits.event_time_min_ms)
      throw new Rule(`must not be before ${formatInstant(limits.event_time_min_ms)}`);
    if (ms > INSTANT_MAX_MS) throw new Rule(`must not be after ${formatInstant(INSTANT_MAX_MS)}`);
    return ms;
  }).optional();
const INSTANT_MAX_MS = Date.UTC(2200, 0, 1);

export const from = instantAt(
  "First instant of the range; without it the range is one hour (raw rows) or one day (windows) long.",
);
export const to = instantAt("First instant after the range; now without it.");

/** A day of the calendar, as its midnight in UTC, ms: which instants it has is the city's zone's to say. */
export const date = (doc: string) =>
  parameter(
    { format: "date", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description: `${doc} Like 2026-11-21.` },
    (text): number => {
      const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? parseInstant(`${text}T00:00:00Z`) : null;
      if (ms === null) throw new Rule("must be a day of the calendar, like 2026-11-21");
      if (ms < limits.event_time_min_ms)
        throw new Rule(`must not be before ${formatInstant(limits.event_time_min_ms).slice(0, 10)}`);
      if (ms > INSTANT_MAX_MS)
        throw new Rule(`must not be after ${formatInstant(INSTANT_MAX_MS).slice(0, 10)}`);
      return ms;
    },
  ).optional();

export const steps = {
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "1d": 86_400_000,
} as const;
export type StepName = keyof typeof steps;
const stepNames = Object.keys(steps) as StepName[];

export const step = (doc: string) =>
  parameter({ enum: stepNames, description: doc }, (text): StepName => {
    const found = stepNames.find((name) => name === text);
    if (found === undefined) throw new Rule(`must be one of ${stepNames.join(", ")}`);
    return found;
  }).optional();

export const format = (allowed: readonly Format[]) =>
  parameter(
    { enum: [...allowed], description: "The answer's format; it wins over Accept." },
    (text): Format => {
      const found = allowed.find((name) => name === text);
      if (found !== undefined) return found;
      throw new Rule(`must be one of ${allowed.join(", ")}${formats.some((f) => f === text) ? " here" : ""}`);
    },
  ).optional();

const readKey = (text: string): string => {
  if (text.length === 0 || text.length > limits.id_chars_max)
    throw new Rule(`must have 1 to ${limits.id_chars_max} characters`);
  if (!cleanText(text)) throw new Rule("must be text without control characters or broken surrogates");
  return text.normalize("NFC");
};

/** A key of a stream, in a path or a query. An example, where there is one, is filled into the forms of /docs. */
export const key = (description: string, example?: string) =>
  parameter(
    {
      description,
      minLength: 1,
      maxLength: limits.id_chars_max,
      ...(example === undefined ? {} : { example }),
    },
    readKey,
  );

export const choice = <const T extends string>(values: readonly T[], description: string) =>
  parameter({ enum: [...values], description }, (text): T => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Rule(`must be one of ${values.join(", ")}`);
    return found;
  });

/** The name of a stream in a path; unknown names are 404, not 400. */
export const streamName = (names: readonly string[]) =>
  parameter({ enum: [...names], description: "Name of the stream." }, readKey);
