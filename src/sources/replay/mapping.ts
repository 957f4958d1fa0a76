/** A mapping: how a recording's columns become a stream's fields. A small JSON file, checked before anything is read. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../../core/errors.ts";
import { zoneOffset } from "../../core/time.ts";
import { column, field } from "./field-mapping.ts";

const zone = z.string().refine(isZone, "must be a time zone's IANA name, as America/New_York");

/** Row n is `start` + n · `step_s`: the recording has no times of its own. */
const steps = z.strictObject({
  start: z.string(),
  step_s: z
    .number()
    .positive()
    .max(86_400 * 366),
  zone,
});
/** The zone's wall clock in several columns; hours, minutes and seconds are 0 where no column is named. */
const parts = z.strictObject({
  columns: z.strictObject({
    year: column,
    month: column,
    day: column,
    hour: column.optional(),
    minute: column.optional(),
    second: column.optional(),
  }),
  zone,
});
/** Texts without an offset are the zone's wall clock; `s` and `ms` count from 1970. */
const one = z.strictObject({
  column,
  zone: zone.optional(),
  format: z.enum(["iso", "s", "ms"]).default("iso"),
});

export type TimeMapping = z.infer<typeof steps> | z.infer<typeof parts> | z.infer<typeof one>;

/** Checked by the shape that is meant, so that an error names what is wrong within it. */
const time = z.unknown().transform((given, context): TimeMapping => {
  const has = (name: string): boolean =>
    typeof given === "object" && given !== null && Object.hasOwn(given, name);
  const checked = (has("columns") ? parts : has("column") ? one : steps).safeParse(given);
  if (checked.success) return checked.data;
  for (const { path, message } of checked.error.issues)
    context.addIssue({ code: "custom", path: [...path], message });
  return z.NEVER;
});

const mappingSchema = z.strictObject({
  $schema: z.string().optional(),
  doc: z.string().optional(),
  format: z.enum(["csv", "ndjson", "json", "gtfs-rt"]).default("csv"),
  delimiter: z.string().length(1).default(","),
  /** Texts that stand for no value, as `NA`: such a cell is as good as empty. */
  absent: z.array(z.string().min(1).max(100)).max(50).default([]),
  /** One column per key: each cell becomes a row of its own, with the header in column `key` and the cell in `value`. */
  wide: z.strictObject({ key: column, value: column, except: z.array(column).default([]) }).optional(),
  /** Without it, the stream's own event time, in ISO 8601. */
  time: time.optional(),
  /** Columns of another CSV, found by an equal value of the column `on` in both. Beside the recording or the mapping. */
  join: z.strictObject({ file: z.string().min(1).max(400), on: column }).optional(),
  /** Without it, each field that the stream takes, by its own name. */
  fields: z.record(z.string(), field).optional(),
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
