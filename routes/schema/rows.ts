/** Rows of a stream, made from its declaration: now, raw, and windows. One schema of each per stream. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../../src/core/stream.ts";
import { answerField } from "./field.ts";
import { instant, LARGEST, number, tally, words_of, yesNo } from "./numbers.ts";

export interface RowSchemas {
  current: z.ZodObject;
  raw: z.ZodObject;
  /** Null where the stream keeps no windows. */
  window: z.ZodObject | null;
}

const made = new WeakMap<Stream, RowSchemas>();

export function rowSchemas(stream: Stream): RowSchemas {
  let schemas = made.get(stream);
  if (schemas === undefined) {
    const declared = declaredFields(stream);
    const name = pascal(stream.name);
    schemas = {
      current: z
        .object({
          ...declared,
          as_of: instant("The row's own event time."),
          stale: yesNo("The row is older than three times the stream's expected period."),
        })
        .openapi(`${name}Current`, { description: `${stream.doc} The newest event of one ${stream.key}.` }),
      raw: z
        .object({ ...declared, source: words_of("The feed that sent it.") })
        .openapi(`${name}Raw`, { description: `${stream.doc} One event as it is stored.` }),
      window: stream.windows === null ? null : windowSchema(stream, name),
    };
    made.set(stream, schemas);
  }
  return schemas;
}

function declaredFields(stream: Stream): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {
    [stream.identity]: answerField(stream.all_fields[stream.identity]!),
    [stream.event_time]: instant("Event time."),
  };
  for (const [name, field] of Object.entries(stream.fields)) shape[name] = answerField(field);
  return shape;
}

function windowSchema(stream: Stream, name: string): z.ZodObject {
  const shape: Record<string, z.ZodType> = {
    window_start: instant("First instant of the window."),
    window_end: instant("First instant after the window."),
    [stream.key]: answerField(stream.fields[stream.key]!),
  };
  for (const aggregate of stream.windows!.aggregates) {
    for (const [answer, said] of Object.entries(aggregate.answers)) {
      shape[answer] =
        said.bins === true ? z.array(tally(said.doc)).nullable() : measured(stream, answer, said);
    }
  }
  return z.object(shape).openapi(`${name}Window`, { description: `${stream.doc} Aggregates of one window.` });
}

/** Bounds of an aggregate follow from its field's: a mean lies where its values lie. Null while nothing was measured. */
function measured(
  stream: Stream,
  answer: string,
  said: { unit: string; doc: string; integer?: boolean },
): z.ZodType {
  if (said.integer === true) return tally(said.doc);
  const [, of, kind] = /^(.+)_(mean|min|max|stddev|sum)$/.exec(answer) ?? [];
  const field = of === undefined ? undefined : stream.fields[of];
  if (field?.kind !== "number" || kind === "sum")
    return number(-LARGEST, LARGEST, said.unit, said.doc).nullable();
  const [min, max] = kind === "stddev" ? [0, field.max! - field.min!] : [field.min!, field.max!];
  return number(min, max, said.unit, said.doc).nullable();
}

/** Columns of a CSV, in the order of the declaration. */
export const columnsOfSchema = (schema: z.ZodObject): readonly string[] => Object.keys(schema.shape);

/** `street-noise` as a name of a schema: `StreetNoise`. */
export const pascal = (name: string): string =>
  name.replace(/(?:^|[-_ ])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** One of several schemas, or the one there is. */
export function oneOf(schemas: readonly z.ZodObject[]): z.ZodType {
  const [first, second, ...rest] = schemas;
  if (first === undefined) return z.never();
  return second === undefined ? first : z.union([first, second, ...rest]);
}
