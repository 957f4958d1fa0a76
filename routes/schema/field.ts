/** A declared field as an answer shows it: the declaration's unit, bounds and words. */
import { z } from "@hono/zod-openapi";
import type { Field } from "../../src/core/field.ts";
import { number, whole, words_of, yesNo } from "./numbers.ts";

/** Optional fields are null where the event had none: a row always has all its fields. */
export function answerField(field: Field): z.ZodType {
  const inner = present(field);
  return field.optional ? inner.nullable() : inner;
}

function present(field: Field): z.ZodType {
  switch (field.kind) {
    case "number": {
      const schema = field.decimals === 0 ? whole : number;
      return schema(field.min!, field.max!, field.unit ?? "1", field.doc);
    }
    case "flag":
      return yesNo(field.doc);
    case "choice":
      return z.enum(field.values as [string, ...string[]]).openapi({ description: field.doc });
    case "text":
      return words_of(field.doc).min(1).max(field.chars_max!);
  }
}
