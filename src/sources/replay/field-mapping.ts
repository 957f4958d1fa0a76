/** How a mapping says what one field of the stream is made of: shapes of the JSON, checked before anything is read. */
import { z } from "zod";

/** What a number is multiplied with to become the stream's unit. */
export const unitFactors = {
  "km/h": { to: "km/h", factor: 1 },
  mph: { to: "km/h", factor: 1.609344 },
  "m/s": { to: "km/h", factor: 3.6 },
  kn: { to: "km/h", factor: 1.852 },
  "µg/m³": { to: "µg/m³", factor: 1 },
  "mg/m³": { to: "µg/m³", factor: 1_000 },
} as const;

export type Unit = keyof typeof unitFactors;

export const column = z.string().min(1).max(200);
const value = z.union([z.string(), z.number(), z.boolean()]);
const unit = z.enum(Object.keys(unitFactors) as [Unit]).optional();
const axis = z.enum(["latitude", "longitude"]);
/** Cells and the value that stands for each. */
const table = z
  .record(z.string().min(1).max(200), value)
  .refine((cells) => Object.keys(cells).length <= 10_000, "must have at most 10000 entries");

/** At least one way to choose beside `otherwise`, or the constant would be the honest word. */
const choosing = z
  .strictObject({
    column,
    /** By the whole cell. */
    equals: table.optional(),
    /** By the cell's beginning; the longest that fits counts. */
    prefix: table.optional(),
    /** Spread over these by the cell's hash: the same cell, the same value. */
    hash: z.array(value).min(1).max(100).optional(),
    otherwise: value.optional(),
  })
  .refine(
    (how) => how.equals !== undefined || how.prefix !== undefined || how.hash !== undefined,
    "must choose by equals, prefix or hash",
  )
  .refine(
    (how) => how.hash === undefined || how.otherwise === undefined,
    "must not have both hash and otherwise: every cell has a hash",
  );

/** Each shape by the member that only it has; a plain column has none. */
const shapes = {
  /** First vertex of an encoded polyline (Google's algorithm, five decimals). */
  first_vertex: z.strictObject({ column, first_vertex: axis }),
  /** A coordinate of a point in well-known text: `POINT(11.5 48.1)`. */
  wkt: z.strictObject({ column, wkt: axis }),
  constant: z.strictObject({ constant: value, unit }),
  /** Text with columns in braces: `Detector {sensor_id}`. */
  template: z.strictObject({ template: z.string().min(1).max(400) }),
  /** Decimal numbers multiplied exactly, and rounded once to the field's decimals. */
  product: z.strictObject({ product: z.array(column).min(2).max(5) }),
  /** UUIDv5 of all cells of the row: rows that are equal throughout have the same. */
  row_hash: z.strictObject({ row_hash: z.literal(true) }),
  equals: choosing,
  prefix: choosing,
  hash: choosing,
  otherwise: choosing,
} as const;
const plain = z.strictObject({ column, unit });

export type FieldMapping = z.infer<typeof plain> | z.infer<(typeof shapes)[keyof typeof shapes]>;
export type Choosing = z.infer<typeof choosing>;

/** Checked by the one shape that is meant, so that an error names what is wrong within it. */
export const field = z.unknown().transform((given, context): FieldMapping => {
  const member =
    typeof given === "object" && given !== null
      ? (Object.keys(shapes) as (keyof typeof shapes)[]).find((name) => Object.hasOwn(given, name))
      : undefined;
  const checked = (member === undefined ? plain : shapes[member]).safeParse(given);
  if (checked.success) return checked.data;
  for (const { path, message } of checked.error.issues)
    context.addIssue({ code: "custom", path: [...path], message });
  return z.NEVER;
});
