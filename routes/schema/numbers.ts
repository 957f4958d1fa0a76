/** Numbers and texts of the API. No number is described without its bounds and its unit (`x-unit`, UCUM-like). */
import { z } from "@hono/zod-openapi";

export const LARGEST = Number.MAX_SAFE_INTEGER;

const words = (unit: string, doc: string): { description: string; "x-unit": string } => ({
  description: unit === "1" ? doc : `${doc} Unit: ${unit}.`,
  "x-unit": unit,
});

/** A finite number in `[min, max]`. `unit` is "1" for ratios and plain factors. */
export const number = (min: number, max: number, unit: string, doc: string): z.ZodNumber =>
  z.number().min(min).max(max).openapi(words(unit, doc));

/** A whole number in `[min, max]`. */
export const whole = (min: number, max: number, unit: string, doc: string): z.ZodInt =>
  z.int().min(min).max(max).openapi(words(unit, doc));

/** How many of something: 0 or more, below 2^53. */
export const tally = (doc: string): z.ZodInt => whole(0, LARGEST, "1", doc);

export const words_of = (doc: string): z.ZodString => z.string().openapi({ description: doc });

/** An instant as it leaves: UTC with `Z`. */
export const instant = (doc: string): z.ZodString =>
  z
    .string()
    .openapi({ format: "date-time", description: `${doc} UTC, with Z.`, example: "2026-11-21T10:20:00Z" });

export const yesNo = (doc: string): z.ZodBoolean => z.boolean().openapi({ description: doc });
