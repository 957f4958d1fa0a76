/**
 * A field, declared once as data. From it come the zod schema, the quick check, the SQL column, the binary
 * encoding and the words of the API: one name, one unit, one set of bounds everywhere.
 */
import { z } from "zod";
import { limits } from "./limits.ts";

export type Value = string | number | boolean | null;

/** SQL types a field may be stored as. */
export type ColumnType = "text" | "real" | "double precision" | "integer" | "bigint" | "boolean";

export interface Field {
  kind: "text" | "number" | "flag" | "choice";
  /** May be missing; then it is null in every answer. */
  optional: boolean;
  /** Computed at the door from the other fields, never trusted from outside. */
  derived: boolean;
  /** UCUM-like and human: `km/h`, `km`, `1` for a ratio. */
  unit?: string;
  min?: number;
  max?: number;
  /** Kept decimals: 2 means that values are rounded to 0.01 at the door and summed as integers of 0.01. */
  decimals?: number;
  chars_max?: number;
  values?: readonly string[];
  column: ColumnType;
  doc: string;
}

interface Options {
  optional?: boolean;
  derived?: boolean;
}

const base = (options: Options): { optional: boolean; derived: boolean } => ({
  optional: options.optional ?? false,
  derived: options.derived ?? false,
});

export const text = (doc: string, options: Options & { chars_max?: number } = {}): Field => ({
  kind: "text",
  ...base(options),
  chars_max: options.chars_max ?? limits.name_chars_max,
  column: "text",
  doc,
});

/** An id or key: 1 to 128 characters, no control characters. */
export const id = (doc: string, options: Options = {}): Field =>
  text(doc, { ...options, chars_max: limits.id_chars_max });

export const number = (
  doc: string,
  options: Options & { unit: string; min: number; max: number; decimals: number; column?: ColumnType },
): Field => ({
  kind: "number",
  ...base(options),
  unit: options.unit,
  min: options.min,
  max: options.max,
  decimals: options.decimals,
  column: options.column ?? (options.decimals === 0 ? "integer" : "real"),
  doc,
});

export const flag = (doc: string, options: Options = {}): Field => ({
  kind: "flag",
  ...base(options),
  column: "boolean",
  doc,
});

export const choice = (doc: string, values: readonly string[], options: Options = {}): Field => ({
  kind: "choice",
  ...base(options),
  values,
  column: "text",
  doc,
});

/** Text without NUL, other control characters or lone surrogates: all three break a store or a page. */
export function cleanText(s: string): boolean {
  let wide = false;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c < 32 || c === 127) return false;
    if (c >= 0xd800) wide = true;
  }
  return !wide || s.isWellFormed();
}

/** Unicode NFC. Below U+0300 every text is in it already. */
export function nfc(s: string): string {
  for (let i = 0; i < s.length; i++) if (s.charCodeAt(i) >= 0x300) return s.normalize("NFC");
  return s;
}

const SCALES = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
const scaleOf = (decimals: number): number => SCALES[decimals] ?? 10 ** decimals;

/** Rounds half away from zero on the decimal value, and turns -0 into 0. */
export function round(value: number, decimals: number): number {
  const scale = scaleOf(decimals);
  const scaled = Math.round(Math.abs(value) * scale * (1 + Number.EPSILON)) / scale;
  return value < 0 ? -scaled + 0 : scaled;
}

/** The integer in units of the last kept decimal, as sums carry it. Exact for a value already rounded. */
export const scaled = (value: number, decimals: number): number => Math.round(value * scaleOf(decimals));

/** A value as it is stored: rounded, in Unicode NFC. */
export function normalise(field: Field, value: Value): Value {
  if (typeof value === "number") return round(value, field.decimals ?? 0);
  if (typeof value === "string" && field.kind === "text") return nfc(value);
  return value;
}

/** The zod schema of a field as producers may send it. Its verdict is the one that counts. */
export function fieldSchema(field: Field): z.ZodType<Value | undefined> {
  const inner = innerSchema(field);
  return field.optional ? inner.nullish() : inner;
}

function innerSchema(field: Field): z.ZodType<Value> {
  switch (field.kind) {
    case "text":
      return z
        .string()
        .min(1)
        .max(field.chars_max!)
        .refine(cleanText, "must be text without control characters or broken surrogates");
    case "number":
      return z.number().min(field.min!).max(field.max!);
    case "flag":
      return z.boolean();
    case "choice":
      return z.enum(field.values as [string, ...string[]]);
  }
}

/** Says quickly that a value is surely fine. Where it says no, zod is asked for the verdict and the words. */
export function fieldCheck(field: Field): (value: unknown) => boolean {
  const some = someCheck(field);
  return field.optional ? (v) => v === undefined || v === null || some(v) : some;
}

function someCheck(field: Field): (value: unknown) => boolean {
  switch (field.kind) {
    case "text": {
      const max = field.chars_max!;
      return (v) => typeof v === "string" && v.length >= 1 && v.length <= max && cleanText(v);
    }
    case "number": {
      const min = field.min!;
      const max = field.max!;
      return (v) => typeof v === "number" && v >= min && v <= max;
    }
    case "flag":
      return (v) => typeof v === "boolean";
    case "choice": {
      const values = new Set<unknown>(field.values);
      return (v) => values.has(v);
    }
  }
}
