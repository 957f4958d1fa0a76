/** A mapping: how a recording's columns become a stream's fields. A small JSON file, checked before anything is read. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../../core/errors.ts";
import { zoneOffset } from "../../core/time.ts";

/** What a number is multiplied with to become the stream's unit. */
export const unitFactors = { "km/h": 1, mph: 1.609344, "m/s": 3.6 } as const;

const column = z.string().min(1).max(200);
const unit = z.enum(Object.keys(unitFactors) as [keyof typeof unitFactors]).optional();
const zone = z.string().refine(isZone, "must be a time zone's IANA name, as America/New_York");

const field = z.union([
  z.strictObject({ column, unit }),
  /** First vertex of an encoded polyline (Google's algorithm, five decimals). */
  z.strictObject({ column, first_vertex: z.enum(["latitude", "longitude"]) }),
  z.strictObject({ constant: z.union([z.string(), z.number(), z.boolean()]), unit }),
  /** Text with columns in braces: `Detector {sensor_id}`. */
  z.strictObject({ template: z.string().min(1).max(400) }),
]);

const time = z.union([
  /** Texts without an offset are the zone's wall clock; `s` and `ms` count from 1970. */
  z.strictObject({ column, zone: zone.optional(), format: z.enum(["iso", "s", "ms"]).default("iso") }),
  /** Row n is `start` + n · `step_s`: the recording has no times of its own. */
  z.strictObject({
    start: z.string(),
    step_s: z
      .number()
      .positive()
      .max(86_400 * 366),
    zone,
  }),
]);

const mappingSchema = z.strictObject({
  $schema: z.string().optional(),
  doc: z.string().optional(),
  format: z.enum(["csv", "ndjson"]).default("csv"),
  delimiter: z.string().length(1).default(","),
  /** One column per key: each cell becomes a row of its own, with the header in column `key` and the cell in `value`. */
  wide: z.strictObject({ key: column, value: column, except: z.array(column).default([]) }).optional(),
  time,
  /** Columns of another CSV, found by an equal value of the column `on` in both. Beside the recording or the mapping. */
  join: z.strictObject({ file: z.string().min(1).max(400), on: column }).optional(),
  fields: z.record(z.string(), field),
  /** Rows that are not stored: dead letters with this column, its value and the rule. The first that fits counts. */
  refuse: z
    .array(
      z.strictObject({
        column,
        equals: z.union([z.string(), z.number()]),
        rule: z.string().min(1).max(300),
        reason: z.enum(["range", "schema", "text", "geo"]).default("range"),
      }),
    )
    .max(50)
    .default([]),
});

export type Mapping = z.infer<typeof mappingSchema>;
export type FieldMapping = z.infer<typeof field>;

/** @throws {ConfigError} naming the place in the mapping and what is wanted there. */
export function parseMapping(value: unknown, name: string): Mapping {
  const checked = mappingSchema.safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  throw new ConfigError(
    `The mapping ${name} is wrong at /${issue.path.map(String).join("/")}: ${issue.message}`,
  );
}

/** @throws {ConfigError} if the file cannot be read, is no JSON, or no mapping. */
export async function readMapping(path: string): Promise<Mapping> {
  let textual: string;
  try {
    textual = await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigError(
      `The mapping ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(textual);
  } catch (error) {
    throw new ConfigError(
      `The mapping ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return parseMapping(value, path);
}

function isZone(name: string): boolean {
  try {
    zoneOffset(0, name);
    return true;
  } catch {
    return false;
  }
}
