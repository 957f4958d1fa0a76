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

/** What a taker made of a field: zod is asked for the verdict and the words, nothing was sent, or it stands in the row. */
export const REFUSED = 0;
export const ABSENT = 1;
export const TAKEN = 2;
export type Taken = typeof REFUSED | typeof ABSENT | typeof TAKEN;

/**
 * Puts a sent value into the row as it is stored (rounded, in Unicode NFC), if it is surely fine: read, checked and
 * written in one call, because this runs for every field of every event. A null leaves the row's own null.
 */
export function fieldTaker(
  name: string,
  field: Field,
): (from: Readonly<Record<string, unknown>>, row: Record<string, Value>) => Taken {
  const read = reader(name);
  const keep = keeper(field);
  const none = field.optional ? ABSENT : REFUSED;
  const empty = field.optional ? TAKEN : REFUSED;
  return (from, row) => {
    const value = read(from);
    if (value === undefined) return none;
    if (value === null) return empty;
    const kept = keep(value);
    if (kept === null) return REFUSED;
    row[name] = kept;
    return TAKEN;
  };
}

/** A value as it is stored, or null where it is not surely fine. */
function keeper(field: Field): (value: unknown) => Value {
  switch (field.kind) {
    case "text": {
      const max = field.chars_max!;
      return (v) => (typeof v === "string" ? keptText(v, max) : null);
    }
    case "number": {
      const min = field.min!;
      const max = field.max!;
      const decimals = field.decimals ?? 0;
      return (v) => (typeof v === "number" && v >= min && v <= max ? round(v, decimals) : null);
    }
    case "flag":
      return (v) => (typeof v === "boolean" ? v : null);
    case "choice": {
      const values = new Set<unknown>(field.values);
      return (v) => (values.has(v) ? (v as string) : null);
    }
  }
}

/** A clean text in Unicode NFC, or null: no text of ours, or longer than it may be once it is in NFC. */
export function keptText(sent: string, chars_max: number): string | null {
  const { length } = sent;
  if (length < 1 || length > chars_max) return null;
  for (let i = 0; i < length; i++) {
    const c = sent.charCodeAt(i);
    if (c < 32 || c === 127) return null;
    if (c >= 0x300) return keptWide(sent, chars_max);
  }
  return sent;
}

/** NFC can make a text longer (U+FB2C has three in it): what is kept must pass when it is read again. */
function keptWide(sent: string, chars_max: number): string | null {
  if (!cleanText(sent)) return null;
  const kept = nfc(sent);
  return kept.length <= chars_max ? kept : null;
}

/** Own properties only: `constructor` and `__proto__` are not fields of anybody's event. */
export const own = (from: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(from, name) ? from[name] : undefined;

/** `own` for one name; plain access where no object inherits such a name. */
export const reader = (name: string): ((from: Readonly<Record<string, unknown>>) => unknown) =>
  name in Object.prototype ? (from) => own(from, name) : (from) => from[name];
